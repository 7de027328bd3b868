import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { pictureContext, type RgbPicture, readRgb, toFrame } from '../../fixtures/photos.ts';
import { loadedModels } from '../../src/inference/onnx.ts';
import { boxOf, type Faces, type Hands, type Identities, rowsOf } from '../../src/landmarks.ts';
import type { Frame } from '../../src/media/frame.ts';
import { bodies } from '../../src/observers/bodies.ts';
import { faces, facesObserver } from '../../src/observers/faces.ts';
import { hands } from '../../src/observers/hands.ts';
import { identity } from '../../src/observers/identity.ts';
import type { ObserverRun } from '../../src/observers/observer.ts';
import { faceTracks, meanCosine } from '../../src/signals/tracks-people.ts';
import type { Measured, SignalName } from '../../src/signals.ts';

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);
const photo = (k: number) => path.join(demo, `sample${k}.jpg`);

/** Runs observers over pictures as one clip, the way the line does. */
async function look(frames: Frame[], ...observers: { start: typeof faces.start }[]): Promise<Measured> {
  const context = pictureContext(frames[0], frames.length);
  const runs: ObserverRun<SignalName>[] = [];
  try {
    for (const observer of observers) runs.push((await observer.start(context)) as ObserverRun<SignalName>);
    for (const frame of frames) await Promise.all(runs.map(run => run.frame?.(frame)));
    const signals: Measured = {};
    for (const run of runs) Object.assign(signals, await run.finish());
    return signals;
  } finally {
    for (const run of runs) await run.close?.();
  }
}

type Any = { start: typeof faces.start };
const [seeFaces, seeHands, seeBodies, seeWho] = [faces, hands, bodies, identity] as unknown as Any[];

const count = (table: { frames: Uint32Array; rows: Uint32Array; step: number }, frame: number): number => {
  const range = rowsOf(table, frame);
  return range === null ? -1 : range[1] - range[0];
};

async function black(width: number, height: number): Promise<Frame> {
  return toFrame({ data: new Uint8Array(width * height * 3), width, height });
}

/** A part of a photo, resized. */
async function part(source: string, [left, top, width, height]: number[], size: [number, number]): Promise<RgbPicture> {
  const cut = await sharp(source)
    .extract({ left, top, width, height })
    .resize(...size, { fit: 'fill' })
    .png()
    .toBuffer();
  return readRgb(cut);
}

let group: RgbPicture;
beforeAll(async () => {
  group = await readRgb(photo(6), 960);
});

describe('people in pictures', () => {
  it('finds every face of a group with all its points, none twice', async () => {
    const { faces: found } = (await look([await toFrame(group)], seeFaces)) as { faces: Faces };
    expect(count(found, 0)).toBe(4);
    expect(found.points).toBe(478);
    for (let a = 0; a < found.presence.length; a++) {
      expect(found.presence[a]).toBeGreaterThanOrEqual(0.5);
      const [x, y, width, height] = boxOf(found, a);
      expect(x > -20 && y > -20 && x + width < group.width + 20 && y + height < group.height + 20).toBe(true);
      for (let b = 0; b < a; b++) {
        const apart = Math.hypot(
          found.place[3 * a] - found.place[3 * b],
          found.place[3 * a + 1] - found.place[3 * b + 1],
        );
        expect(apart).toBeGreaterThan(0.4 * Math.min(found.place[3 * a + 2], found.place[3 * b + 2]));
      }
    }
  });

  it('finds small faces in a crowd of twenty', async () => {
    const small = await sharp(group.data, { raw: { width: group.width, height: group.height, channels: 3 } })
      .resize(640, 360, { fit: 'fill' })
      .png()
      .toBuffer();
    const crowd = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#444444' } })
      .composite([0, 1, 2, 3].map(k => ({ input: small, left: 640 * (k % 2), top: 360 * Math.floor(k / 2) })))
      .png()
      .toBuffer();
    const { faces: found } = (await look([await toFrame(await readRgb(crowd))], seeFaces)) as { faces: Faces };
    // 16 is the most that are followed at once.
    expect(count(found, 0)).toBeGreaterThanOrEqual(14);
    expect(count(found, 0)).toBeLessThanOrEqual(16);
  });

  it('sees nobody in black, grey and noise, and nothing breaks', async () => {
    const noise = new Uint8Array(320 * 180 * 3).map((_, i) => (i * 2654435761) >>> 24);
    const frames = [await black(320, 180), await toFrame({ data: noise, width: 320, height: 180 }, 1)];
    const signals = await look(frames, seeFaces, seeHands, seeBodies, seeWho);
    for (const table of [signals.faces, signals.hands, signals.bodies]) {
      expect(table?.presence).toHaveLength(0);
      expect(table?.frames.length).toBeGreaterThan(0);
    }
    expect(signals.identities?.frames).toHaveLength(0);
  });

  it('copes with a face that is larger than the picture and with the smallest pictures', async () => {
    const close = await part(photo(6), [1490, 330, 220, 180], [640, 524]);
    const { faces: found } = (await look([await toFrame(close)], seeFaces)) as { faces: Faces };
    expect(count(found, 0)).toBeLessThanOrEqual(1);
    const tiny = await look([await black(2, 2)], seeFaces, seeHands, seeBodies);
    expect(tiny.faces?.presence).toHaveLength(0);
  });

  it('takes a drawn face for one face or none, where it is drawn, and no part of it for a hand', async () => {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320"><rect width="480" height="320" fill="#9cf"/>
      <circle cx="240" cy="160" r="110" fill="#fc9" stroke="#000" stroke-width="6"/>
      <ellipse cx="200" cy="135" rx="20" ry="28" fill="#fff" stroke="#000" stroke-width="4"/><circle cx="204" cy="140" r="10"/>
      <ellipse cx="280" cy="135" rx="20" ry="28" fill="#fff" stroke="#000" stroke-width="4"/><circle cx="284" cy="140" r="10"/>
      <path d="M180 200 Q240 260 300 200 Z" fill="#c22" stroke="#000" stroke-width="4"/></svg>`;
    const cartoon = await readRgb(await sharp(Buffer.from(drawing)).png().toBuffer());
    const frames = [await toFrame(cartoon, 0), await toFrame(cartoon, 1), await toFrame(cartoon, 2)];
    const signals = await look(frames, seeFaces, seeHands, seeWho);
    const found = signals.faces as Faces;
    for (const frame of found.frames) expect(count(found, frame)).toBeLessThanOrEqual(1);
    for (let row = 0; row < found.presence.length; row++) {
      const [x, y, width, height] = boxOf(found, row);
      expect(Math.hypot(x + width / 2 - 240, y + height / 2 - 160)).toBeLessThan(80);
      expect(Math.max(width, height)).toBeLessThan(330);
    }
    expect(signals.hands?.presence).toHaveLength(0);
  });

  it('frees the networks when the last frame has gone by, and still tells what it saw', async () => {
    const frame = await toFrame(await part(photo(6), [1400, 200, 420, 420], [320, 320]));
    const context = pictureContext(frame, 1);
    const runs = [await faces.start(context), await hands.start(context), await identity.start(context)] as const;
    await Promise.all(runs.map(run => run.frame?.(frame)));
    expect(loadedModels()).toBeGreaterThan(4);
    for (const run of runs) await run.ended?.();
    expect(loadedModels()).toBe(0);
    const { faces: found } = (await runs[0].finish()) as { faces: Faces };
    expect(count(found, 0)).toBeGreaterThanOrEqual(1);
    for (const run of runs) await run.close?.();
  });

  it('follows a face that moves, and lets go of it at a cut', async () => {
    const wide = await readRgb(photo(6), 1280);
    const frames: Frame[] = [];
    for (let k = 0; k < 8; k++) {
      const cut = await sharp(wide.data, { raw: { width: wide.width, height: wide.height, channels: 3 } })
        .extract({ left: 600 + 6 * k, top: 100 + 3 * k, width: 400, height: 360 })
        .raw()
        .toBuffer();
      frames.push(await toFrame({ data: cut, width: 400, height: 360 }, k));
    }
    frames.push({ ...(await black(400, 360)), index: 8 });
    const { faces: found } = (await look(frames, seeFaces)) as { faces: Faces };
    expect(count(found, 0)).toBeGreaterThan(0);
    for (let k = 1; k < 8; k++) expect(count(found, k)).toBe(count(found, 0));
    expect(count(found, 8)).toBe(0);
    // The scene moves by −6, −3 per frame, and so do the points.
    const [a, b] = [found.rows[1], found.rows[7]];
    const chain = found.lineage[a];
    const later = [...found.lineage.subarray(b)].indexOf(chain) + b;
    const [ax, ay] = boxOf(found, a);
    const [bx, by] = boxOf(found, later);
    expect(bx - ax).toBeCloseTo(-36, -0.7);
    expect(by - ay).toBeCloseTo(-18, -0.7);
    expect(new Set(found.lineage).size).toBe(count(found, 0));
  });

  it('measures a mirrored picture as the mirror of the picture', async () => {
    const face = await part(photo(6), [1490, 280, 300, 320], [300, 320]);
    const flipped: RgbPicture = { ...face, data: new Uint8Array(face.data.length) };
    for (let y = 0; y < face.height; y++)
      for (let x = 0; x < face.width; x++)
        flipped.data.set(
          face.data.subarray(3 * (y * face.width + x), 3 * (y * face.width + x) + 3),
          3 * (y * face.width + face.width - 1 - x),
        );
    const [a, b] = await Promise.all(
      [face, flipped].map(async rgb => (await look([await toFrame(rgb)], seeFaces)).faces as Faces),
    );
    expect([a.presence.length, b.presence.length]).toEqual([1, 1]);
    expect(b.pose[0]).toBeCloseTo(-a.pose[0], -1);
    expect(b.place[0]).toBeCloseTo(face.width - a.place[0], -1);
  });

  it('finds hands with both kinds of points, and tells nothing twice differently', async () => {
    const source = await readRgb(photo(2), 1280);
    const frames = [await toFrame(source), await toFrame(source, 1)];
    const first = await look(frames, seeFaces, seeHands, seeBodies, seeWho);
    const second = await look(frames, seeFaces, seeHands, seeBodies, seeWho);
    const found = first.hands as Hands;
    expect(count(found, 0)).toBeGreaterThanOrEqual(2);
    expect(found.points).toBe(21);
    expect(found.world).toHaveLength(63 * found.presence.length);
    for (const right of found.right) expect(right >= 0 && right <= 1).toBe(true);
    expect(second).toEqual(first);
    expect(first.bodies?.presence.length).toBeGreaterThan(0);
  });

  it('looks at every n-th frame when asked', async () => {
    const frame = await toFrame(group);
    const frames = Array.from({ length: 5 }, (_, index) => ({ ...frame, index }));
    const { faces: found } = (await look(frames, facesObserver({ sample: 2 }) as unknown as Any)) as { faces: Faces };
    expect([...found.frames]).toEqual([0, 2, 4]);
    expect(found.step).toBe(2);
  });

  it('tells one person leaving and another coming', async () => {
    const boxes = [
      [1384, 230, 400, 400],
      [584, 292, 400, 400],
    ];
    const persons = await Promise.all(boxes.map(box => part(photo(6), box, [400, 400])));
    const frames: Frame[] = [];
    for (let k = 0; k < 24; k++) frames.push({ ...(await toFrame(persons[k < 12 ? 0 : 1])), index: k });
    const signals = await look(frames, seeFaces, seeWho);
    const who = signals.identities as Identities;
    expect(who.frames.length).toBeGreaterThanOrEqual(2);
    const last = who.frames.length - 1;
    expect(meanCosine(who, [0], [last])).toBeLessThan(0.6);
    const clip = { video: { fps: { num: 25, den: 1 } } } as never;
    const tracks = faceTracks(clip, [{ id: 's1', start: 0, end: 24 }], signals.faces as Faces, who);
    expect(tracks.some(track => track.start < 12 && track.end > 13)).toBe(false);
  });

  it('frees every network', async () => {
    expect(loadedModels()).toBe(0);
  });
});

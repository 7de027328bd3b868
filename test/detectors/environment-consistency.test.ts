import { describe, expect, it } from 'vitest';
import { environmentConsistency } from '../../src/detectors/environment-consistency.ts';
import { judge } from '../../src/judge.ts';
import { type PictureFile, pictureAt } from '../../src/media/picture-file.ts';
import { backgroundViews } from '../../src/observers/background-views.ts';
import { frameChange } from '../../src/observers/frame-change.ts';
import { motion } from '../../src/observers/motion.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import type { Policy } from '../../src/policy.ts';
import { findShots } from '../../src/signals/shots.ts';
import { see } from '../observers/pictures.ts';
import { clipOf, flat, grainy, HEIGHT, mix, type Painting, relit, scene, times, WIDTH } from '../observers/scenes.ts';
import { outcomeOf } from './picture-signals.ts';

const RATE = { num: 8, den: 1 };
const FRAMES = 40;
const rooms = [scene(3), scene(11), scene(29)];

/** Copies what lies within a test of pixels from one painting over another. */
function within(base: Painting, other: Painting, test: (x: number, y: number) => boolean): Painting {
  const out = { y: base.y.slice(), u: base.u.slice(), v: base.v.slice() };
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      if (!test(x, y)) continue;
      out.y[y * WIDTH + x] = other.y[y * WIDTH + x];
      const c = (y >> 1) * (WIDTH / 2) + (x >> 1);
      out.u[c] = other.u[c];
      out.v[c] = other.v[c];
    }
  }
  return out;
}

/** Somebody who sways in the middle of the picture. */
const person = (painting: Painting, frame: number): Painting => {
  const left = 104 + Math.round(4 * Math.sin(frame / 3));
  return within(painting, rooms[2], (x, y) => x >= left && x < left + 48 && y >= 30);
};

async function judged(paintings: Painting[], options: Record<string, unknown> = {}, pictures: PictureFile[] = []) {
  const size = { width: WIDTH, height: HEIGHT, stride: WIDTH, chromaStride: WIDTH / 2 };
  const seen = paintings.map((painting, i) => ({ analysis: { ...size, ...grainy(painting, 2, i) } }));
  const video = { width: 5 * WIDTH, height: 5 * HEIGHT, fps: RATE };
  const signals = Object.assign(
    {},
    await see(pictureStatistics, seen, video),
    await see(frameChange, seen, video),
    await see(motion, seen, video),
    await see(backgroundViews, seen, video),
  );
  const clip = clipOf(paintings.length, RATE);
  if (pictures.length === 0) return outcomeOf(environmentConsistency, clip, signals, { options });
  const references = await Promise.all(
    pictures.map(async (file, i) => ({ name: `${i}.png`, picture: await pictureAt(file, signals.views, 'cover') })),
  );
  const level = { level: 'review', options: environmentConsistency.meta.options.parse(options) };
  const policy = { shots: 'multi', detectors: { [environmentConsistency.meta.id]: level } } as unknown as Policy;
  const { shots } = findShots(signals, clip);
  return judge([environmentConsistency], policy, clip, shots, signals, new Map(), references)[0];
}

/** A painting as the file of a picture would show it. */
function filed({ y, u, v }: Painting): PictureFile {
  const rgb = Buffer.alloc(3 * WIDTH * HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const c = (Math.floor(i / WIDTH) >> 1) * (WIDTH / 2) + ((i % WIDTH) >> 1);
    const [l, b, r] = [1.164 * (y[i] - 16), u[c] - 128, v[c] - 128];
    const channels = [l + 1.793 * r, l - 0.213 * b - 0.533 * r, l + 2.112 * b];
    for (const [k, value] of channels.entries()) rgb[3 * i + k] = Math.min(255, Math.max(0, Math.round(value)));
  }
  return { rgb, width: WIDTH, height: HEIGHT };
}

const kinds = (outcome: Awaited<ReturnType<typeof judged>>) => [...new Set(outcome.findings.map(({ kind }) => kind))];
const share = (frame: number, from: number, to: number) =>
  Math.min(1, Math.max(0, (frame - from + 1) / (to - from + 1)));

describe('environment-consistency', () => {
  it('has nothing to say about a person who moves in a room, or about a pan', async () => {
    expect((await judged(times(FRAMES, i => person(rooms[0], i)))).findings).toEqual([]);
    expect((await judged(times(24, i => scene(3, 3 * i)))).findings).toEqual([]);
  });

  it.each([
    ['drifts', 12, 28],
    ['jumps', 20, 20],
  ])('finds light that %s, and on which side', async (_, from, to) => {
    const lit = (strength: number) =>
      times(FRAMES, i =>
        relit(
          person(rooms[0], i),
          (luma, at) => 16 + (luma - 16) * Math.exp(strength * share(i, from, to) * (((at % WIDTH) / WIDTH) * 2 - 1)),
        ),
      );
    const outcome = await judged(lit(0.25));
    expect(kinds(outcome)).toEqual(['light']);
    const [{ start, end, message, measured }] = outcome.findings;
    expect(start).toBeGreaterThanOrEqual(from - 5);
    expect(end).toBeLessThanOrEqual(to + 6);
    expect(message).toContain('right');
    expect(measured).toBeGreaterThan(20);
    expect((await judged(lit(0.1))).findings).toEqual([]);
  });

  it('finds light and white balance that jump while the camera pans on', async () => {
    const panned = (change: (painting: Painting) => Painting) =>
      times(24, i => (i < 12 ? scene(3, 12 * i) : change(scene(3, 12 * i))));
    // Without colour: light that grows by luma alone would pale it.
    const grey = (room: Painting) => ({ ...room, u: room.u.fill(128), v: room.v.fill(128) });
    const turn = (luma: number, at: number) => 16 + (luma - 16) * Math.exp(0.25 * (((at % WIDTH) / WIDTH) * 2 - 1));
    const lit = await judged(panned(room => relit(room, turn)).map(grey));
    expect(kinds(lit)).toEqual(['light']);
    expect(lit.findings[0].start).toBeGreaterThanOrEqual(10);
    expect(lit.findings[0].end).toBeLessThanOrEqual(13);
    const warm = await judged(
      panned(({ y, u, v }) => ({ y, u: u.map(value => value - 12), v: v.map(value => value + 12) })),
    );
    expect(kinds(warm)).toEqual(['white-balance']);
    expect((await judged(panned(room => room))).findings).toEqual([]);
  });

  it('finds another place beside a bare wall', async () => {
    const wall = flat(120, 124, 130);
    const swapped = times(FRAMES, i => (i < 20 ? wall : within(wall, rooms[1], x => x > 140)));
    expect(kinds(await judged(swapped))).toEqual(['background-swap']);
  });

  it('leaves a camera alone that adapts its exposure', async () => {
    const brighter = times(FRAMES, i => {
      const gain = 1 - 0.3 * share(i, 10, 30);
      const chroma = (value: number) => Math.round(128 + (value - 128) * gain);
      const room = relit(rooms[0], luma => 16 + (luma - 16) * gain);
      return { ...room, u: room.u.map(chroma), v: room.v.map(chroma) };
    });
    expect((await judged(brighter)).findings).toEqual([]);
  });

  it('finds white balance that drifts to warm', async () => {
    const warm = (strength: number) =>
      times(FRAMES, i => {
        const room = { ...person(rooms[0], i) };
        const step = strength * share(i, 10, 30);
        return { y: room.y, u: room.u.map(u => Math.round(u - step)), v: room.v.map(v => Math.round(v + step)) };
      });
    const outcome = await judged(warm(9));
    expect(kinds(outcome)).toEqual(['white-balance']);
    expect(outcome.findings[0].message).toContain('warmer');
    expect((await judged(warm(1))).findings).toEqual([]);
  });

  it.each([
    ['at once', 20, 20],
    ['in a fade', 18, 22],
  ])('finds a background that becomes another place %s behind somebody', async (_, from, to) => {
    const swapped = times(FRAMES, i =>
      person(
        within(rooms[0], mix(rooms[0], rooms[1], share(i, from, to)), x => x > 140),
        i,
      ),
    );
    const outcome = await judged(swapped);
    expect(kinds(outcome)).toEqual(['background-swap']);
    const [{ start, end, box }] = outcome.findings;
    expect(start).toBeGreaterThanOrEqual(from - 5);
    expect(end).toBeLessThanOrEqual(to + 6);
    // The small picture is a fifth of the source.
    expect(box?.[0]).toBeGreaterThan(450);
  });

  it('does not take somebody who comes and stands for another place', async () => {
    const comes = times(FRAMES, i => {
      const left = Math.min(90, -60 + 12 * (i - 10));
      const shifted = (x: number) => x >= left && x < left + 60;
      const stranger = within(rooms[0], moved(rooms[2], left), (x, y) => i > 10 && shifted(x) && y > 20);
      return stranger;
    });
    expect((await judged(comes)).findings).toEqual([]);
  });

  it('compares the shots of a scene, and only those that it is told to', async () => {
    const cold = (painting: Painting): Painting => ({
      ...painting,
      u: painting.u.map(u => u + 16),
      v: painting.v.map(v => v - 12),
    });
    const film = [...times(16, i => person(rooms[0], i)), ...times(16, () => cold(rooms[1]))];
    expect((await judged(film)).findings).toEqual([]);
    expect(kinds(await judged(film, { scenes: 'all' }))).toEqual(['scene-mismatch']);
    expect(kinds(await judged(film, { scenes: [['s1', 's2']] }))).toEqual(['scene-mismatch']);
    expect((await judged(film, { scenes: [['s2', 's7']] })).findings).toEqual([]);
    const same = [
      ...times(16, () => rooms[0]),
      ...times(16, () => relit(rooms[1], luma => luma)),
      ...times(16, () => rooms[0]),
    ];
    expect((await judged(same, { scenes: [['s1', 's3']] })).findings).toEqual([]);
  });

  it('compares every shot with the reference picture that it is most like', async () => {
    const film = [...times(16, i => person(rooms[0], i)), ...times(16, i => person(rooms[1], i))];
    const elsewhere = { ...rooms[1], y: flat(200).y, ...{ u: flat(0, 90, 160).u, v: flat(0, 90, 160).v } };
    expect((await judged(film, {}, [filed(rooms[0]), filed(rooms[1])])).findings).toEqual([]);
    const one = await judged(film, {}, [filed(rooms[0]), filed(elsewhere)]);
    expect(one.findings.map(({ kind, start, message }) => [kind, start, message])).toEqual([
      ['reference-mismatch', 16, expect.stringContaining('Shot s2 does not match the reference picture')],
    ]);
    expect(kinds(await judged(film, {}, [filed(elsewhere)]))).toEqual(['reference-mismatch']);
    const tinted = { ...rooms[0], v: rooms[0].v.map(v => v + 20), u: rooms[0].u.map(u => u - 20) };
    const warm = await judged(film.slice(0, 16), {}, [filed(tinted)]);
    expect(warm.findings.map(({ message }) => message)).toEqual([expect.stringContaining('the white balance differs')]);
  });

  it('refuses scenes that are no shot ids', () => {
    const { options } = environmentConsistency.meta;
    expect(options.safeParse({ scenes: [['s1', '../s2']] }).success).toBe(false);
    expect(options.safeParse({ scenes: [['s1']] }).success).toBe(false);
    expect(options.safeParse({ scenes: 'some' }).success).toBe(false);
  });
});

/** A painting moved to the right; what comes in repeats the edge. */
function moved(painting: Painting, by: number): Painting {
  return {
    ...painting,
    y: painting.y.map((_, i) => painting.y[i - (i % WIDTH) + Math.max(0, Math.min(WIDTH - 1, (i % WIDTH) - by))]),
  };
}

import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import sharp from 'sharp';
import { toPicture } from '../../fixtures/photos.ts';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { type Bodies, type Faces, type Hands, pointOf, rowsOf } from '../../src/landmarks.ts';
import { decode } from '../../src/media/decode.ts';
import type { Picture } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';
import { bodiesObserver } from '../../src/observers/bodies.ts';
import { facesObserver } from '../../src/observers/faces.ts';
import { handSize } from '../../src/observers/hand-crop.ts';
import { hullOf, outside } from '../../src/observers/hand-geometry.ts';
import { handsObserver } from '../../src/observers/hands.ts';
import { extraHand } from '../../src/signals/hands/extra-hand.ts';
import type { WatchedHand } from '../../src/signals/hands/looks.ts';
import { ownerlessHands } from '../../src/signals/hands/owners.ts';
import { findShots } from '../../src/signals/shots.ts';
import { handTracks } from '../../src/signals/tracks-people.ts';
import { NO_FACES, type SeenClip } from './seen.ts';

/** A hand to stick on, with how much of it shows at each pixel, 0–1. */
interface Sticker {
  picture: Picture;
  alpha: Float32Array;
  /** Middle of the palm. */
  palm: [number, number];
}

/** Share of the clip's looks at bodies that everybody's wrists must be known in for a clip to be used. */
const KNOWN = 0.3;

/**
 * Sticks a third hand onto clips of one person whose two hands are seen, at rest on the body away from both, as large as they
 * are, and reports in how many clips it is found, and how many give a finding without it.
 */
export async function reportThird(folder: string, cache: string, planted: string): Promise<void> {
  const options = handIntegrity.meta.options.parse({});
  const index = JSON.parse(await readFile(path.join(planted, 'index.json'), 'utf8')) as {
    file: string;
    kind: string;
    open: number;
    points: [number, number][];
  }[];
  const donors = index.filter(({ kind, open }) => kind === 'real' && open >= 4);
  const tally = { used: 0, found: 0, without: 0, unknown: 0 };
  for (const name of (await readdir(cache)).filter(file => file.endsWith('.v8')).sort()) {
    const seen = deserialize(await readFile(path.join(cache, name))) as SeenClip;
    const { hands, bodies } = seen.signals;
    const part = ['footage', 'talking'].find(p => name.startsWith(seen.name) && clipsOf(folder, p).includes(seen.name));
    if (!hands || !bodies || !part || bodies.frames.length === 0) continue;
    const whole = { start: 0, end: seen.clip.frames };
    const known = ownerlessHands(whole, { hands, bodies, faces: NO_FACES }, seen.clip.video);
    if (known.asked.length < KNOWN * bodies.frames.length || known.asked.length < options.askedLooks) continue;
    const place = placeFor(seen, hands, bodies, known.asked);
    if (place === null) continue;
    const donor = donors[(tally.used * 7) % donors.length];
    const sticker = await stickerOf(path.join(planted, donor.file), donor.points, place.size / seen.scale.x);
    const [x, y] = [place.x / seen.scale.x, place.y / seen.scale.y];
    tally.used++;
    const answers: string[] = [];
    for (const paste of [true, false]) {
      const clip = await probe(path.join(folder, part, seen.name));
      const decoding = await decode(clip, { loudness: false });
      const context = { clip, analysis: decoding.analysis, small: decoding.small };
      const runs = [
        await handsObserver().start(context),
        await bodiesObserver().start(context),
        await facesObserver().start(context),
      ];
      for await (const frame of decoding.frames) {
        if (paste) stick(frame.analysis, sticker, x, y);
        for (const run of runs) await run.frame?.(frame);
      }
      const signals = Object.assign({}, ...(await Promise.all(runs.map(run => run.finish())))) as {
        hands: Hands;
        bodies: Bodies;
        faces: Faces;
      };
      for (const run of runs) await run.close?.();
      await decoding.close();
      const { shots } = findShots(seen.signals, seen.clip);
      let findings = 0;
      let asked = 0;
      for (const shot of shots) {
        const owners = ownerlessHands(shot, signals, clip.video);
        asked += owners.asked.length;
        for (const track of handTracks(clip, [shot], signals.hands))
          findings += extraHand({ track } as WatchedHand, owners, signals.bodies.step, options).found.length;
      }
      answers.push(`${paste ? 'with' : 'without'}: ${findings} findings, asked ${asked} times`);
      if (paste && findings > 0) tally.found++;
      if (paste && asked < options.askedLooks) tally.unknown++;
      if (!paste && findings > 0) tally.without++;
    }
    console.log(`${seen.name}: ${answers.join('; ')}`);
  }
  console.log(
    `\nA third hand: found in ${tally.found} of ${tally.used} clips (in ${tally.unknown} the wrists were not known long enough); ${tally.without} findings without it`,
  );
}

const lists = new Map<string, readonly string[]>();
/** Clips of a part of the folder. */
function clipsOf(folder: string, part: string): readonly string[] {
  let names = lists.get(part);
  if (!names) {
    names = readdirSync(path.join(folder, part));
    lists.set(part, names);
  }
  return names;
}

/** A place on the body as far as possible from both hands all along, and the size of the hands; null where there is none. */
function placeFor({ clip }: SeenClip, hands: Hands, bodies: Bodies, asked: readonly number[]) {
  const palms: [number, number][] = [];
  const sizes: number[] = [];
  for (const frame of asked) {
    const rows = rowsOf(hands, frame);
    for (let row = rows?.[0] ?? 0; row < (rows?.[1] ?? 0); row++) {
      const points = Float32Array.from({ length: 42 }, (_, k) => pointOf(hands, row, k >> 1)[k & 1]);
      sizes.push(handSize(points));
      palms.push([(points[0] + points[18]) / 2, (points[1] + points[19]) / 2]);
    }
  }
  sizes.sort((a, b) => a - b);
  const size = sizes[sizes.length >> 1];
  const person = rowsOf(bodies, asked[asked.length >> 1])?.[0];
  if (person === undefined) return null;
  const at = (point: number) => pointOf(bodies, person, point);
  const [[rx, ry], [lx, ly], [hx, hy], [gx, gy]] = [at(12), at(11), at(24), at(23)];
  let best = { x: 0, y: 0, size, apart: 0 };
  for (let u = 0; u <= 1; u += 0.1)
    for (let v = 0.1; v <= 0.8; v += 0.1) {
      const x = (rx + (lx - rx) * u) * (1 - v) + (hx + (gx - hx) * u) * v;
      const y = (ry + (ly - ry) * u) * (1 - v) + (hy + (gy - hy) * u) * v;
      const low = y + 3.2 * size;
      if (x < size || x > clip.video.width - size || y < 2 * size || low > clip.video.height) continue;
      const apart = Math.min(...palms.map(([px, py]) => Math.hypot(px - x, py - y)));
      if (apart > best.apart) best = { x, y, size, apart };
    }
  return best.apart > 2 * size ? best : null;
}

/** Cuts a hand out of a picture, enlarged or reduced so that it is `size` pixels from wrist to middle knuckle. */
async function stickerOf(file: string, given: readonly [number, number][], size: number): Promise<Sticker> {
  const flat = Float32Array.from(given.flat());
  const scale = size / handSize(flat);
  const { width = 0 } = await sharp(file).metadata();
  const side = Math.max(16, Math.round((width * scale) / 2) * 2);
  const { data } = await sharp(file).resize(side, side).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const points = flat.map(value => (value * side) / width);
  const hull = hullOf(points);
  const alpha = new Float32Array(side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      alpha[y * side + x] = Math.min(1, Math.max(0, 1.6 - outside(hull, x, y) / (0.15 * size)));
  return {
    picture: toPicture({ data: new Uint8Array(data), width: side, height: side }),
    alpha,
    palm: [(points[0] + points[18]) / 2, (points[1] + points[19]) / 2],
  };
}

/** Lays a hand over a picture, its palm at x, y. */
function stick(onto: Picture, { picture, alpha, palm }: Sticker, x: number, y: number): void {
  const left = Math.round((x - palm[0]) / 2) * 2;
  const top = Math.round((y - palm[1]) / 2) * 2;
  const lay = (to: Uint8Array, from: Uint8Array, step: number, stride: number): void => {
    const across = onto.width / step;
    const side = picture.width / step;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const [px, py] = [column + left / step, row + top / step];
        if (px < 0 || py < 0 || px >= across || py >= onto.height / step) continue;
        const a = alpha[row * step * picture.width + column * step];
        const k = py * stride + px;
        to[k] = Math.round(to[k] * (1 - a) + from[row * side + column] * a);
      }
  };
  lay(onto.y, picture.y, 1, onto.stride);
  lay(onto.u, picture.u, 2, onto.chromaStride);
  lay(onto.v, picture.v, 2, onto.chromaStride);
}

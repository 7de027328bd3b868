import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { readRgb, toPicture } from '../../fixtures/photos.ts';
import { HAND_CUES, type HandCue } from '../../src/landmarks.ts';
import type { Picture } from '../../src/media/frame.ts';
import { squareOfJudgedHand } from '../../src/observers/hand-crop.ts';
import { readHand } from '../../src/observers/hand-evidence.ts';
import { gateHand, gateLook } from '../../src/observers/hand-gate.ts';
import type { HandNet } from '../../src/observers/hand-net.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import { HandEye, type HandSighting, squareOfHand } from '../../src/observers/vision/hand-eye.ts';
import { closeNets, openNets } from '../../src/observers/vision/nets.ts';
import type { Square } from '../../src/observers/vision/square.ts';
import { CROP } from './seen.ts';
import type { Steadiness } from './steadiness.ts';

/** A hand in a picture, what stood in it, and its cues. */
export interface JudgedStill {
  kind: string;
  source: string;
  series: string;
  file: string;
  /** Fingers that were extended before anything was planted. */
  open: number;
  cues: Record<HandCue, number>;
}

interface Planted {
  file: string;
  kind: string;
  repo: string;
  series: string;
  points: [number, number][];
  open: number;
}

/** A planted picture as seen by the landmark network; null where the gate refuses it. */
type SeenStill = Planted & {
  seen: { points: Float32Array; square: Square; crop: Uint8Array; side: number; others: Float32Array[] } | null;
};

/** Cues of a kept crop. */
export async function cuesOfCrop(
  net: HandNet,
  seen: { points: Float32Array; square: Square; crop: Uint8Array },
  picture: { width: number; height: number },
  others: readonly Float32Array[] = [],
): Promise<Record<HandCue, number> & { thumb: Uint8Array; extraX: number; extraY: number }> {
  for (let k = 0; k < seen.crop.length; k++)
    net.input[k] = seen.crop[k] * net.normalisation.scale + net.normalisation.offset;
  const look = await readHand(net, seen.square, picture, seen.points, others);
  const cues = Object.fromEntries(HAND_CUES.map(cue => [cue, look[cue]])) as Record<HandCue, number>;
  return { ...cues, thumb: look.thumb, extraX: look.extraX, extraY: look.extraY };
}

/** Planted pictures as the product sees them. */
export interface PlantedStills {
  judged: JudgedStill[];
  /** Hands that the gate refused before they were looked at. */
  refused: number;
  /** Hands that were looked at and something lies in front of. */
  hidden: JudgedStill[];
}

/** Landmarks measured anew in the harmed picture, then the local network; in changed crops as well where that is asked. */
export async function judgePlanted(folder: string, net: HandNet, steadiness?: Steadiness): Promise<PlantedStills> {
  const judged: JudgedStill[] = [];
  const hidden: JudgedStill[] = [];
  let refused = 0;
  for (const { seen, kind, repo, series, file, open } of await seePlanted(folder)) {
    if (!seen) {
      refused++;
      continue;
    }
    const cues = await cuesOfCrop(net, seen, { width: seen.side, height: seen.side }, seen.others);
    if (steadiness) cues.unsteady = await steadiness.of(path.join(folder, file), seen.points);
    (gateLook(cues) === 'judged' ? judged : hidden).push({ kind, source: repo, series, file, open, cues });
  }
  return { judged, refused, hidden };
}

/** Source pixels per pixel with which no hand is too small. */
const LARGE = 100;

/** Hands beside one that was measured, as the product would find them: those that touch it make the gate refuse it. */
async function othersIn(eye: HandEye, picture: Picture, hand: HandSighting): Promise<HandSighting[]> {
  const { width, height } = picture;
  const found: HandSighting[] = [];
  const area = { x: width / 2, y: height / 2, side: Math.max(width, height), angle: 0 };
  for (const { square } of await eye.detect(picture, area, false)) {
    const first = await eye.measure(picture, square);
    const other = first && (await eye.measure(picture, eye.next(first)));
    if (other && ![hand, ...found].some(known => eye.same(other, known))) found.push(other);
  }
  return found;
}

export async function seePlanted(folder: string): Promise<SeenStill[]> {
  const kept = path.join(folder, 'seen.v8');
  if (existsSync(kept)) return deserialize(await readFile(kept)) as SeenStill[];
  const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as Planted[];
  const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
  const cropper = new Cropper({ range: 'limited', matrix: 'smpte170m' }, 224);
  const eye = new HandEye(nets, cropper, { limit: 1, detection: 0.5, presence: 0.5, chance: 0.65 });
  const input = new Float32Array(3 * CROP * CROP);
  const all: SeenStill[] = [];
  for (const still of index) {
    const picture = toPicture(await readRgb(path.join(folder, still.file)));
    const given = Float32Array.from(still.points.flatMap(([x, y]) => [x + 0.5, y + 0.5, 0]));
    const first = await eye.measure(picture, squareOfHand(given));
    const hand = first && (await eye.measure(picture, eye.next(first)));
    const others = hand ? await othersIn(eye, picture, hand) : [];
    // What it measured across in its source was asked when it was cut out.
    if (!hand || gateHand(hand, others, picture, LARGE) !== 'judged') {
      all.push({ ...still, seen: null });
      continue;
    }
    const square = squareOfJudgedHand(hand.points);
    cropper.cut(picture, square, CROP, input, { scale: 1, offset: 0 }, 'repeat');
    const crop = Uint8Array.from(input, value => Math.min(255, Math.max(0, Math.round(value))));
    all.push({
      ...still,
      seen: { points: hand.points, square, crop, side: picture.width, others: others.map(({ points }) => points) },
    });
  }
  await closeNets(nets);
  await writeFile(kept, serialize(all));
  return all;
}

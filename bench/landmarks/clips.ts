import path from 'node:path';
import { type Bodies, type Hands, type LandmarkTable, pointOf, rowsOf } from '../../src/landmarks.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { bodies } from '../../src/observers/bodies.ts';
import { faces } from '../../src/observers/faces.ts';
import { hands } from '../../src/observers/hands.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { type Asked, clipsIn, percent, some } from './common.ts';

const framesWith = (table: LandmarkTable | undefined): [number, number] => {
  if (!table) return [0, 0];
  let seen = 0;
  for (const frame of table.frames) {
    const range = rowsOf(table, frame);
    if (range && range[1] > range[0]) seen++;
  }
  return [seen, table.frames.length];
};

/**
 * Belief of the pose network in a wrist from which on a hand counts as visible, which knows nothing of how hands are found:
 * the level at which a wrist leads to a search, and one at which no motion blurs it.
 */
const VISIBLE = 0.5;
const PLAIN = 0.9;

/** Frames in which the pose network believes that much in a wrist inside the picture, and those of them with a hand. */
function wristFrames(
  bodies: Bodies | undefined,
  hands: Hands | undefined,
  { width, height }: { width: number; height: number },
  least: number,
): [number, number] {
  if (!bodies || !hands) return [0, 0];
  let seen = 0;
  let visible = 0;
  for (const frame of bodies.frames) {
    const [from, to] = rowsOf(bodies, frame) as [number, number];
    const wrist = (row: number, point: number): boolean => {
      const [x, y] = pointOf(bodies, row, point);
      const margin = 0.03 * height;
      const inside = x > margin && y > margin && x < width - margin && y < height - margin;
      return inside && bodies.visibility[33 * row + point] > least * 255;
    };
    const rows = Array.from({ length: to - from }, (_, k) => from + k);
    if (!rows.some(row => [15, 16].some(point => wrist(row, point)))) continue;
    visible++;
    const range = rowsOf(hands, frame);
    if (range && range[1] > range[0]) seen++;
  }
  return [seen, visible];
}

/** Frames with a hand in sign-language clips, with a face in talking ones. */
export async function clipsFound({ folder, quick }: Asked): Promise<void> {
  console.log(
    '\n## Found in clips, frame by frame\n\n| clip | frames | with a hand | of those with a visible wrist | of those with a plain one | with a face |\n|---|---|---|---|---|---|',
  );
  const total = { hand: 0, handFrames: 0, wrist: 0, wristFrames: 0, plain: 0, plainFrames: 0, face: 0, faceFrames: 0 };
  for (const [name, pattern] of [
    ['footage', /sample-videos__.*mkv$/],
    ['talking', /\.(mp4|mpg)$/],
  ] as const) {
    for (const file of some(await clipsIn(folder, name, pattern), quick ? 3 : 100)) {
      const signing = name === 'footage';
      const clip = await probe(file);
      const { signals } = await observe(clip, (signing ? [hands, bodies] : [faces]) as unknown as Observer[]);
      const [wrist, wrists] = wristFrames(signals.bodies, signals.hands, clip.video, VISIBLE);
      total.wrist += wrist;
      total.wristFrames += wrists;
      const [plain, plains] = wristFrames(signals.bodies, signals.hands, clip.video, PLAIN);
      total.plain += plain;
      total.plainFrames += plains;
      const [hand, handFrames] = framesWith(signals.hands);
      const [face, faceFrames] = framesWith(signals.faces);
      total.hand += hand;
      total.handFrames += handFrames;
      total.face += face;
      total.faceFrames += faceFrames;
      const cell = (part: number, whole: number) => (whole > 0 ? percent(part, whole) : '');
      console.log(
        `| ${path.basename(file)} | ${handFrames || faceFrames} | ${cell(hand, handFrames)} | ${cell(wrist, wrists)} | ${cell(plain, plains)} | ${cell(face, faceFrames)} |`,
      );
    }
  }
  console.log(
    `| **all** | | **${percent(total.hand, total.handFrames)}** | **${percent(total.wrist, total.wristFrames)}** | **${percent(total.plain, total.plainFrames)}** | **${percent(total.face, total.faceFrames)}** |`,
  );
}

/**
 * What real hands show: for every figure of a hand's shape (src/signals/hands/pose.ts) the range that all but one of 200 hands
 * keep to at either end, and its standard deviation, over the hands that may be trained on, measured as the product does.
 *
 *     npx tsx training/hands/pose.ts
 *
 * Writes src/signals/hands/pose-limits.ts; says how far the hands of the sources of split.json go beyond.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toPicture } from '../../fixtures/photos.ts';
import { JUDGED } from '../../src/observers/hand-gate.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import { HandEye, squareOfHand } from '../../src/observers/vision/hand-eye.ts';
import { closeNets, openNets } from '../../src/observers/vision/nets.ts';
import { poseFigures } from '../../src/signals/hands/pose.ts';

const folder = process.env.HANDS_CACHE ?? path.join(import.meta.dirname, '..', 'cache', 'hands');
const SIDE = 224;
/** Share of real hands beyond either end. */
const BEYOND = 0.005;

const rows = JSON.parse(await readFile(path.join(folder, 'hands.json'), 'utf8')) as {
  repo: string;
  points: [number, number][];
}[];
const { held } = JSON.parse(await readFile(path.join(import.meta.dirname, 'split.json'), 'utf8')) as { held: string[] };
const file = await open(path.join(folder, 'hands.npy'));
const head = Buffer.alloc(16);
await file.read(head, 0, 16, 0);
const start = 10 + head.readUInt16LE(8);
const bytes = 3 * SIDE * SIDE;
const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
const cropper = new Cropper({ range: 'limited', matrix: 'smpte170m' }, SIDE);
const eye = new HandEye(nets, cropper, { limit: 1, detection: 0.5, presence: 0.5, chance: 0.65 });
const shown: number[][] = [];
const unseen: number[][] = [];
for (const [k, { repo, points }] of rows.entries()) {
  const data = Buffer.alloc(bytes);
  await file.read(data, 0, bytes, start + k * bytes);
  for (let i = 0; i < bytes; i += 3) [data[i], data[i + 2]] = [data[i + 2], data[i]];
  const picture = toPicture({ data, width: SIDE, height: SIDE });
  const given = Float32Array.from(points.flatMap(([x, y]) => [x + 0.5, y + 0.5, 0]));
  const first = await eye.measure(picture, squareOfHand(given));
  const hand = first && (await eye.measure(picture, eye.next(first)));
  if (!hand || hand.presence < JUDGED.presence || hand.sharpness < JUDGED.sharpness) continue;
  (held.includes(repo) ? unseen : shown).push(poseFigures(hand.world));
}
await closeNets(nets);
await file.close();

const limits = shown[0].map((_, k) => {
  const values = shown.map(row => row[k]).sort((a, b) => a - b);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  const out = Math.floor(BEYOND * values.length);
  return [values[out], values[values.length - 1 - out], Math.sqrt(variance)];
});
const list = (column: number): string => limits.map(row => Number(row[column].toPrecision(4))).join(', ');
const text = `/** Made by training/hands/pose.ts from ${shown.length} real hands: limits of the figures of a hand's shape, and their deviation. */
export const LOW: readonly number[] = [${list(0)}];
export const HIGH: readonly number[] = [${list(1)}];
export const USUAL: readonly number[] = [${list(2)}];
`;
await writeFile(path.join(import.meta.dirname, '../../src/signals/hands/pose-limits.ts'), text);
const beyond = unseen
  .map(row => Math.max(0, ...row.map((v, k) => Math.max(limits[k][0] - v, v - limits[k][1]) / limits[k][2])))
  .sort((a, b) => a - b);
console.log(shown.length, 'hands;', unseen.length, 'of sources left out: beyond the limits by (deviations)');
for (const share of [0.5, 0.9, 0.95, 0.99, 1])
  console.log(`${share}: ${beyond[Math.min(beyond.length - 1, Math.floor(share * beyond.length))].toFixed(2)}`);

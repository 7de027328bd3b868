/**
 * Measures the landmarks of every picture of the pool anew, as the product would: of a harmed hand they are other ones than
 * those that it was made from. Resumable.
 *
 *     npx tsx training/hands/measure.ts [pictures now]
 *
 * Writes measured.jsonl beside the pool: a row per picture, 21 × (x, y) in pixels of the picture, or null where no hand that
 * could be judged is seen.
 */
import { existsSync } from 'node:fs';
import { appendFile, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { toPicture } from '../../fixtures/photos.ts';
import { JUDGED } from '../../src/observers/hand-gate.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import { HandEye, squareOfHand } from '../../src/observers/vision/hand-eye.ts';
import { closeNets, openNets } from '../../src/observers/vision/nets.ts';

const folder = process.env.HANDS_CACHE ?? path.join(import.meta.dirname, '..', 'cache', 'hands');
const most = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);
/** Rows that are written at once. */
const LOT = 200;

const truth = JSON.parse(await readFile(path.join(folder, 'pool.json'), 'utf8')) as { points: [number, number][] }[];
const list = path.join(folder, 'measured.jsonl');
const done = existsSync(list) ? (await readFile(list, 'utf8')).split('\n').length - 1 : 0;
const file = await open(path.join(folder, 'pool-pictures.npy'));
const head = Buffer.alloc(512);
await file.read(head, 0, 512, 0);
const start = 10 + head.readUInt16LE(8);
const side = Number(/\(\d+, (\d+), \d+, 3\)/.exec(head.toString('latin1'))?.[1]);
const bytes = 3 * side * side;

const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
const cropper = new Cropper({ range: 'limited', matrix: 'smpte170m' }, side);
const eye = new HandEye(nets, cropper, { limit: 1, detection: 0.5, presence: 0.5, chance: 0.65 });
let rows: string[] = [];
for (let k = done; k < Math.min(truth.length, done + most); k++) {
  const data = Buffer.alloc(bytes);
  await file.read(data, 0, bytes, start + k * bytes);
  // Stored as blue, green, red.
  for (let i = 0; i < bytes; i += 3) [data[i], data[i + 2]] = [data[i + 2], data[i]];
  const picture = toPicture({ data, width: side, height: side });
  const given = Float32Array.from(truth[k].points.flatMap(([x, y]) => [x + 0.5, y + 0.5, 0]));
  const first = await eye.measure(picture, squareOfHand(given));
  const hand = first && (await eye.measure(picture, eye.next(first)));
  const judged = hand && hand.presence >= JUDGED.presence && hand.sharpness >= JUDGED.sharpness;
  const points = judged
    ? Array.from({ length: 21 }, (_, p) => [0, 1].map(axis => Number((hand.points[3 * p + axis] - 0.5).toFixed(2))))
    : null;
  rows.push(JSON.stringify(points));
  if (rows.length < LOT && k + 1 < truth.length) continue;
  await appendFile(list, `${rows.join('\n')}\n`);
  rows = [];
}
if (rows.length > 0) await appendFile(list, `${rows.join('\n')}\n`);
await file.close();
await closeNets(nets);

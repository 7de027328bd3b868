/**
 * The planted hands of unseen sources as the bench sees them, for curve.py: their crops and landmarks.
 *
 *     npx tsx training/hands/crops.ts
 *
 * Writes crops.bin (red, green and blue planes, a byte each) and crops.json (kind, series, landmarks in pixels of the crop)
 * beside the planted hands. Wants `npm run bench:hands -- <folder> planted` to have run.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seePlanted } from '../../bench/hands/planted.ts';
import { CROP } from '../../bench/hands/seen.ts';
import { toCrop } from '../../src/observers/hand-crop.ts';

const folder = path.join(process.env.HANDS_CACHE ?? path.join(import.meta.dirname, '..', 'cache', 'hands'), 'planted');
const crops: Uint8Array[] = [];
const rows: object[] = [];
for (const { seen, kind, series } of await seePlanted(folder)) {
  if (!seen) continue;
  crops.push(seen.crop);
  const points = toCrop(seen.points, seen.square, CROP);
  rows.push({
    kind,
    series,
    points: Array.from({ length: 21 }, (_, k) => [points[2 * k] - 0.5, points[2 * k + 1] - 0.5]),
  });
}
await writeFile(path.join(folder, 'crops.bin'), Buffer.concat(crops));
await writeFile(path.join(folder, 'crops.json'), JSON.stringify(rows));
console.log(rows.length, 'crops');

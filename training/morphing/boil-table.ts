/**
 * Writes what the trees of boiling read, for `boil.py`: `<out>.bin`, cells × values as floats, and `<out>.json`, one row per burst.
 *
 *     npx tsx training/morphing/boil-table.ts <out> <folder made by boil-extract.ts>
 */
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { BOIL_FEATURES, boilFeatures } from '../../src/signals/morphing/boil.ts';
import type { Shot, TextureChanges } from '../../src/signals.ts';

const [out, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the file to write and the folder');
const rows: object[] = [];
const bin = openSync(`${out}.bin`, 'w');
for (const file of readdirSync(folder).sort()) {
  const { clip, shots, textureChanges } = deserialize(readFileSync(join(folder, file))) as {
    clip: ClipFacts;
    shots: Shot[];
    textureChanges: TextureChanges;
  };
  const { columns, starts, ends } = textureChanges;
  for (let k = 0; k < starts.length; k++) {
    if (!shots.some(({ start, end }) => starts[k] >= start && ends[k] < end)) continue;
    const { width, height } = clip.video;
    const row = { name: file.slice(0, -3), start: starts[k], end: ends[k], columns, rows: textureChanges.rows };
    rows.push({ ...row, width, height, frames: clip.frames, fps: clip.video.fps.num / clip.video.fps.den });
    writeSync(bin, boilFeatures(textureChanges, k));
  }
}
closeSync(bin);
writeFileSync(`${out}.json`, JSON.stringify({ features: BOIL_FEATURES, rows }));

/**
 * Writes the shapes of faces, or of heads, in real clips, as the product measures them, for `face_shape.py`: one JSON list of tracks.
 *
 *     npx tsx training/morphing/face-shape.ts <out.json> <folder of .v8 files by people.ts> face|head <start of names> [more starts]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { facesShaped } from '../../src/signals/morphing/face-shape.ts';
import { headsShaped } from '../../src/signals/morphing/head-shape.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';

const [out, folder, what, ...starts] = process.argv.slice(2);
if (starts.length === 0 || (what !== 'face' && what !== 'head'))
  throw new Error('name the out file, the folder, face or head, and how the names start');
/** Measuring asks nothing of a model. */
const NONE = { rest: () => new Float64Array(), whiten: () => new Float64Array(), deviations: [] };
/** Measures that a track needs: faces are measured in most frames, heads five times a second. */
const LEAST = { face: 20, head: 12 };
const tracks: object[] = [];
for (const file of readdirSync(folder).filter(name => starts.some(start => name.startsWith(start)))) {
  const { clip, shots, signals } = deserialize(readFileSync(path.join(folder, file)));
  const { faces, identities, personLooks } = signals;
  const source =
    what === 'face'
      ? facesShaped(clip, faces, identities, NONE)
      : headsShaped(clip, faces, identities, personLooks, NONE);
  if (source === null) continue;
  for (const track of faceTracks(clip, shots, faces, identities)) {
    const rows = [...track.rows].flatMap((row, k) => {
      const measure = source.measure(row, track.frames[k]);
      if (measure === null) return [];
      const { shape, context, yaw, pitch, size } = measure;
      return [[track.frames[k], yaw, pitch, size, ...shape, ...context].map(value => Number(value.toFixed(5)))];
    });
    const { step, look, parts } = source;
    if (rows.length >= LEAST[what])
      tracks.push({ file: file.replace(/\.v8$/, ''), step, look, parts: parts.length, rows });
  }
}
writeFileSync(out, JSON.stringify(tracks));
console.log(tracks.length, 'tracks');

/**
 * Writes the shapes of faces in real clips, as the product measures them, for `face_shape.py`: one JSON list of tracks.
 *
 *     npx tsx training/morphing/face-shape.ts <out.json> <folder of .v8 files by people.ts> <start of names> [more starts]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { measureFace } from '../../src/signals/morphing/face-shape.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';

const [out, folder, ...starts] = process.argv.slice(2);
if (starts.length === 0) throw new Error('name the out file, the folder and how the names start');
const tracks: object[] = [];
for (const file of readdirSync(folder).filter(name => starts.some(start => name.startsWith(start)))) {
  const { clip, shots, signals } = deserialize(readFileSync(path.join(folder, file)));
  for (const track of faceTracks(clip, shots, signals.faces, signals.identities)) {
    const rows = [...track.rows].flatMap((row, k) => {
      const measure = measureFace(signals.faces, row, clip.video);
      if (measure === null) return [];
      const { shape, context, yaw, pitch, size } = measure;
      return [[track.frames[k], yaw, pitch, size, ...shape, ...context].map(value => Number(value.toFixed(5)))];
    });
    const fps = clip.video.fps.num / clip.video.fps.den / signals.faces.step;
    if (rows.length >= 20) tracks.push({ file: file.replace(/\.v8$/, ''), fps, step: signals.faces.step, rows });
  }
}
writeFileSync(out, JSON.stringify(tracks));
console.log(tracks.length, 'tracks');

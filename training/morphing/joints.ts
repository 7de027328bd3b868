/**
 * Writes where the joints of bodies lie for `limb_swap.py`: one JSON per clip with a body, from what `people.ts` kept. Points are
 * in picture pixels, 33 per look as MediaPipe Pose orders them, each with its visibility, 0–255.
 *
 *     npx tsx training/morphing/joints.ts <out folder> <folder of .v8 files by people.ts>
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { type Bodies, pointOf } from '../../src/landmarks.ts';
import { bodyTracks } from '../../src/signals/tracks-people.ts';
import type { Shot } from '../../src/signals.ts';

const [out, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the out folder and the folder of people');
mkdirSync(out, { recursive: true });
for (const file of readdirSync(folder).filter(name => name.endsWith('.v8'))) {
  const seen = deserialize(readFileSync(path.join(folder, file)));
  const { clip, shots, signals } = seen as { clip: ClipFacts; shots: Shot[]; signals: { bodies: Bodies } };
  const { bodies } = signals;
  const tracks = bodyTracks(clip, shots, bodies).map(({ rows, frames }) => ({
    frames: [...frames],
    points: [...rows].map(row =>
      Array.from({ length: bodies.points }, (_, point) => [
        ...pointOf(bodies, row, point).slice(0, 2).map(Math.round),
        bodies.visibility[row * bodies.points + point],
      ]),
    ),
  }));
  if (tracks.length === 0) continue;
  const { width, height, fps } = clip.video;
  const about = { path: clip.path, width, height, fps: fps.num / fps.den, frames: clip.frames, tracks };
  writeFileSync(path.join(out, `${file.slice(0, -3)}.json`), JSON.stringify(about));
  console.log(file, tracks.length, 'bodies');
}

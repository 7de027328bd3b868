import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { identityCourse } from '../../src/signals/morphing/identity.ts';
import { findShots } from '../../src/signals/shots.ts';
import { options } from './judging.ts';

/** Faces as the product's observers saw them, kept by training/morphing/seen.ts. */
function faceCourses(folder: string): { name: string; least: number; changes: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap(file => {
    const { clip, signals } = deserialize(readFileSync(join(folder, file)));
    const courses = findShots(signals, clip).shots.map(shot =>
      identityCourse(clip, shot, signals.faces, signals.identities, options.likeness),
    );
    const least = Math.min(2, ...courses.map(course => course.least ?? 2));
    return [{ name: file, least, changes: courses.reduce((sum, { changes }) => sum + changes.length, 0) }];
  });
}

/** Changed faces: planted ones, the same clips untouched, and untouched talking clips. */
export function benchFaces(cache: string): void {
  const talking = faceCourses(join(cache, 'talking-seen')).filter(({ least }) => least <= 1);
  const swaps = faceCourses(join(cache, 'swaps-seen'));
  const swapped = swaps.filter(({ name }) => name.includes('-swap'));
  const same = swaps.filter(({ name }) => name.includes('-same'));
  console.log(
    `\n## Faces\n\nUntouched talking clips: ${talking.length} compared, ${talking.filter(({ changes }) => changes > 0).length} named; least likeness ${talking
      .map(({ least }) => least.toFixed(2))
      .sort()
      .slice(0, 5)
      .join(', ')}`,
  );
  console.log(
    `Planted changes over 12 to 24 frames: ${swapped.length}, found ${swapped.filter(({ changes }) => changes > 0).length}, not compared ${swapped.filter(({ least }) => least > 1).length}; the same clips untouched: ${same.length}, named ${same.filter(({ changes }) => changes > 0).length}`,
  );
  console.log(
    `likeness of planted: ${swapped
      .map(({ least }) => least.toFixed(2))
      .sort()
      .join(' ')}`,
  );
}

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pointOf } from '../../src/landmarks.ts';
import { bodies } from '../../src/observers/bodies.ts';
import { findShots } from '../../src/signals/shots.ts';
import { bodyTracks } from '../../src/signals/tracks-people.ts';
import { auc, recallAbove } from './apart.ts';
import { realTakes } from './material.ts';
import { type Seen, see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/physics/bodies', import.meta.url));
/** Points of the pose: shoulders are 11 and 12, ankles 27 and 28. */
const SHOULDER = 11;
const ANKLES = [27, 28] as const;
/** Visibility of 255 that both ankles must have, and the longest gap between two looks in seconds. */
const VISIBLE = 150;
const GAP = 0.3;
/** Slides in heights of the shoulders over the ankles, a second. */
const SLIDES = [0.3, 0.6] as const;

/** Speed of both feet behind the camera, across and down, in heights of the shoulders over the ankles a second. */
type Step = readonly (readonly [number, number])[];

/**
 * Feet that slide: for every second in which a body shows both ankles, the median speed of the foot that moves least
 * against the camera. The same seconds with an even slide added to the measured feet are the faults. No rule uses this.
 */
export async function run(folder: string): Promise<void> {
  const seconds: { name: string; steps: Step[] }[] = [];
  let takes = 0;
  for (const { path } of realTakes(folder)) {
    const seen = await see(path, CACHE, bodies);
    takes++;
    seconds.push(...secondsOf(seen).map(steps => ({ name: basename(path), steps })));
  }
  const real = seconds.map(({ steps }) => least(steps, 0));
  const clips = new Map<string, number[]>();
  for (const [i, { name }] of seconds.entries()) clips.set(name, [...(clips.get(name) ?? []), real[i]]);
  console.log('## Feet that slide: the foot that moves least, in heights of the shoulders over the ankles a second\n');
  console.log(`${takes} takes, ${clips.size} show both ankles for a second, ${seconds.length} seconds in all.\n`);
  console.log('| Take | seconds | lowest | middle | highest |\n|---|---:|---:|---:|---:|');
  for (const [name, values] of clips) {
    values.sort((a, b) => a - b);
    const shown = [values[0], values[values.length >> 1], values[values.length - 1]].map(v => v.toFixed(2));
    console.log(`| ${name} | ${values.length} | ${shown.join(' | ')} |`);
  }
  console.log('\n| Slide a second | AUC | found above the highest real second |\n|---|---:|---:|');
  for (const slide of SLIDES) {
    const planted = seconds.flatMap(({ steps }) => [least(steps, slide), least(steps, -slide)]);
    console.log(`| ${slide} | ${auc(planted, real).toFixed(2)} | ${recallAbove(planted, real)} of ${planted.length} |`);
  }
}

function least(steps: readonly Step[], slide: number): number {
  const speeds = steps.map(feet => Math.min(...feet.map(([x, y]) => Math.hypot(x + slide, y)))).sort((a, b) => a - b);
  return speeds[speeds.length >> 1];
}

/** Whole seconds, one after the other, in which every look shows both ankles. */
function secondsOf({ clip, signals }: Seen): Step[][] {
  const table = signals.bodies;
  const { motionX, motionY } = signals;
  if (!table || !motionX || !motionY) return [];
  const fps = clip.video.fps.num / clip.video.fps.den;
  const found: Step[][] = [];
  for (const { rows, frames } of bodyTracks(clip, findShots(signals, clip).shots, table)) {
    let steps: Step[] = [];
    let lasts = 0;
    for (let k = 1; k < rows.length; k++) {
      const time = (frames[k] - frames[k - 1]) / fps;
      const shown = [rows[k - 1], rows[k]].every(row => ANKLES.every(p => table.visibility[33 * row + p] >= VISIBLE));
      if (time > GAP || !shown) {
        steps = [];
        lasts = 0;
        continue;
      }
      let [cameraX, cameraY] = [0, 0];
      for (let f = frames[k - 1] + 1; f <= frames[k]; f++) {
        cameraX += motionX[f];
        cameraY += motionY[f];
      }
      const tall = Math.abs(pointOf(table, rows[k], ANKLES[0])[1] - pointOf(table, rows[k], SHOULDER)[1]) || 1;
      steps.push(
        ANKLES.map(p => {
          const [x0, y0] = pointOf(table, rows[k - 1], p);
          const [x1, y1] = pointOf(table, rows[k], p);
          return [(x1 - x0 - cameraX) / time / tall, (y1 - y0 - cameraY) / time / tall] as const;
        }),
      );
      lasts += time;
      if (lasts < 1) continue;
      found.push(steps);
      steps = [];
      lasts = 0;
    }
  }
  return found;
}

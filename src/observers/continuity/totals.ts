import type { Boundary } from './boundary.ts';

/** Boundaries on each side that a picture's totals are compared with. */
const TOTAL_RADIUS = 8;

/** What is measured of the picture as a whole. */
export const TOTALS = [
  'difference',
  'left',
  'leftHigh',
  'level',
  'chroma',
  'unlike',
  'unlikeShare',
  'motion',
  'motionHigh',
  'local',
  'camera',
  'gap',
] as const;

/** The picture's totals: logarithms, over the usual of the window, over the greater and over the lesser neighbour. */
export function totals(window: readonly Boundary[], centre: number, out: number[]): void {
  const logs = window.map(boundary => {
    boundary.totals ??= totalsOf(boundary);
    return boundary.totals;
  });
  const from = Math.max(0, centre - TOTAL_RADIUS);
  const to = Math.min(window.length - 1, centre + TOTAL_RADIUS);
  for (let k = 0; k < TOTALS.length; k++) {
    const here = logs[centre][k];
    const others: number[] = [];
    for (let i = from; i <= to; i++) if (i !== centre) others.push(logs[i][k]);
    others.sort((a, b) => a - b);
    const usual = others.length === 0 ? here : others[others.length >> 1];
    const beside = [logs[centre - 1]?.[k], logs[centre + 1]?.[k]].filter(value => value !== undefined);
    out.push(here, here - usual);
    out.push(
      here - Math.max(...(beside.length ? beside : [here])),
      here - Math.min(...(beside.length ? beside : [here])),
    );
  }
}

function totalsOf({ maps, gap, camera, motion, motionHigh, difference }: Boundary): number[] {
  let left = 0;
  let level = 0;
  let chroma = 0;
  let unlike = 0;
  let often = 0;
  let local = 0;
  let far = 0;
  const cells = maps.left.length;
  for (let i = 0; i < cells; i++) {
    left += maps.left[i];
    level += Math.abs(maps.level[i]);
    chroma += maps.chroma[i];
    unlike += maps.unlike[i];
    if (maps.unlike[i] > 0.5) often++;
    local += maps.local[i];
    far += gap[i];
  }
  const sorted = maps.left.slice().sort();
  const high = sorted[Math.floor(0.9 * (cells - 1))];
  const shift = Math.hypot(camera[2], camera[5]) + 64 * Math.abs(camera[0] - 1);
  const values = [difference, left / cells, high, level / cells, chroma / cells, unlike / cells, often / cells];
  values.push(motion, motionHigh, local / cells, shift, far / cells);
  return values.map(value => Math.log(value + 0.02));
}

import { fileURLToPath } from 'node:url';
import { thingsObserver } from '../../src/observers/things.ts';
import { observable } from '../../src/signals/physics/leaps.ts';
import { evidenceOf, type ShiftKind, type ShiftRow, shiftRows } from '../../src/signals/physics/shifts.ts';
import { findShots, shotDefaults, withoutRepeats } from '../../src/signals/shots.ts';
import { allClips, realTakes } from './material.ts';
import { type Motion, plantPhysics } from './physics-material.ts';
import { type Seen, see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/physics', import.meta.url));
const UNTOUCHED = fileURLToPath(new URL('../cache/continuity/signals', import.meta.url));
/** Frames beside the planted one; how far beside its places, both together, in widths, a jump may be found. */
const NEAR = 1;
const BESIDE = 0.1;
const TURNS = 30;

interface Example {
  moment: string;
  /** Of a clip in which nothing is planted. */
  untouched: boolean;
  evidence: Record<string, number>;
  right: boolean;
}

/**
 * Prints the weights of src/signals/physics/shifts.ts: logistic regressions (ridge of 1 on standardised values; all that is
 * proposed at one moment weighs as one) over what is proposed in the clips of the choosing half, planted and untouched.
 */
export async function run(folder: string): Promise<void> {
  const takes = realTakes(folder);
  const examples: Record<ShiftKind, Example[]> = { jump: [], scale: [] };
  for (const plant of await plantPhysics(takes, `${CACHE}/plants`))
    if (plant.half === 'tuned') collect(await see(plant.path, `${CACHE}/signals`, thingsObserver), plant, examples);
  const quoted = new Set(takes.filter(({ half }) => half === 'held-out').map(({ path }) => path));
  for (const path of allClips(folder))
    if (!quoted.has(path)) collect(await see(path, UNTOUCHED, thingsObserver), null, examples);
  for (const kind of ['jump', 'scale'] as const) {
    const { bias, weights } = fitted(examples[kind]);
    const rounded = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, Number(value.toFixed(3))]),
    );
    const odds = ({ evidence }: Example) =>
      Object.entries(weights).reduce((sum, [name, weight]) => sum + weight * evidence[name], bias);
    const highest = (untouched: boolean) =>
      examples[kind]
        .filter(example => !example.right && example.untouched === untouched)
        .map(odds)
        .sort((a, b) => b - a)
        .slice(0, 6)
        .map(value => value.toFixed(2));
    const right = new Map<string, number>();
    for (const example of examples[kind])
      if (example.right)
        right.set(example.moment, Math.max(right.get(example.moment) ?? Number.NEGATIVE_INFINITY, odds(example)));
    console.log(kind, JSON.stringify({ bias: Number(bias.toFixed(3)), weights: rounded }));
    console.log(
      `highest in untouched clips: ${highest(true)}; of what else is seen in planted ones: ${highest(false)}`,
    );
    console.log(
      `planted, of ${right.size}: ${[...right.values()]
        .sort((a, b) => a - b)
        .slice(0, 12)
        .map(value => value.toFixed(2))} …`,
    );
  }
}

function collect({ clip, signals }: Seen, plant: Motion | null, examples: Record<ShiftKind, Example[]>): void {
  const { shifts, frameDifference } = signals;
  if (!shifts || !frameDifference) return;
  const pictures = withoutRepeats(frameDifference, clip.frames, shotDefaults);
  const { shots } = findShots(signals, clip);
  for (const { frame, row } of shiftRows(shifts)) {
    const shot = shots.find(({ start, end }) => frame >= start && frame < end);
    if (!shot || !observable(row, frame, shot, clip.video, pictures)) continue;
    const found = evidenceOf(row, clip.video.width);
    if (!found) continue;
    const { kind, evidence } = found;
    const planted = plant?.kind === (kind === 'jump' ? 'teleport' : 'scale-pop');
    const near = plant !== null && planted && Math.abs(frame - plant.start) <= NEAR;
    const right = near && isThatOf(row, plant, clip.video.width);
    // What is seen of a planted shift elsewhere or in part is neither right nor wrong.
    if (!near || right) examples[kind].push({ moment: `${clip.path} ${frame}`, untouched: !plant, evidence, right });
  }
}

function isThatOf(row: ShiftRow, { kind, way, places = [] }: Motion, width: number): boolean {
  if (kind === 'scale-pop') return row.ratio > 1 === way.startsWith('grows');
  const [from, to] = places;
  if (!from || !to) return false;
  const apart = (x: number, y: number, place: { x: number; y: number }) =>
    Math.hypot(x / width - place.x, y / width - place.y);
  return apart(row.fromX, row.fromY, from) + apart(row.toX, row.toY, to) <= BESIDE;
}

/** Newton's method. */
function fitted(examples: readonly Example[]): { bias: number; weights: Record<string, number> } {
  const names = Object.keys(examples[0].evidence);
  const n = names.length;
  const counts = new Map<string, number>();
  for (const { moment } of examples) counts.set(moment, (counts.get(moment) ?? 0) + 1);
  const mean = names.map(name => examples.reduce((sum, { evidence }) => sum + evidence[name], 0) / examples.length);
  const deviation = names.map((name, i) =>
    Math.sqrt(examples.reduce((sum, { evidence }) => sum + (evidence[name] - mean[i]) ** 2, 0) / examples.length),
  );
  const rows = examples.map(({ evidence, right, moment }) => ({
    x: [...names.map((name, i) => (evidence[name] - mean[i]) / deviation[i]), 1],
    y: right ? 1 : 0,
    weight: 1 / (counts.get(moment) ?? 1),
  }));
  let solution = new Array<number>(n + 1).fill(0);
  for (let turn = 0; turn < TURNS; turn++) {
    const gradient = solution.map((value, i) => (i < n ? -value : 0));
    const curvature = solution.map((_, i) => solution.map((__, k) => (i === k && i < n ? 1 : 0)));
    for (const { x, y, weight } of rows) {
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * solution[i], 0)));
      for (let i = 0; i <= n; i++) {
        gradient[i] += weight * (y - p) * x[i];
        for (let k = 0; k <= n; k++) curvature[i][k] += weight * p * (1 - p) * x[i] * x[k];
      }
    }
    const step = solved(curvature, gradient);
    solution = solution.map((value, i) => value + step[i]);
  }
  const weights = names.map((_, i) => solution[i] / deviation[i]);
  return {
    bias: solution[n] - weights.reduce((sum, weight, i) => sum + weight * mean[i], 0),
    weights: Object.fromEntries(names.map((name, i) => [name, weights[i]])),
  };
}

/** Gauss–Jordan with pivots. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let i = 0; i < rows.length; i++) {
    let pivot = i;
    for (let k = i + 1; k < rows.length; k++) if (Math.abs(rows[k][i]) > Math.abs(rows[pivot][i])) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let k = 0; k < rows.length; k++) {
      if (k === i) continue;
      const share = rows[k][i] / rows[i][i];
      rows[k] = rows[k].map((value, c) => value - share * rows[i][c]);
    }
  }
  return rows.map((row, i) => row[rows.length] / row[i]);
}

import { basename } from 'node:path';
import { seeded } from '../../fixtures/random.ts';
import { hash } from '../cuts/random.ts';
import { auc, recallAbove } from './apart.ts';
import { type Film, readFilm } from './frames.ts';
import { realTakes } from './material.ts';

const SECONDS = 6;
const SIDE = 128;
/** Windows of the small picture, how far apart they are, and the side of the cells whose luma is averaged. */
const WINDOW = 24;
const STRIDE = 12;
const CELL = 4;
const PERIODS = { least: 5, most: 32 } as const;
const MOST_PER_GROUP = 2;
/** Least deviation of a cell's luma, and how much of chance a repetition may differ, and its half must. */
const CONTRAST = 4;
const REPEATS = 0.25;
const HALF = 0.6;
/** From here on a place counts as one that breaks off: what differs is four times what a repetition differs by. */
const BREAKS = 4;

type Kind = 'phase' | 'rate';
type Scores = Record<Kind, number> & { place: Place | null };
interface Place {
  x: number;
  y: number;
  period: number;
  at: number;
}

/**
 * Motion that repeats and breaks off: small windows in which luma repeats for three periods, then goes on in another phase
 * (`phase`) or with a period half as long again (`rate`). Planted: spoked wheels over real takes, with twins that turn on,
 * and real windows that repeat, set on by half a period. No rule uses this.
 */
export async function run(folder: string): Promise<void> {
  const real: Record<Kind, number[]> = { phase: [], rate: [] };
  const rows = new Map<string, number[]>();
  const add = (row: string, score: number) => rows.set(row, [...(rows.get(row) ?? []), score]);
  const perGroup = new Map<string, number>();
  let repeating = 0;
  let minutes = 0;
  const highest: string[] = [];
  for (const take of realTakes(folder)) {
    const count = perGroup.get(take.group) ?? 0;
    if (count >= MOST_PER_GROUP) continue;
    const film = await readFilm(take.path, SECONDS, 0, SIDE);
    if (film.frames.length < 60 || film.width < 2 * WINDOW || film.height < 2 * WINDOW) continue;
    perGroup.set(take.group, count + 1);
    minutes += film.frames.length / film.rate / 60;
    const scores = broken(film);
    for (const kind of ['phase', 'rate'] as const) {
      real[kind].push(scores[kind]);
      if (scores[kind] >= BREAKS) highest.push(`- ${kind} ${scores[kind].toFixed(1)}: ${basename(take.name)}`);
    }
    const random = seeded(hash(`${take.name} periodic`));
    const wheel = wheelOver(film, random);
    const whole = broken(wheel(null));
    add('wheel turns on, phase', whole.phase);
    add('wheel turns on, rate', whole.rate);
    add('wheel jumps, phase', broken(wheel('phase')).phase);
    add('wheel changes rate, rate', broken(wheel('rate')).rate);
    if (!scores.place) continue;
    repeating++;
    add('real repetition set on, phase', broken(setOn(film, scores.place)).phase);
  }
  console.log('## Periodic motion that breaks\n');
  console.log(`${real.phase.length} takes, ${minutes.toFixed(1)} minutes; ${repeating} hold a window that repeats.\n`);
  console.log(`| Planted | clips | AUC against untouched takes | above the highest untouched | at ${BREAKS} or more |`);
  console.log('|---|---:|---:|---:|---:|');
  for (const [row, values] of rows) {
    const against = row.endsWith('rate') ? real.rate : real.phase;
    const over = values.filter(value => value >= BREAKS).length;
    console.log(
      `| ${row} | ${values.length} | ${auc(values, against).toFixed(2)} | ${recallAbove(values, against)} | ${over} |`,
    );
  }
  for (const kind of ['phase', 'rate'] as const)
    console.log(
      `| nothing, ${kind} | ${real[kind].length} | | | ${real[kind].filter(value => value >= BREAKS).length} |`,
    );
  for (const line of highest) console.log(line);
}

/** The strongest break of each kind in a film, and the place that repeats best, if one does. */
function broken(film: Film): Scores {
  const best: Scores = { phase: 0, rate: 0, place: null };
  let least = REPEATS;
  for (let y = 0; y + WINDOW <= film.height; y += STRIDE)
    for (let x = 0; x + WINDOW <= film.width; x += STRIDE) {
      const cells = cellsOf(film, x, y);
      const count = cells.length;
      const lags = new Map<number, Float64Array>();
      /** Mean square difference of frames `from` to before `to` from those `lag` earlier. */
      const differ = (lag: number, from: number, to: number): number => {
        let sums = lags.get(lag);
        if (!sums) {
          sums = new Float64Array(count + 1);
          for (let t = 0; t < count; t++) sums[t + 1] = sums[t] + (t < lag ? 0 : distance(cells[t], cells[t - lag]));
          lags.set(lag, sums);
        }
        return (sums[to] - sums[from]) / (to - from);
      };
      for (let period = PERIODS.least; period <= PERIODS.most; period++) {
        const slower = Math.round(1.5 * period);
        for (let t = 3 * period; t + 2 * period <= count; t++) {
          const before = differ(period, t - 2 * period, t);
          const half = differ(period >> 1, t - 2 * period, t);
          if (half < 2 * CONTRAST ** 2 || before > REPEATS * half) continue;
          const chance = 2 * variance(cells, t - 3 * period, t);
          if (chance < 2 * CONTRAST ** 2 || before > REPEATS * chance || half < HALF * chance) continue;
          if (before / chance < least) {
            least = before / chance;
            best.place = { x, y, period, at: t };
          }
          const floor = 0.05 * chance;
          const across = differ(period, t, t + period);
          const after = differ(period, t + period, t + 2 * period);
          const worst = Math.max(before, after, floor);
          if (after < REPEATS * chance && across / worst > best.phase) {
            let phase = Infinity;
            for (let k = 2; k <= period - 2; k++) phase = Math.min(phase, differ(period + k, t, t + period));
            best.phase = Math.max(best.phase, across / Math.max(worst, phase));
          }
          if (t + 2 * slower > count || t - 2 * period < slower) continue;
          const then = differ(slower, t + slower, t + 2 * slower);
          const apart = Math.min(differ(period, t + period, t + 2 * slower), differ(slower, t - 2 * period, t));
          best.rate = Math.max(best.rate, apart / Math.max(before, then, floor));
        }
      }
    }
  return best;
}

function cellsOf(film: Film, left: number, top: number): Float32Array[] {
  const side = WINDOW / CELL;
  return film.frames.map(frame => {
    const cells = new Float32Array(side * side);
    for (let y = 0; y < WINDOW; y++)
      for (let x = 0; x < WINDOW; x++)
        cells[Math.floor(y / CELL) * side + Math.floor(x / CELL)] +=
          frame[(top + y) * film.width + left + x] / CELL ** 2;
    return cells;
  });
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/** Mean variance of the cells over time. */
function variance(cells: readonly Float32Array[], from: number, to: number): number {
  let sum = 0;
  for (let i = 0; i < cells[0].length; i++) {
    let [mean, square] = [0, 0];
    for (let t = from; t < to; t++) {
      mean += cells[t][i];
      square += cells[t][i] ** 2;
    }
    sum += square / (to - from) - (mean / (to - from)) ** 2;
  }
  return sum / cells[0].length;
}

/** A wheel with five spokes over the film, which turns on (null), jumps by near half a gap, or turns slower from one frame on. */
function wheelOver(film: Film, random: () => number): (kind: Kind | null) => Film {
  const { width, height, frames } = film;
  const radius = Math.min(width, height) * (0.15 + 0.1 * random());
  const x0 = radius + (width - 2 * radius) * random();
  const y0 = radius + (height - 2 * radius) * random();
  const period = 7 + Math.floor(Math.min(10, frames.length / 8 - 7) * random()) + random();
  const middle = Math.floor(frames.length * (0.45 + 0.1 * random()));
  const jump = 0.35 + 0.3 * random();
  const [dark, light] = [40 + 40 * random(), 140 + 60 * random()];
  return kind => ({
    ...film,
    frames: frames.map((frame, t) => {
      const out = frame.slice();
      const late = t >= middle;
      const turned = late && kind === 'rate' ? middle + (t - middle) / 1.5 : t;
      const phase = turned / period + (late && kind === 'phase' ? jump : 0);
      for (let y = Math.max(0, Math.floor(y0 - radius)); y < Math.min(height, y0 + radius); y++)
        for (let x = Math.max(0, Math.floor(x0 - radius)); x < Math.min(width, x0 + radius); x++) {
          if (Math.hypot(x - x0, y - y0) > radius) continue;
          const spoke = Math.cos(5 * Math.atan2(y - y0, x - x0) - 2 * Math.PI * phase);
          out[y * width + x] = dark + (light - dark) * Math.min(1, Math.max(0, 0.5 + 2 * (spoke - 0.4)));
        }
      return out;
    }),
  });
}

/** The film with one window, from `at` on, ahead by half a period. */
function setOn(film: Film, { x, y, period, at }: Place): Film {
  const ahead = period >> 1;
  return {
    ...film,
    frames: film.frames.map((frame, t) => {
      if (t < at) return frame;
      const out = frame.slice();
      const from = film.frames[Math.min(film.frames.length - 1, t + ahead)];
      for (let row = y; row < y + WINDOW; row++)
        out.set(from.subarray(row * film.width + x, row * film.width + x + WINDOW), row * film.width + x);
      return out;
    }),
  };
}

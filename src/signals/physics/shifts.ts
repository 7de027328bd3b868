import type { FrameRange } from '../../clip.ts';
import { SHIFT_VALUES, type Shifts } from '../../signals.ts';
import { type Leap, type LeapRow, leapOf, observable, TOGETHER } from './leaps.ts';

export type ShiftKind = 'jump' | 'scale';

/** A row of the signal by name. */
export type ShiftRow = Record<(typeof SHIFT_VALUES)[number], number>;

/** Lengths are in 256ths of the picture's width. */
const WIDE = 256;
/** Motion per frame that tells a thing from what lies still, and change of motion that is never one thing's, as a share of it. */
const MOVES = { least: 0.7, change: 1.6, share: 0.6 } as const;
/** A jump must be so many times the motion and share of the thing's side; levels of one thing; how much better it must fit than none. */
const JUMP = { beyond: 3, side: 0.6, level: 24, better: 0.1 } as const;
/** The same for sizes, and how far the middle may move: share of the larger side, and lengths. */
const SIZE = { better: 0.08, ratio: 1.28, share: 0.4, away: 2 } as const;
/** Least times that count, and speed from which on more tells no more. */
const TIMES = 0.2;
const SPEED = 2;

/**
 * Weights of what speaks for a shift, to the odds that it is one: logistic regressions over things planted in takes and all
 * that was proposed in untouched takes and about things that keep the laws, of the choosing half of the sources
 * (bench/continuity/physics-fit.ts prints them).
 */
export const WEIGHTS: Readonly<Record<ShiftKind, { bias: number; weights: Readonly<Record<string, number>> }>> = {
  jump: {
    bias: -29.535,
    weights: {
      likeness: 12.795,
      better: 4.862,
      followed: 4.212,
      timesLeast: 1.983,
      timesMost: 0.864,
      share: 2.404,
      turns: -0.81,
      side: 1.298,
      speed: 5.605,
      split: -1.569,
    },
  },
  scale: {
    bias: -12.728,
    weights: {
      likeness: -1.186,
      better: 3.98,
      followed: 8.338,
      timesLeast: 0.173,
      timesMost: 1.539,
      share: 3.787,
      turns: -3.206,
      side: -0.824,
      speed: 5.651,
      bothWays: 5.75,
      away: -4.641,
    },
  },
};

/** Logarithm of the odds from which on a shift counts: half-way between the highest that is none and the lowest planted of that half. */
const LEAST: Readonly<Record<ShiftKind, number>> = { jump: 0.6, scale: 0 };

/** What speaks for a row; null when it cannot be one thing that moves on. */
export function evidenceOf(row: ShiftRow, width: number): { kind: ShiftKind; evidence: Record<string, number> } | null {
  const unit = WIDE / width;
  const [slow, fast] = [Math.hypot(row.beforeX, row.beforeY), Math.hypot(row.afterX, row.afterY)]
    .map(speed => speed * unit)
    .sort((a, b) => a - b);
  const change = unit * Math.hypot(row.afterX - row.beforeX, row.afterY - row.beforeY);
  if (slow < MOVES.least || change > MOVES.change * Math.max(1, MOVES.share * slow)) return null;
  const sides = [row.fromWidth, row.fromHeight, row.toWidth, row.toHeight].map(side => side * unit);
  const away = unit * Math.hypot(row.toX - row.fromX, row.toY - row.fromY);
  const better = row.likeness - row.unmoved;
  const [timesLeast, timesMost] = [row.timesFrom, row.timesTo]
    .map(times => Math.log(Math.max(TIMES, times)))
    .sort((a, b) => a - b);
  const shared = {
    likeness: row.likeness,
    better,
    followed: row.followed,
    timesLeast,
    timesMost,
    share: row.share,
    turns: change / Math.max(1, slow),
    side: Math.log(Math.min(...sides)),
    speed: Math.min(1, slow / SPEED),
  };
  const largest = Math.max(...sides);
  if (row.ratio === 1) {
    if (away < JUMP.beyond * fast || away < JUMP.side * largest) return null;
    if (row.level > JUMP.level || better < JUMP.better) return null;
    return { kind: 'jump', evidence: { ...shared, split: row.split } };
  }
  const bothWays = row.likeness - row.oneWay;
  if (better < SIZE.better || bothWays < 0 || Math.max(row.ratio, 1 / row.ratio) < SIZE.ratio) return null;
  if (away > SIZE.share * largest + SIZE.away) return null;
  return { kind: 'scale', evidence: { ...shared, bothWays, away: away / largest } };
}

function oddsOf(kind: ShiftKind, evidence: Record<string, number>): number {
  const { bias, weights } = WEIGHTS[kind];
  return Object.entries(weights).reduce((sum, [name, weight]) => sum + weight * evidence[name], bias);
}

/** The rows of a signal. */
export function* shiftRows({ frames, values }: Shifts): Generator<{ frame: number; row: ShiftRow }> {
  const width = SHIFT_VALUES.length;
  for (let k = 0; k < frames.length; k++) {
    const row = Object.fromEntries(SHIFT_VALUES.map((name, i) => [name, values[width * k + i]])) as ShiftRow;
    yield { frame: frames[k], row };
  }
}

/**
 * Shifts of a shot, the likeliest of each moment; none at the picture's edge, nor after a picture that was held.
 *
 * @param video size in source pixels
 * @param pictures frames that show another picture than the frame before, ascending
 */
export function shiftsIn(
  shifts: Shifts,
  shot: FrameRange,
  video: { width: number; height: number },
  pictures: readonly number[],
): Leap[] {
  const all: { leap: Leap; odds: number }[] = [];
  for (const { frame, row } of shiftRows(shifts)) {
    if (!observable(row, frame, shot, video, pictures)) continue;
    const found = evidenceOf(row, video.width);
    if (!found) continue;
    const odds = oddsOf(found.kind, found.evidence);
    const leap = odds >= LEAST[found.kind] && leapOf(row as LeapRow, frame, video.width);
    if (leap) all.push({ leap, odds });
  }
  const found: Leap[] = [];
  for (const { leap } of all.sort((a, b) => b.odds - a.odds || a.leap.frame - b.leap.frame))
    if (!found.some(other => Math.abs(other.frame - leap.frame) <= TOGETHER)) found.push(leap);
  return found.sort((a, b) => a.frame - b.frame);
}

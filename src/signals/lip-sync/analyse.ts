import { median } from '../../statistics.ts';
import { bestLines, bestSplit, softened } from './course.ts';
import { type Compared, compare, estimateOffset, type SyncEstimate } from './estimate.ts';
import type { LipSyncModel } from './model.ts';
import { MOUTH_RATE, type MouthTrack } from './mouth.ts';

/** Length and distance of the windows whose offsets show the course of a shot, seconds. */
export const WINDOW = 4;
export const HOP = 1;
/** Shortest stretch for which a slope, and shortest part for which a change, is looked for, seconds. */
const SLOPE_SECONDS = 7.9;
const PART_SECONDS = 3;

/** Rows `from` to before `to` of the mouth, and where its sound lies in them. */
export interface SyncWindow {
  from: number;
  to: number;
  estimate: SyncEstimate;
}

/** How mouth and sound lie over a stretch. */
export interface SyncCourse {
  /** What the estimates rest on, for looking at parts. */
  compared: Compared;
  whole: SyncEstimate;
  windows: SyncWindow[];
  /** The best slanted line: ms per second, offset in the middle, and how much better it fits than the best level one. */
  slope: { perSecond: number; offset: number; gain: number } | null;
  /** The best change from one offset to another at a row, and how much better it fits than one offset. */
  split: { row: number; before: SyncEstimate; after: SyncEstimate; gain: number } | null;
}

/**
 * Offset of a stretch of a mouth as a whole, window by window, as a line and as two parts. Gains are similarity summed
 * over the stretch (rows at 50 Hz times mean gain), so that they mean the same evidence at any length.
 */
export function analyse(
  model: LipSyncModel,
  mouth: MouthTrack,
  bands: Float32Array,
  from: number,
  to: number,
): SyncCourse {
  const compared = compare(model, mouth, bands, from, to);
  const rows = to - from;
  const whole = estimateOffset(model, compared);
  const windows: SyncWindow[] = [];
  const size = WINDOW * MOUTH_RATE;
  for (let start = 0; start + size <= rows; start += HOP * MOUTH_RATE)
    windows.push({
      from: from + start,
      to: from + start + size,
      estimate: estimateOffset(model, compared, start, start + size),
    });

  const long = rows >= SLOPE_SECONDS * MOUTH_RATE;
  const parts = rows >= 2 * PART_SECONDS * MOUTH_RATE;
  if (!parts) return { compared, whole, windows, slope: null, split: null };
  const course = softened(compared.course);
  const lines = bestLines(course);
  const level = lines.find(line => line.slope === 0) ?? lines[0];
  const line = lines.reduce((best, other) => (other.score > best.score ? other : best), level);
  const cut = bestSplit(course, PART_SECONDS * MOUTH_RATE);
  return {
    compared,
    whole,
    windows,
    slope: long
      ? { perSecond: line.slope, offset: line.offset - model.bias, gain: (line.score - level.score) * rows }
      : null,
    split: cut && {
      row: from + cut.row,
      before: estimateOffset(model, compared, 0, cut.row),
      after: estimateOffset(model, compared, cut.row, rows),
      gain: (cut.score - level.score) * rows,
    },
  };
}

/** From where on a change of the offset counts; see the options of the detector. */
export interface ChangeLimits {
  /** ms/s and evidence. */
  drift: number;
  driftGain: number;
  /** ms and evidence. */
  jump: number;
  jumpGain: number;
  /** Least confidence and match of both parts of a jump. */
  confidence: number;
  match: number;
}

/** Whether an estimate can be built on. */
export const isSure = (
  estimate: SyncEstimate,
  { confidence, match }: Pick<ChangeLimits, 'confidence' | 'match'>,
): boolean => estimate.confidence >= confidence && estimate.match >= match;

/**
 * Whether the offset drifts or jumps. A slanted line is taken for a jump only where two level parts fit clearly better:
 * a ramp looks like a step from afar. A line counts only where windows of their own lie along it.
 */
export function changeOf(course: SyncCourse, limits: ChangeLimits): 'drift' | 'splice' | null {
  const { slope, split } = course;
  const drifts =
    slope !== null &&
    Math.abs(slope.perSecond) >= limits.drift &&
    slope.gain >= limits.driftGain &&
    alongWindows(course, slope.perSecond);
  const jumps =
    split !== null &&
    isSure(split.before, limits) &&
    isSure(split.after, limits) &&
    Math.abs(split.after.offset - split.before.offset) >= limits.jump &&
    split.gain >= Math.max(limits.jumpGain, JUMP_OVER_LINE * (slope?.gain ?? 0));
  if (jumps) return 'splice';
  return drifts ? 'drift' : null;
}

/** Two parts have more freedom than one line: by so much their evidence must be larger. */
const JUMP_OVER_LINE = 1.1;

/** Share of a line's slope that windows must show by themselves, least; windows that say little are not asked. */
const LEAST_SHARE = 0.4;
const SAYING = 0.6;

/**
 * Whether the offsets of single windows grow as a line through all of them does (median slope of pairs; Theil 1950,
 * Sen 1968): a stretch that is placed badly bends a line, but not the median.
 */
function alongWindows({ windows }: SyncCourse, perSecond: number): boolean {
  const said = windows.filter(({ estimate }) => estimate.confidence >= SAYING);
  const slopes = said.flatMap((one, i) =>
    said
      .slice(i + 1)
      .map(other => ((other.estimate.offset - one.estimate.offset) * MOUTH_RATE) / (other.from - one.from)),
  );
  return slopes.length > 0 && median(slopes) * Math.sign(perSecond) >= LEAST_SHARE * Math.abs(perSecond);
}

/** Offset of a window's middle by a line through the middle of a stretch. */
export const alongSlope = (slope: { perSecond: number; offset: number }, row: number, middle: number): number =>
  slope.offset + (slope.perSecond * (row - middle)) / MOUTH_RATE;

import type { FrameRange } from '../clip.ts';

/** Frames that repeat at fixed places of a period. */
export interface Pattern extends FrameRange {
  /** Frames in one period, and how many of them repeat the one before. */
  period: number;
  repeated: number;
}

/** Longest period looked for, in frames: one repeat per second of 24 → 25 and 29.97 → 30 conversions. */
const LONGEST = 30;
/** Periods that a pattern must go through to be one. */
const CYCLES = 5;
/** Share of periods in which a place must repeat to be a repeating place, and may repeat without being one. */
const REPEATING = 0.8;
const CLEAN = 0.12;

/**
 * Stretches in which frames repeat with a period. Windows of `window` frames (longer for long periods) are folded at
 * every period; where each place of the period either repeats or does not, the shortest such period wins. Ranges run
 * from the first to the last repeat of the pattern.
 *
 * @param repeats per frame, whether it repeats the one before
 */
export function findPatterns(repeats: readonly boolean[], window: number): Pattern[] {
  const found: Pattern[] = [];
  let from = 0;
  while (from < repeats.length) {
    const match = matchAt(repeats, from, window);
    if (!match) {
      from++;
      continue;
    }
    const pattern = follow(repeats, from, match);
    found.push(pattern);
    from = pattern.end;
  }
  return found;
}

interface Match {
  period: number;
  /** For each place of the period, counted from the window's first frame, whether it repeats. */
  places: boolean[];
  length: number;
}

/** The shortest period that explains the window that starts with the repeat at `from`. */
function matchAt(repeats: readonly boolean[], from: number, window: number): Match | null {
  if (!repeats[from]) return null;
  for (let period = 2; period <= LONGEST; period++) {
    const length = Math.min(Math.max(window, CYCLES * period), repeats.length - from);
    if (length < CYCLES * period) return null;
    const places = fold(repeats, from, length, period);
    if (places) return { period, places, length };
  }
  return null;
}

function fold(repeats: readonly boolean[], from: number, length: number, period: number): boolean[] | null {
  const places: boolean[] = [];
  for (let place = 0; place < period; place++) {
    let count = 0;
    let seen = 0;
    for (let i = from + place; i < from + length; i += period, seen++) if (repeats[i]) count++;
    const share = count / seen;
    if (share > CLEAN && share < REPEATING) return null;
    places.push(share >= REPEATING);
  }
  return places.includes(true) && places.includes(false) ? places : null;
}

/** Follows the pattern past its window for as long as at most every fifth period breaks it. */
function follow(repeats: readonly boolean[], from: number, { period, places, length }: Match): Pattern {
  let end = from + length;
  let broken = 0;
  for (let start = from + Math.floor(length / period) * period; start < repeats.length; start += period) {
    const fits = places.every((repeat, place) => start + place >= repeats.length || repeats[start + place] === repeat);
    broken = fits ? Math.max(0, broken - 0.25) : broken + 1;
    if (broken > 1) break;
    if (fits) end = Math.max(end, Math.min(repeats.length, start + period));
  }
  while (end > from + 1 && !(repeats[end - 1] && places[(end - 1 - from) % period])) end--;
  return { start: from, end, period, repeated: places.filter(Boolean).length };
}

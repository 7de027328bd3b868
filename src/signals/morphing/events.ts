import type { Box, FrameRange } from '../../clip.ts';
import type { SemanticDrift } from '../../signals.ts';
import { boxAround } from './region-box.ts';

/** A stretch in which a region's evidence stays high. */
export interface MorphEvent extends FrameRange {
  peak: number;
  /** Mean evidence of the region's strongest cells at its worst, log-odds of a cell. */
  evidence: number;
  /** At its worst, in source pixels. */
  box: Box;
  /** Where the region is at the middle of every window, ascending. */
  path: { frame: number; box: Box }[];
}

/** Evidence of one shot over time. */
export interface Evidence {
  /** Numbers of the windows that lie inside the shot. */
  windows: number[];
  /** Per window: the strongest region's evidence, and its middle cell. */
  strength: Float32Array;
  place: Int32Array;
  /** Per window: every cell's evidence, smoothed over five windows. */
  cells: Float32Array[];
}

/** Cells around the strongest one that make a region, and how many of them count. */
const REACH = 3;
const COUNTED = 12;
/** Cells that a region moves by from one window to the next, at most. */
const STEP = 2;
/** Windows either side that evidence is averaged over. */
const AROUND = 2;

/** Windows of which all looks lie inside the range. */
export function windowsInside({ starts, ends }: SemanticDrift, { start, end }: FrameRange): number[] {
  const inside: number[] = [];
  for (let k = 0; k < starts.length; k++) if (starts[k] >= start && ends[k] < end) inside.push(k);
  return inside;
}

/**
 * Strongest region per window. What changes between two looks shows in every window that holds both, so evidence is
 * averaged over five neighbouring windows first: what flares up in one alone is chance.
 */
export function gather(drift: SemanticDrift, windows: number[], raw: readonly Float32Array[]): Evidence {
  const cells = raw.map((_, k) => {
    const group = raw.slice(Math.max(0, k - AROUND), k + AROUND + 1);
    return raw[k].map((_, cell) => group.reduce((sum, one) => sum + one[cell], 0) / group.length);
  });
  const strength = new Float32Array(cells.length);
  const place = new Int32Array(cells.length);
  cells.forEach((plane, k) => {
    place[k] = strongest(plane, drift);
    const around = region(place[k], drift)
      .sort((a, b) => plane[b] - plane[a])
      .slice(0, COUNTED);
    strength[k] = around.reduce((sum, cell) => sum + plane[cell], 0) / Math.max(1, around.length);
  });
  return { windows, strength, place, cells };
}

/** The strongest cell that does not lie on the picture's edge. */
function strongest(plane: Float32Array, { columns, rows }: SemanticDrift): number {
  let best = columns + 1;
  for (let row = 1; row < rows - 1; row++)
    for (let column = 1; column < columns - 1; column++)
      if (plane[row * columns + column] > plane[best]) best = row * columns + column;
  return best;
}

/** Cells around a place, without the picture's edge. */
function region(place: number, { columns, rows }: SemanticDrift): number[] {
  const out: number[] = [];
  const y = Math.floor(place / columns);
  const x = place % columns;
  for (let row = Math.max(1, y - REACH); row <= Math.min(rows - 2, y + REACH); row++)
    for (let column = Math.max(1, x - REACH); column <= Math.min(columns - 2, x + REACH); column++)
      out.push(row * columns + column);
  return out;
}

export interface EventOptions {
  /** Evidence that a window must reach. */
  threshold: number;
  /** Evidence at which an event still goes on, below the threshold. */
  goesOn: number;
  /** Evidence of the cells that belong to a region's box; by default what is near that of the strongest. */
  inside?: number;
  source: { width: number; height: number };
}

/** Stretches of windows above the threshold, each with its worst moment and the box of the cells around it. */
export function findEvents(drift: SemanticDrift, evidence: Evidence, options: EventOptions): MorphEvent[] {
  const { windows, strength } = evidence;
  const events: MorphEvent[] = [];
  for (let k = 0; k < windows.length; k++) {
    if (strength[k] < options.threshold) continue;
    let first = k;
    while (first > 0 && strength[first - 1] >= options.goesOn) first--;
    let last = k;
    while (last + 1 < windows.length && strength[last + 1] >= options.goesOn) last++;
    let worst = k;
    for (let n = first; n <= last; n++) if (strength[n] > strength[worst]) worst = n;
    events.push(eventAt(drift, evidence, first, worst, last, options));
    k = last;
  }
  return events;
}

function eventAt(
  drift: SemanticDrift,
  { windows, strength, place, cells }: Evidence,
  first: number,
  worst: number,
  last: number,
  { goesOn, inside, source }: EventOptions,
): MorphEvent {
  // A change of an instant shows in every window that holds it: it lies in what they share. A longer one lies between the
  // end of the first window and the beginning of the last.
  const [one, other] = [drift.ends[windows[first]], drift.starts[windows[last]]];
  const start = Math.max(drift.starts[windows[first]], Math.min(one, other) - drift.step);
  const end = Math.min(drift.ends[windows[last]], Math.max(one, other) + drift.step) + 1;
  const middleOf = (k: number) => Math.round((drift.starts[windows[k]] + drift.ends[windows[k]]) / 2);
  const boxAt = (k: number, cell: number) =>
    boxAround(cells[k], cell, drift, inside ?? Math.max(goesOn, cells[k][cell] - CLIMB), source);
  const path = [{ frame: middleOf(worst), box: boxAt(worst, place[worst]) }];
  // From the worst moment on either way, the strongest cell beside that of the window before.
  for (const way of [-1, 1])
    for (let k = worst + way, cell = place[worst]; k >= first && k <= last; k += way) {
      cell = strongestBeside(cells[k], cell, drift);
      path.push({ frame: middleOf(k), box: boxAt(k, cell) });
    }
  return {
    start,
    end,
    peak: Math.min(end - 1, Math.max(start, middleOf(worst))),
    evidence: strength[worst],
    box: path[0].box,
    path: path.sort((a, b) => a.frame - b.frame),
  };
}

/** The strongest cell within {@link STEP} of another, not on the picture's edge. */
function strongestBeside(plane: Float32Array, place: number, { columns, rows }: SemanticDrift): number {
  const [x, y] = [place % columns, Math.floor(place / columns)];
  let best = place;
  for (let row = Math.max(1, y - STEP); row <= Math.min(rows - 2, y + STEP); row++)
    for (let column = Math.max(1, x - STEP); column <= Math.min(columns - 2, x + STEP); column++)
      if (plane[row * columns + column] > plane[best]) best = row * columns + column;
  return best;
}

/** Cells within so much of the strongest one are the same region where nothing else is asked for. */
const CLIMB = 1.5;

import type { ClipFacts } from '../clip.ts';
import { type LandmarkTable, pointsOf, rowsOf } from '../landmarks.ts';
import type { Shot } from '../signals.ts';
import { assign } from './assignment.ts';

/** One thing followed through one shot. */
export interface Track {
  /** `f`, `h` or `b` and a number, in order of appearance in the clip. */
  id: string;
  /** Id of the shot; a track never crosses a shot's boundary. */
  shot: string;
  /** Rows of the table, ascending in time, at most one per frame. */
  rows: Uint32Array;
  /** Frame of each row. */
  frames: Uint32Array;
  /** First frame and frame after the last. */
  start: number;
  end: number;
}

export interface TrackOptions {
  /** Longest time, in seconds, that a thing may be hidden and still be the same track. */
  gapSeconds?: number;
  /** Rows with less presence than this are left out. */
  leastPresence?: number;
  /** Tracks with fewer rows than this are left out: single-frame sightings are mostly mistakes. */
  leastRows?: number;
}

/** Rows on their way to become a track. */
export interface Chain {
  rows: number[];
  frames: number[];
}

/** Whether two chains, the second later, may be one thing; the cost of joining them, or Infinity. */
export type JoinCost = (earlier: Chain, later: Chain) => number;

/** Largest shift of the centre from one measured frame to the next, in sides of the thing's square. */
const GATE = 0.6;
/** What each further missing frame adds to the gate, and the most it can be. */
const GATE_PER_FRAME = 0.04;
const GATE_MOST = 1.2;
/** Rows of one lineage were followed by the network itself; that outweighs this much of cost. */
const LINEAGE_BONUS = 0.3;

const DEFAULTS = { gapSeconds: 0.5, leastPresence: 0.5, leastRows: 3 } as const;

/** What tells two rows apart beside their points, added to the cost: 0 for alike, about 1 for unlike. */
export type RowDifference = (a: number, b: number) => number;

/**
 * Chains of rows that follow each other without a missing measured frame, within one shot: least total cost of
 * landmark distance, frame by frame.
 */
export function chainsOf(
  table: LandmarkTable,
  shot: Shot,
  leastPresence: number = DEFAULTS.leastPresence,
  difference: RowDifference = () => 0,
): Chain[] {
  const done: Chain[] = [];
  let active: Chain[] = [];
  for (let frame = firstMeasured(table, shot.start); frame < shot.end; frame += table.step) {
    const range = rowsOf(table, frame);
    if (range === null) {
      // Not measured: nothing can be said about it, and nothing is lost.
      continue;
    }
    const rows: number[] = [];
    for (let row = range[0]; row < range[1]; row++) if (table.presence[row] >= leastPresence) rows.push(row);
    const cost = active.flatMap(({ rows: past }) =>
      rows.map(row => {
        const last = past[past.length - 1];
        const distance = rowDistance(table, last, row);
        const bonus = table.lineage[last] === table.lineage[row] ? LINEAGE_BONUS : 0;
        return distance > GATE ? Number.POSITIVE_INFINITY : distance - bonus + difference(last, row);
      }),
    );
    const columns = assign(cost, active.length, rows.length);
    const next: Chain[] = [];
    const taken = new Set<number>();
    active.forEach((chain, k) => {
      if (columns[k] < 0) {
        done.push(chain);
        return;
      }
      taken.add(columns[k]);
      chain.rows.push(rows[columns[k]]);
      chain.frames.push(frame);
      next.push(chain);
    });
    rows.forEach((row, k) => {
      if (!taken.has(k)) next.push({ rows: [row], frames: [frame] });
    });
    active = next;
  }
  return [...done, ...active].sort(byStart);
}

/**
 * Joins chains over gaps of at most `mostFrames` frames at the least total cost: each chain continues at most one, and
 * none that it overlaps.
 */
export function joinChains(chains: readonly Chain[], mostFrames: number, cost: JoinCost): Chain[] {
  const next =
    chains.length > MOST_EXACT ? pairGreedily(chains, mostFrames, cost) : pairExactly(chains, mostFrames, cost);
  const continued = new Set(next.filter(k => k >= 0));
  const joined: Chain[] = [];
  chains.forEach((_, first) => {
    if (continued.has(first)) return;
    const whole: Chain = { rows: [], frames: [] };
    for (let k = first; k >= 0; k = next[k]) {
      whole.rows.push(...chains[k].rows);
      whole.frames.push(...chains[k].frames);
    }
    joined.push(whole);
  });
  return joined.sort(byStart);
}

/** More chains than this in one shot are paired cheapest first: the exact method grows with the cube. */
const MOST_EXACT = 200;

const joinable = (earlier: Chain, later: Chain, mostFrames: number): boolean => {
  const gap = later.frames[0] - earlier.frames[earlier.frames.length - 1];
  return gap > 0 && gap <= mostFrames;
};

function pairExactly(chains: readonly Chain[], mostFrames: number, cost: JoinCost): number[] {
  const matrix = chains.flatMap(earlier =>
    chains.map(later => (joinable(earlier, later, mostFrames) ? cost(earlier, later) : Number.POSITIVE_INFINITY)),
  );
  return assign(matrix, chains.length, chains.length);
}

function pairGreedily(chains: readonly Chain[], mostFrames: number, cost: JoinCost): number[] {
  const pairs: { earlier: number; later: number; cost: number }[] = [];
  chains.forEach((a, earlier) => {
    chains.forEach((b, later) => {
      if (!joinable(a, b, mostFrames)) return;
      const value = cost(a, b);
      if (Number.isFinite(value)) pairs.push({ earlier, later, cost: value });
    });
  });
  pairs.sort((a, b) => a.cost - b.cost || a.earlier - b.earlier || a.later - b.later);
  const next = new Array<number>(chains.length).fill(-1);
  const taken = new Set<number>();
  for (const { earlier, later } of pairs) {
    if (next[earlier] >= 0 || taken.has(later)) continue;
    next[earlier] = later;
    taken.add(later);
  }
  return next;
}

/** Cost of joining over a gap: distance of the places, gated more widely the longer the gap. */
export const placeCost =
  (table: LandmarkTable): JoinCost =>
  (earlier, later) => {
    const last = earlier.rows.length - 1;
    const missing = (later.frames[0] - earlier.frames[last]) / table.step - 1;
    const gate = Math.min(GATE_MOST, GATE + GATE_PER_FRAME * missing);
    const distance = rowDistance(table, earlier.rows[last], later.rows[0]);
    return distance > gate ? Number.POSITIVE_INFINITY : distance + 0.01 * missing;
  };

/** Tracks of one table by landmarks alone, shot by shot. */
export function linkTracks(
  prefix: string,
  clip: Pick<ClipFacts, 'video'>,
  shots: readonly Shot[],
  table: LandmarkTable,
  options: TrackOptions = {},
  difference?: RowDifference,
): Track[] {
  const settings = { ...DEFAULTS, ...options };
  const mostFrames = gapFrames(clip, settings.gapSeconds, table.step);
  const perShot = shots.map(shot => {
    const chains = chainsOf(table, shot, settings.leastPresence, difference);
    return { shot, chains: joinChains(chains, mostFrames, placeCost(table)) };
  });
  return numberTracks(prefix, perShot, settings.leastRows);
}

/** Makes tracks of chains and numbers them in order of appearance. */
export function numberTracks(
  prefix: string,
  perShot: readonly { shot: Shot; chains: readonly Chain[] }[],
  leastRows: number = DEFAULTS.leastRows,
): Track[] {
  return perShot
    .flatMap(({ shot, chains }) =>
      chains.filter(chain => chain.rows.length >= leastRows).map(chain => ({ shot, chain })),
    )
    .map(({ shot, chain }, k) => ({
      id: `${prefix}${k + 1}`,
      shot: shot.id,
      rows: Uint32Array.from(chain.rows),
      frames: Uint32Array.from(chain.frames),
      start: chain.frames[0],
      end: chain.frames[chain.frames.length - 1] + 1,
    }));
}

/** Frames from the last sighting to the next that a gap of so many seconds allows. */
export const gapFrames = (clip: Pick<ClipFacts, 'video'>, seconds: number, step: number): number =>
  Math.max(step, Math.round((seconds * clip.video.fps.num) / clip.video.fps.den)) + step;

/** Distance of two rows in sides of the larger square: centre shift, change of size and mean shift of the points' shape. */
export function rowDistance(table: LandmarkTable, a: number, b: number): number {
  const { place } = table;
  const side = Math.max(place[3 * a + 2], place[3 * b + 2]) || 1;
  const ratio = (place[3 * a + 2] || 1) / (place[3 * b + 2] || 1);
  const from = pointsOf(table, a);
  const to = pointsOf(table, b);
  let sum = 0;
  // Every fourth point of a face mesh tells as much as all of them.
  const skip = table.points > 100 ? 12 : 3;
  let count = 0;
  for (let k = 0; k < from.length; k += skip, count++) sum += Math.hypot(from[k] - to[k], from[k + 1] - to[k + 1]);
  return sum / count / side + 0.2 * Math.abs(Math.log(ratio));
}

const byStart = (a: Chain, b: Chain): number => a.frames[0] - b.frames[0] || a.rows[0] - b.rows[0];

/** First measured frame at or after `frame`. */
function firstMeasured(table: LandmarkTable, frame: number): number {
  return Math.ceil(frame / table.step) * table.step;
}

import type { ClipFacts, FrameRange } from '../../clip.ts';
import { type Bodies, pointsOf } from '../../landmarks.ts';
import type { SemanticDrift, Shot } from '../../signals.ts';
import { median, percentile } from '../../statistics.ts';
import type { Track } from '../tracks.ts';
import { type LimbCourse, type LimbTables, limbCourse, limbEvidence } from './limbs.ts';

/** Windows that are judged together: ten seconds. In longer ones what takes a second would drown. */
const LENGTH = 80;
/** Fewer windows than this say nothing. */
const LEAST = 4;

/** Windows of a shot that are judged together. */
export interface Stretch extends FrameRange {
  /** Places in the list of windows: the first and the one after the last. */
  from: number;
  to: number;
}

/** Stretches of up to ten seconds, each half over the next; the last one ends with the shot. */
export function stretchesOf(drift: Pick<SemanticDrift, 'starts' | 'ends'>, windows: readonly number[]): Stretch[] {
  if (windows.length < LEAST) return [];
  const length = Math.min(LENGTH, windows.length);
  const last = windows.length - length;
  const froms: number[] = [];
  for (let from = 0; from < last; from += length >> 1) froms.push(from);
  froms.push(last);
  return froms.map(from => ({
    from,
    to: from + length,
    start: drift.starts[windows[from]],
    end: drift.ends[windows[from + length - 1]] + 1,
  }));
}

/** Bodies of one stretch. */
export interface StretchBodies {
  courses: (LimbCourse & { track: Track })[];
  /** Whether somebody appears or disappears in the middle of the picture, away from the ends of the shot. */
  visits: boolean;
}

/** Shares of the picture's width and height within which nobody comes in from outside; from below people may. */
const MARGIN = { side: 0.04, top: 0.02 } as const;

/** What the bodies of a shot do in one stretch of it. */
export function bodiesIn(
  { video }: Pick<ClipFacts, 'video'>,
  shot: Shot,
  bodies: Bodies,
  tracks: readonly Track[],
  stretch: FrameRange,
): StretchBodies {
  const courses = tracks.flatMap(track => {
    const course = limbCourse(bodies, track, stretch, video);
    return course === null ? [] : [{ ...course, track }];
  });
  const inside = (row: number): boolean => {
    const points = pointsOf(bodies, row);
    const seen = bodies.visibility.subarray(row * bodies.points, (row + 1) * bodies.points);
    const some = seen.filter(value => value > 127).length > 3;
    let [left, right, top] = [Infinity, -Infinity, Infinity];
    for (let k = 0; k < bodies.points; k++) {
      if (some && seen[k] <= 127) continue;
      left = Math.min(left, points[3 * k]);
      right = Math.max(right, points[3 * k]);
      top = Math.min(top, points[3 * k + 1]);
    }
    return (
      left > MARGIN.side * video.width && right < (1 - MARGIN.side) * video.width && top > MARGIN.top * video.height
    );
  };
  const away = 2 * bodies.step;
  const visits = tracks.some(({ rows, frames }) => {
    const [first, last] = [frames[0], frames[frames.length - 1]];
    const comes = first > shot.start + away && first >= stretch.start && first < stretch.end;
    const goes = last < shot.end - 1 - away && last >= stretch.start && last < stretch.end;
    return (comes && inside(rows[0])) || (goes && inside(rows[rows.length - 1]));
  });
  return { courses, visits };
}

/** One kind of evidence against what real footage shows of it, and what it counts. */
export interface Term {
  mean: number;
  deviation: number;
  weight: number;
}

/** How a stretch is judged: made by training/morphing/train.py. */
export interface StretchModel {
  limbs: LimbTables;
  terms: { near: Term; limbs: Term; visits: Term };
  /** Log-odds of a visible morph: `slope · sum + offset`. */
  calibration: { slope: number; offset: number };
}

/** What speaks for a morph in a stretch, each in weighted deviations of real footage. */
export interface StretchEvidence {
  near: number;
  limbs: number;
  visits: number;
  /** The body whose bones change most beyond its motion. */
  body: (LimbCourse & { track: Track }) | null;
}

/**
 * Weighs what a stretch shows as a whole: how much of it resembles nothing near at the coarsest stride (95th percentile of
 * all cells and windows), how much bones change their length, and whether people come and go in the middle of the picture.
 */
export function stretchEvidence(
  { limbs, terms }: StretchModel,
  near: readonly Float32Array[],
  { courses, visits }: StretchBodies,
): StretchEvidence {
  const weigh = ({ mean, deviation, weight }: Term, value: number) => (weight * (value - mean)) / deviation;
  let body: StretchEvidence['body'] = null;
  let most = Number.NEGATIVE_INFINITY;
  for (const course of courses) {
    const evidence = limbEvidence(limbs, course);
    if (evidence > most) [body, most] = [course, evidence];
  }
  return {
    near: weigh(terms.near, percentile(concatenated(near), 0.95)),
    // Nobody there: as if real people were.
    limbs: weigh(terms.limbs, body === null ? 0 : most),
    visits: weigh(terms.visits, visits ? 1 : 0),
    body,
  };
}

/** So many stretches show what is usual in a shot. */
const USUAL = 5;

/**
 * Log-odds of a visible morph for every stretch of a shot. In shots of half a minute and more what holds most of the time is
 * the scene's own way, such as people seen from above, and only what goes beyond it counts.
 */
export function stretchOdds(
  { calibration }: Pick<StretchModel, 'calibration'>,
  stretches: readonly Pick<StretchEvidence, 'near' | 'limbs' | 'visits'>[],
): number[] {
  const sums = stretches.map(({ near, limbs, visits }) => near + limbs + visits);
  const usual = sums.length < USUAL ? 0 : Math.max(0, median(sums));
  return sums.map(sum => calibration.slope * (sum - usual) + calibration.offset);
}

function concatenated(planes: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(planes.reduce((sum, plane) => sum + plane.length, 0));
  let at = 0;
  for (const plane of planes) {
    out.set(plane, at);
    at += plane.length;
  }
  return out;
}

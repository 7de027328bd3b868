import type { FrameRange } from '../../clip.ts';
import { type Bodies, pointsOf, worldOf } from '../../landmarks.ts';
import { deviation, median, percentile } from '../../statistics.ts';
import type { Track } from '../tracks.ts';

/** Ends of the bones that are compared with their own length at other times: arms, legs, shoulders, hips, sides. */
const BONES = [
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
  [23, 25],
  [25, 27],
  [24, 26],
  [26, 28],
  [11, 12],
  [23, 24],
  [11, 23],
  [12, 24],
] as const;
/** A point is believed when its visibility is above this, of 255. */
const VISIBLE = 127;
/**
 * Ends of bones within this share of the picture's width or height from its sides do not count: where a body is cut off the
 * network guesses, and its guesses jump.
 */
const EDGE = 0.05;
/** Looks and comparisons of looks that a body needs before anything is said. */
const LEAST_LOOKS = 5;
const LEAST_BONES = 2;
/** Share of the picture's longer side that a body must span: on smaller ones the points shake. */
const LEAST_SPAN = 0.08;
/** Added to lengths before logarithms, in metres and in spans of the body. */
const FLOOR = { metres: 0.02, spans: 0.05 } as const;

/** How much the lengths of one body's bones change; bones are stiff, so on real people they hardly do. */
export interface LimbCourse {
  looks: number;
  /** Middle way of a point from one look to the next, in spans of the body: what fast motion does to the network is expected. */
  motion: number;
  /** 95th percentile of the change of a bone's logarithmic length in metres from one look to the next. */
  step: number;
  /** Deviation of the logarithmic length in metres of the bone that varies most. */
  most: number;
  /** As `step`, of the length that is seen in the picture, in spans of the body. */
  drawn: number;
  /** Where bones change most from one look to the next: the frames of both looks and the row of the first. */
  worst: FrameRange & { row: number };
}

interface Look {
  row: number;
  frame: number;
  points: Float32Array;
  world: Float32Array;
  seen: Uint8Array;
  span: number | null;
}

/**
 * Bone lengths of one followed body over the looks inside a range, in metres as the pose network believes them and as they
 * are seen. Null when the body was seen too seldom, too small, or in too few parts away from the picture's sides.
 */
export function limbCourse(
  bodies: Bodies,
  track: Pick<Track, 'rows' | 'frames'>,
  { start, end }: FrameRange,
  picture: { width: number; height: number },
): LimbCourse | null {
  const looks: Look[] = [];
  for (let k = 0; k < track.rows.length; k++)
    if (track.frames[k] >= start && track.frames[k] < end) looks.push(lookAt(bodies, track.rows[k], track.frames[k]));
  const spans = looks.flatMap(({ span }) => span ?? []);
  if (spans.length < LEAST_LOOKS) return null;
  const span = median(spans);
  if (span < LEAST_SPAN * Math.max(picture.width, picture.height)) return null;

  const steps: number[] = [];
  const drawn: number[] = [];
  const deviations: number[] = [];
  const jumps = looks.slice(1).map((): number[] => []);
  const believed = ({ seen, points }: Look, end: number): boolean =>
    seen[end] > VISIBLE && within(points[3 * end] / picture.width) && within(points[3 * end + 1] / picture.height);
  for (const [a, b] of BONES) {
    const both = looks.map(look => believed(look, a) && believed(look, b));
    if (both.filter(Boolean).length < LEAST_LOOKS) continue;
    const metres = looks.map(({ world }) => Math.log(length3(world, a, b) + FLOOR.metres));
    const flat = looks.map(({ points }) => Math.log(length2(points, a, b) / span + FLOOR.spans));
    deviations.push(deviation(metres.filter((_, k) => both[k])));
    for (let k = 1; k < looks.length; k++) {
      if (!both[k] || !both[k - 1]) continue;
      const step = Math.abs(metres[k] - metres[k - 1]);
      steps.push(step);
      jumps[k - 1].push(step);
      drawn.push(Math.abs(flat[k] - flat[k - 1]));
    }
  }
  if (deviations.length < LEAST_BONES || steps.length < LEAST_LOOKS) return null;
  let worst = 0;
  const total = jumps.map(list => list.reduce((sum, step) => sum + step, 0));
  for (let k = 1; k < total.length; k++) if (total[k] > total[worst]) worst = k;
  return {
    looks: looks.length,
    motion: middleWay(looks, span),
    step: percentile(steps, 0.95),
    most: Math.max(...deviations),
    drawn: percentile(drawn, 0.95),
    worst: { start: looks[worst].frame, end: looks[worst + 1].frame + 1, row: looks[worst].row },
  };
}

function lookAt(bodies: Bodies, row: number, frame: number): Look {
  const points = pointsOf(bodies, row);
  const seen = bodies.visibility.subarray(row * bodies.points, (row + 1) * bodies.points);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  let count = 0;
  for (let k = 0; k < bodies.points; k++) {
    if (seen[k] <= VISIBLE) continue;
    count++;
    left = Math.min(left, points[3 * k]);
    right = Math.max(right, points[3 * k]);
    top = Math.min(top, points[3 * k + 1]);
    bottom = Math.max(bottom, points[3 * k + 1]);
  }
  const span = count > 3 ? Math.max(right - left, bottom - top) : null;
  return { row, frame, points, world: worldOf(bodies, row), seen, span };
}

/** Middle way of all points that are seen in both of two neighbouring looks, in spans. */
function middleWay(looks: readonly Look[], span: number): number {
  const ways: number[] = [];
  for (let k = 1; k < looks.length; k++) {
    const [before, after] = [looks[k - 1], looks[k]];
    for (let p = 0; p < before.seen.length; p++)
      if (before.seen[p] > VISIBLE && after.seen[p] > VISIBLE)
        ways.push(
          Math.hypot(after.points[3 * p] - before.points[3 * p], after.points[3 * p + 1] - before.points[3 * p + 1]) /
            span,
        );
  }
  return ways.length > 0 ? median(ways) : 0;
}

const within = (share: number): boolean => share > EDGE && share < 1 - EDGE;

const length2 = (points: Float32Array, a: number, b: number): number =>
  Math.hypot(points[3 * a] - points[3 * b], points[3 * a + 1] - points[3 * b + 1]);

const length3 = (points: Float32Array, a: number, b: number): number =>
  Math.hypot(length2(points, a, b), points[3 * a + 2] - points[3 * b + 2]);

/** What is expected of a real body that moves so much and is seen so often: logarithms of `step`, `most` and `drawn`. */
export interface LimbTables {
  /** Per measure four factors: of one, of the logarithm of the motion, of its square, of the logarithm of the looks. */
  factors: readonly (readonly [number, number, number, number])[];
  /** Mean absolute deviation per measure. */
  spread: readonly number[];
}

/** Added to measures before logarithms are taken. */
const MEASURE_FLOOR = 0.005;
const MOTION_FLOOR = 0.01;

/** How far a body's bones change beyond what real ones of such motion seem to, in mean absolute deviations. */
export function limbEvidence({ factors, spread }: LimbTables, course: LimbCourse): number {
  const motion = Math.log(course.motion + MOTION_FLOOR);
  const terms = [1, motion, motion * motion, Math.log(course.looks)];
  const measures = [course.step, course.most, course.drawn];
  return (
    measures.reduce((sum, value, k) => {
      const expected = factors[k].reduce((total, factor, term) => total + factor * terms[term], 0);
      return sum + (Math.log(value + MEASURE_FLOOR) - expected) / spread[k];
    }, 0) / measures.length
  );
}

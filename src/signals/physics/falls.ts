import type { Box } from '../../clip.ts';
import type { Things } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { atEdge, boxAround } from './edges.ts';
import { brightness, type Path, parabola, type Sighting, sizeOf } from './paths.ts';

/** A flight under gravity: part of a path that is a parabola, accelerated downwards. */
interface Flight {
  points: readonly Sighting[];
  /** Source pixels per frame squared, downwards. */
  gravity: number;
  /** Highest place, also when it lies before or after what was seen. */
  apex: number;
  /** Vertical speed at the first and last point, downwards, pixels per frame. */
  speedAtStart: number;
  speedAtEnd: number;
  size: number;
}

/** A fall that plays backwards. */
export interface ReversedFall {
  /** `gain`: bounces higher than it fell. `launch`: leaves its resting place upwards with nothing near it. */
  way: 'gain' | 'launch';
  start: number;
  end: number;
  /** First frame after the contact, or after the launch. */
  peak: number;
  /** Speed after the contact relative to the speed before; for a launch the rise in sizes of the thing. */
  measured: number;
  box: Box;
}

/** Points of a flight, its error in sizes, and how much it must bend, in sizes. */
const LEAST = 5;
const ERROR = 0.07;
const BEND = 0.2;
/** Two flights belong together when gravity, size and luma agree. */
const SAME = { gravity: 1.6, size: 1.35, luma: 18 } as const;
/** Heights of a bounce, in sizes, that are measured well enough. */
const HEIGHT = 0.8;
/** A path that never leaves a place by more than this share of its size stands. */
const STANDS = 0.4;

/**
 * Falls that play backwards: what bounces must not come back faster than it came, and what lies does not leap up by
 * itself. Throws and catches are told apart by what moves beside the thing.
 *
 * @param range first frame of the shot, frames per second, size of the picture
 * @param least speed after a contact relative to before, and rise of a launch in sizes, from which it is a fault
 */
export function findReversedFalls(
  things: Things,
  paths: readonly Path[],
  seen: readonly (readonly Sighting[])[],
  range: { start: number; rate: number; width: number; height: number },
  least: { gain: number; rise: number },
): ReversedFall[] {
  const standing = new Set<number>();
  for (const path of paths) if (stands(path)) for (const point of path.points) standing.add(point.row);
  const flights = paths.flatMap(flightsOf).sort((a, b) => a.points[0].frame - b.points[0].frame);
  const found: ReversedFall[] = [];
  const alone = (x: number, y: number, size: number, from: number, to: number, own: ReadonlySet<number>): boolean => {
    for (let frame = from; frame <= to; frame++) {
      for (const other of seen[frame - range.start] ?? []) {
        if (own.has(other.row) || standing.has(other.row)) continue;
        const reach = 0.8 * size;
        if (Math.abs(other.x - x) < other.width / 2 + reach && Math.abs(other.y - y) < other.height / 2 + reach)
          return false;
      }
    }
    return true;
  };
  for (const after of flights) {
    const first = after.points[0];
    if (after.speedAtStart >= 0 || after.points.some(point => atEdge(point, range.width, range.height))) continue;
    const before = flights.findLast(
      flight => flight !== after && lastFrame(flight) <= first.frame && isSame(things, flight, after),
    );
    const own = new Set([...after.points, ...(before?.points ?? [])].map(point => point.row));
    if (before && first.frame - lastFrame(before) <= 0.35 * range.rate && before.speedAtEnd > 0) {
      const last = before.points[before.points.length - 1];
      const floor = Math.max(last.y, first.y);
      const [high, higher] = [floor - before.apex, floor - after.apex];
      const ratio = Math.sqrt(higher / high);
      if (
        high < HEIGHT * after.size ||
        ratio < least.gain ||
        before.points.some(p => atEdge(p, range.width, range.height))
      )
        continue;
      if (!alone(first.x, floor, after.size, last.frame - 1, first.frame + 1, own)) continue;
      found.push({ way: 'gain', ...spanOf([before, after]), peak: first.frame, measured: ratio });
      continue;
    }
    const rise = (first.y - Math.min(...after.points.map(point => point.y))) / after.size;
    if (rise < least.rise || first.frame - range.start < 0.3 * range.rate) continue;
    const place = restingPlace(paths, after);
    if (!place) continue;
    const from = Math.max(range.start, place.frame - Math.round(0.35 * range.rate));
    // While the thing leaves its place, place and thing are seen as one region.
    if (!alone(place.x, place.y, after.size, from, place.frame - 2, own)) continue;
    found.push({ way: 'launch', ...spanOf([after]), peak: first.frame, measured: rise });
  }
  return found;
}

const lastFrame = ({ points }: Flight): number => points[points.length - 1].frame;

function spanOf(flights: readonly Flight[]): { start: number; end: number; box: Box } {
  const points = flights.flatMap(flight => flight.points);
  return { start: points[0].frame, end: points[points.length - 1].frame + 1, box: boxAround(points) };
}

const isSame = (things: Things, a: Flight, b: Flight): boolean =>
  Math.abs(Math.log(a.gravity / b.gravity)) <= Math.log(SAME.gravity) &&
  Math.abs(Math.log(a.size / b.size)) <= Math.log(SAME.size) &&
  Math.abs(a.points[a.points.length - 1].x - b.points[0].x) <= 1.5 * b.size &&
  Math.abs(brightness(things, a.points[a.points.length - 1].row) - brightness(things, b.points[0].row)) <= SAME.luma;

function stands({ points }: Path): boolean {
  const size = median(points.map(sizeOf));
  const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
  return points.length >= 3 && Math.max(spread(points.map(p => p.x)), spread(points.map(p => p.y))) <= STANDS * size;
}

/** The place that a thing left behind when it leapt up: a standing region that appears below its flight as it begins. */
function restingPlace(paths: readonly Path[], flight: Flight): { x: number; y: number; frame: number } | null {
  const [first] = flight.points;
  const low = first.y + 0.3 * flight.size;
  for (const path of paths) {
    if (!stands(path)) continue;
    const [point] = path.points;
    const size = sizeOf(point);
    if (Math.abs(Math.log(size / flight.size)) > Math.log(1.6)) continue;
    if (Math.abs(point.x - first.x) > 0.8 * flight.size || point.y < low || point.y > first.y + 3 * flight.size)
      continue;
    // When the flight, followed backwards, was at that place.
    const root = (point.y - flight.apex) * 2 * flight.gravity;
    const time = (-flight.speedAtStart - Math.sqrt(Math.max(0, root))) / flight.gravity;
    const frame = Math.floor(first.frame + time);
    if (point.frame >= frame - 2 && point.frame <= first.frame + 4) return { x: point.x, y: point.y, frame };
  }
  return null;
}

/** Parts of a path that are flights, none overlapping. */
function flightsOf({ points }: Path): Flight[] {
  const flights: Flight[] = [];
  let from = 0;
  while (from + LEAST <= points.length) {
    const course = courseFrom(points, from);
    let best: Flight | null = null;
    for (let n = LEAST; from + n <= points.length; n++) {
      const flight = flightOf(course, n);
      if (flight === 'rough') break;
      if (flight) best = flight;
    }
    if (best) flights.push(best);
    from += best ? best.points.length - 1 : 1;
  }
  return flights;
}

/** A path from one of its points on: frames since that point, places and sizes. */
interface Course {
  points: readonly Sighting[];
  times: number[];
  x: number[];
  y: number[];
  sizes: number[];
}

function courseFrom(path: readonly Sighting[], from: number): Course {
  const points = path.slice(from);
  return {
    points,
    times: points.map(point => point.frame - points[0].frame),
    x: points.map(point => point.x),
    y: points.map(point => point.y),
    sizes: points.map(sizeOf),
  };
}

/** Whether the first `n` points of a course are a flight; `rough` when more points cannot make them one. */
function flightOf(course: Course, n: number): Flight | 'rough' | null {
  // Heights first: most that is followed does not fall.
  const fy = parabola(course.times, course.y, n);
  let largest = 0;
  for (let i = 0; i < n; i++) if (course.sizes[i] > largest) largest = course.sizes[i];
  if (fy.error > ERROR * largest) return 'rough';
  const size = median(course.sizes.slice(0, n));
  if (fy.error > ERROR * size) return 'rough';
  const fx = parabola(course.times, course.x, n);
  if (fx.error > ERROR * size) return 'rough';
  const length = course.times[n - 1];
  if (fy.curve <= 0 || (fy.curve * length * length) / 8 < BEND * size) return null;
  // A flight does not swerve: what bends it sideways is far weaker than what bends it down.
  if (Math.abs(fx.curve) > 0.35 * fy.curve) return null;
  return {
    points: course.points.slice(0, n),
    gravity: fy.curve,
    apex: fy.at - fy.slope ** 2 / (2 * fy.curve),
    speedAtStart: fy.slope,
    speedAtEnd: fy.slope + fy.curve * length,
    size,
  };
}

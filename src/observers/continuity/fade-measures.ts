import type { Boundary, Geometry } from './boundary.ts';
import type { Component } from './components.ts';
import { BEFORE, BETWEEN, type Courses, ENDS, GROWS, mostOf } from './courses.ts';
import type { FollowedStack } from './followed.ts';
import { likeness, outlineContrast } from './outline.ts';
import { around, meanOver, ringOf } from './places.ts';

/** Names of what is measured of a place that changes gradually, in order. */
export const FADES: readonly string[] = [
  ...['rank', 'parts', 'cells', 'fill', 'edge', 'step', 'share', 'chroma', 'local'],
  ...[
    'centre',
    'spread',
    'left',
    'leftMost',
    'way',
    'ends',
    'steepest',
    'length',
    'alike',
    'outline',
    'ring',
    'ringRest',
  ],
  ...['weight', 'likely', 'heaviest', 'touched', 'across', 'down', 'wide', 'high', 'area'],
  ...['back', 'rampOff', 'rampLength', 'rampAt', 'apart', 'cellLeft'],
  ...['leftIn', 'leftRing', 'unlikeIn', 'unlikeRing', 'localIn', 'localRing', 'localBeside', 'localBesideRing'],
  ...['leftBeside', 'levelIn', 'levelRing', 'restOwn', 'rest', 'textureBefore', 'textureAfter', 'textureAmid'],
  ...['sharp', 'outlineBefore', 'outlineAfter', 'outlineAmid', 'chromaWide', 'chromaLeft', 'signed'],
  ...Array.from({ length: 8 }, (_, k) => `share${k}`),
  ...Array.from({ length: 4 }, (_, k) => `left${k}`),
];

/** What a mix may leave unexplained at most (fades.ts), where a place is nothing like a fade. */
const NO_FADE = 0.3;
/** Boundaries about the middle of a change, and before and after it, at which motion and residuals are read. */
const AMID = [-3, -1, 0, 1, 3];
const BESIDE = [-9, -8, -7, 7, 8, 9];
/** Lengths of straight courses that are tried, pictures. */
const RAMPS = [4, 13] as const;

/** What is known of all places of a boundary. */
interface About {
  rank: number;
  count: number;
  heaviest: number;
  /** Cells that change as a mix at all. */
  touched: number;
  /** Per cell: share of the change at the boundary. */
  middle: Float32Array;
}

/** Measures of one place, in the order of FADES. */
export function describeFade(
  part: Component,
  { rank, count, heaviest, touched, middle }: About,
  courses: Courses,
  followed: FollowedStack,
  window: readonly Boundary[],
  centre: number,
  geometry: Geometry,
): number[] {
  const { cells, left, top, right, bottom } = part;
  const { columns, rows } = geometry;
  const { all } = courses;
  const [first, final] = [all[1], all[all.length - 2]];
  const mean = (read: (cell: number) => number) => cells.reduce((sum, cell) => sum + read(cell), 0) / cells.length;
  const [wide, high] = [right - left + 1, bottom - top + 1];
  courses.course(cells);
  const { curve, curveLeft } = courses;
  const { way, back, steepest } = courses.steps();
  const now = (curve[BEFORE - ENDS - 1] + curve[BEFORE - ENDS]) / 2;
  const step = mean(cell => courses.step(cell));
  const own = step + 1;
  const round = ringOf(part, columns, rows);
  const [ring, ringRest] = against(round, courses, cells);
  const alike = likeness(cells, geometry, first, final);
  const outlineOf = (plane: Float32Array) => outlineContrast(cells, geometry, [plane]);
  const [outlineBefore, outlineAfter] = [outlineOf(first), outlineOf(final)];
  const leftMost = mostOf(curveLeft);
  const likely =
    (Math.sqrt(part.weight) * Math.max(0, 1 - leftMost / NO_FADE) * (1 - Math.max(0, alike))) / (0.3 + ring);
  const over = (where: readonly number[], offsets: readonly number[], measure: 'left' | 'unlike' | 'local' | 'level') =>
    meanOver(window, centre, offsets, where, measure);
  const rest = mean(cell => courses.rest[cell]);
  const change = final.map((value, i) => value - first[i]);
  const corner = cornerOf(geometry);
  return [
    ...[rank, count, cells.length, cells.length / (wide * high), part.edge, step],
    cells.length / Math.max(1, touched, cells.length),
    mean(cell => chromaStep(followed, corner(cell), -4, 4)),
    around(window, centre, [-4, -2, 0, 2, 4], part, geometry, 'local'),
    ...[now, Math.sqrt(mean(cell => (middle[cell] - now) ** 2))],
    ...[curveLeft.reduce((sum, value) => sum + value, 0) / BETWEEN, leftMost],
    ...[way, Math.max(Math.abs(curve[0]), Math.abs(1 - curve[BETWEEN - 1])), steepest],
    curve.reduce((sum, share) => sum + Number(share > 0.15 && share < 0.85), 0),
    ...[alike, Math.log((outlineAfter + 3) / (outlineBefore + 3)), ring, ringRest],
    ...[part.weight, likely, heaviest, touched],
    ...[(left + right + 1) / 2 / columns, (top + bottom + 1) / 2 / rows, wide / columns, high / rows],
    cells.length / columns / rows,
    ...[back, ...ramp(curve), ...cellCourses(cells, courses)],
    ...[over(cells, AMID, 'left'), over(round, AMID, 'left'), over(cells, AMID, 'unlike'), over(round, AMID, 'unlike')],
    ...[
      over(cells, AMID, 'local'),
      over(round, AMID, 'local'),
      over(cells, BESIDE, 'local'),
      over(round, BESIDE, 'local'),
    ],
    ...[over(cells, BESIDE, 'left'), over(cells, AMID, 'level'), over(round, AMID, 'level'), rest / own, rest],
    ...[first, final, all[BEFORE]].map(plane => texture(plane, cells, geometry)),
    ...[outlineOf(change) / own, outlineBefore, outlineAfter, outlineOf(all[BEFORE])],
    ...[mean(cell => chromaStep(followed, corner(cell), -4, 5)), mean(cell => noMix(followed, corner(cell), curve))],
    mean(cell => change[corner(cell)]),
    ...curve,
    ...Array.from({ length: 4 }, (_, k) => curveLeft[Math.round(((2 * k + 1) * (BETWEEN - 1)) / 8)]),
  ];
}

/** First pixel of a cell in the quarter pictures. */
const cornerOf =
  ({ columns, quarter }: Geometry) =>
  (cell: number): number =>
    Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;

/** Change of the cells round a part, and within the ends there, both against the part's own. */
function against(ring: readonly number[], courses: Courses, cells: readonly number[]): [number, number] {
  let change = 0;
  let rest = 0;
  for (const cell of ring) {
    change += courses.step(cell);
    rest += courses.rest[cell];
  }
  const own = cells.reduce((sum, cell) => sum + courses.step(cell), 0) / cells.length + 1;
  return ring.length === 0 ? [0, 0] : [change / ring.length / own, rest / ring.length / own];
}

/** The straight course that fits best: mean square it is off by, its length in pictures, and its middle from the boundary. */
function ramp(curve: Float64Array): [off: number, length: number, at: number] {
  let best: [number, number, number] = [9, 0, 0];
  for (let length = RAMPS[0]; length <= RAMPS[1]; length++) {
    for (let start = -BEFORE; start < BETWEEN; start++) {
      let off = 0;
      for (let t = 0; t < BETWEEN; t++) {
        off += (curve[t] - Math.min(1, Math.max(0, (t - start + 1) / (length + 1)))) ** 2;
      }
      if (off / BETWEEN < best[0]) best = [off / BETWEEN, length, start + (length - 1) / 2 - (BETWEEN - 1) / 2];
    }
  }
  return best;
}

/** How far the cells' own courses are from that of all, and what a mix leaves of them at worst, by the square of their change. */
function cellCourses(cells: readonly number[], { square, product, energy, curve }: Courses): [number, number] {
  let apart = 0;
  let left = 0;
  let weight = 0;
  for (const cell of cells) {
    if (square[cell] < GROWS * GROWS) continue;
    let worst = 0;
    for (let t = 0; t < BETWEEN; t++) {
      const share = product[cell * BETWEEN + t] / square[cell];
      apart += square[cell] * (share - curve[t]) ** 2;
      worst = Math.max(worst, energy[cell * BETWEEN + t] / square[cell] - share * share);
    }
    left += square[cell] * worst;
    weight += square[cell];
  }
  return [apart / Math.max(1, weight) / BETWEEN, left / Math.max(1, weight)];
}

/** Standard deviation of a plane over some cells. */
function texture(plane: Float32Array, cells: readonly number[], geometry: Geometry): number {
  const corner = cornerOf(geometry);
  let sum = 0;
  let squares = 0;
  for (const cell of cells) {
    for (let k = 0; k < 4; k++) {
      const value = plane[corner(cell) + (k >> 1) * geometry.quarter.width + (k & 1)];
      sum += value;
      squares += value * value;
    }
  }
  const count = 4 * cells.length;
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

/** Change of chroma at a pixel between two pictures, both planes summed. */
function chromaStep(stack: FollowedStack, pixel: number, from: number, to: number): number {
  const [blueBefore, redBefore] = stack.chroma(from);
  const [blueAfter, redAfter] = stack.chroma(to);
  return Math.abs(blueAfter[pixel] - blueBefore[pixel]) + Math.abs(redAfter[pixel] - redBefore[pixel]);
}

/** How far a pixel's chroma at the boundary is from the mix that its luma is. */
function noMix(stack: FollowedStack, pixel: number, curve: Float64Array): number {
  const share = curve[BEFORE - ENDS];
  return [0, 1].reduce((sum, plane) => {
    const [before, now, after] = [-4, 0, 5].map(offset => stack.chroma(offset)[plane][pixel]);
    return sum + Math.abs(now - before - share * (after - before));
  }, 0);
}

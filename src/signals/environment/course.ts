import type { FrameRange } from '../../clip.ts';
import { planeThrough } from '../../observers/plane-fit.ts';
import type { Signals, Views } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { type CellPair, compareViews, type Shift, type ViewPair } from './compare.ts';

/** What the light on the place did since the start of a course, as logarithms: 0.1 is about 10 %. */
export interface Light {
  /** Frame of the view. */
  frame: number;
  /** Overall brightness, and how much more the right than the left, the lower than the upper half picture grew. */
  level: number;
  across: number;
  down: number;
  /** Growth of red and of blue against green. */
  warm: number;
  cool: number;
  /** How far the cells disagree about light and about colour: median deviations, one for each comparison, added. */
  lightSpread: number;
  colourSpread: number;
  /** Share of the compared part of the picture in which the place was found again, the least on the way. */
  share: number;
}

/** Views that follow each other without losing the place, first view at zero. */
export interface Course {
  /** Samples of {@link Views}. */
  samples: number[];
  lights: Light[];
}

/** Structure that a cell must share with the earlier view to be the same place. */
const ALIKE = 0.75;
/** Contrast from which structure can be compared, code values; below it on both sides a cell is a bare wall. */
const TEXTURED = 3;
const BARE_DIFFERENCE = 1.5;
/** The key view is left when less of it is in the picture, or fewer cells are found again. */
const LEAST_OVERLAP = 0.55;
const LEAST_SHARE = 0.35;
const LEAST_SHARE_AT_CUT = 0.42;
/** Cells from which light and colour are told. */
const LEAST_CELLS = 16;

/** Whether a cell shows the same thing in both views. */
export const isSame = (cell: CellPair): boolean =>
  cell.detail < TEXTURED ? cell.difference < BARE_DIFFERENCE : cell.texture >= TEXTURED / 2 && cell.likeness >= ALIKE;

/**
 * Follows light and colour through a clip. Every view is compared with a key view as long as that is in the picture, so
 * that errors do not add up; then the view before becomes the key. Where neither is found again a new course begins.
 *
 * @param cuts boundaries of shots: behind one, more of the place must be found again, since light that jumps looks like a
 *   cut to those who compare pictures
 */
export function followLight(views: Views, path: CameraPath, cuts: readonly FrameRange[]): Course[] {
  const samples = Array.from(views.frames.keys());
  const courses: Course[] = [];
  let key = -1;
  let base = zero(0);
  let current: Course | null = null;
  samples.forEach((sample, k) => {
    const frame = views.frames[sample];
    const before = k > 0 ? samples[k - 1] : -1;
    if (current === null) {
      current = { samples: [sample], lights: [zero(frame)] };
      courses.push(current);
      key = sample;
      base = zero(frame);
      return;
    }
    let light = measure(views, key, sample, path, cuts);
    if (light === null && before !== key) {
      base = current.lights[current.lights.length - 1];
      key = before;
      light = measure(views, key, sample, path, cuts);
    }
    if (light === null) {
      current = { samples: [sample], lights: [zero(frame)] };
      courses.push(current);
      key = sample;
      base = zero(frame);
      return;
    }
    current.samples.push(sample);
    current.lights.push(add(base, light));
  });
  return courses;
}

/** Samples whose frames lie in a range. */
export function samplesIn(views: Views, { start, end }: FrameRange): number[] {
  const found: number[] = [];
  views.frames.forEach((frame, k) => {
    if (frame >= start && frame < end) found.push(k);
  });
  return found;
}

/** Where the camera has come to by every frame, in view pixels since frame 0. */
export interface CameraPath {
  x: Float64Array;
  y: Float64Array;
}

export function cameraPath(views: Views, { motionX, motionY }: Pick<Signals, 'motionX' | 'motionY'>): CameraPath {
  const x = new Float64Array(motionX.length);
  const y = new Float64Array(motionX.length);
  for (let i = 1; i < x.length; i++) {
    x[i] = x[i - 1] + motionX[i] / views.scaleX;
    y[i] = y[i - 1] + motionY[i] / views.scaleY;
  }
  return { x, y };
}

/** Shifts at which the earlier view may lie in the later one: along the camera's path, or unmoved. */
export function guessesOf(views: Views, path: CameraPath, earlier: number, later: number): Shift[] {
  const [a, b] = [views.frames[earlier], views.frames[later]];
  return [
    { x: path.x[b] - path.x[a], y: path.y[b] - path.y[a] },
    { x: 0, y: 0 },
  ];
}

function measure(
  views: Views,
  key: number,
  sample: number,
  path: CameraPath,
  cuts: readonly FrameRange[],
): Light | null {
  const pair = compareViews(views, key, sample, guessesOf(views, path, key, sample));
  if (pair.overlap < LEAST_OVERLAP) return null;
  const light = lightBetween(pair, views.frames[sample]);
  const across = cuts.some(cut => cut.end > views.frames[key] && cut.start <= views.frames[sample]);
  return light !== null && across && light.share < LEAST_SHARE_AT_CUT ? null : light;
}

/** Change of light and colour between two views of one place; null when too little of the place is found again. */
export function lightBetween(pair: ViewPair, frame: number): Light | null {
  const same = pair.cells.filter(isSame);
  const share = same.length / Math.max(1, pair.cells.length);
  if (share < LEAST_SHARE) return null;
  const lit = same.filter(cell => Number.isFinite(cell.light));
  const coloured = lit.filter(cell => Number.isFinite(cell.warm));
  if (lit.length < LEAST_CELLS || coloured.length < LEAST_CELLS) return null;
  const { fit, spread } = plane(pair, lit);
  const [level, across, down] = fit;
  const warm = median(coloured.map(cell => cell.warm));
  const cool = median(coloured.map(cell => cell.cool));
  return {
    frame,
    level,
    across,
    down,
    warm,
    cool,
    lightSpread: spread,
    colourSpread: median(coloured.map(cell => Math.hypot(cell.warm - warm, cell.cool - cool))),
    share,
  };
}

/** Plane through the cells' growth of light: level at the middle, and from one half of the picture to the other across and down. */
const plane = ({ columns, rows }: ViewPair, cells: readonly CellPair[]) =>
  planeThrough(
    cells.map(cell => ({
      x: ((cell.column + 0.5) / columns) * 2 - 1,
      y: ((cell.row + 0.5) / rows) * 2 - 1,
      z: cell.light,
    })),
  );

const zero = (frame: number): Light => ({
  frame,
  level: 0,
  across: 0,
  down: 0,
  warm: 0,
  cool: 0,
  lightSpread: 0,
  colourSpread: 0,
  share: 1,
});

const add = (a: Light, b: Light): Light => ({
  frame: b.frame,
  level: a.level + b.level,
  across: a.across + b.across,
  down: a.down + b.down,
  warm: a.warm + b.warm,
  cool: a.cool + b.cool,
  lightSpread: a.lightSpread + b.lightSpread,
  colourSpread: a.colourSpread + b.colourSpread,
  share: Math.min(a.share, b.share),
});

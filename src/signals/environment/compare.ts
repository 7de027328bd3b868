import type { PictureSize } from '../../media/frame.ts';
import { instantiate } from '../../observers/wasm.ts';
import type { Views } from '../../signals.ts';
import { KERNEL } from './cell-kernel.ts';

/** Side of a square cell in view pixels. */
export const CELL = 8;

/** How far a cell may lie from where the camera's motion puts it, in view pixels: parallax, zoom and small turns. */
const REACH = 2;
/** Difference up to which a cell is not looked for elsewhere, code values: coding noise. */
const FOUND_HERE = 1.2;
/** A little cost per pixel of shift: flat cells stay where they are. */
const PER_PIXEL = 0.05;
/** How far the whole picture is searched for around the expected shift, in view pixels. */
const WHOLE_REACH = 5;
/** Share of the picture that both views must show, and rows of which one is compared: enough to find the shift. */
const LEAST_OVERLAP = 0.2;
const ROW_STEP = 3;
/** Differences above this many code values count as this many: a moving person must not outvote the place. */
const TRUNCATE = 30;
/** Only cells whose mean luma lies between these codes in both pictures say something about light and colour. */
const DARK = 40;
const BRIGHT = 225;

/** One cell of the later of two views against the place in the earlier one that it shows. */
export interface CellPair {
  column: number;
  row: number;
  /** Structure that both share, −1 … 1: correlation of luma at the best place. */
  likeness: number;
  /** Standard deviation of luma, the smaller and the larger of both, code values. */
  texture: number;
  detail: number;
  /** Mean absolute difference of luma at the best place after the means are taken out, code values. */
  difference: number;
  /** Mean luma before and after, code values. */
  before: number;
  after: number;
  /** Mean Cb and Cr, later less earlier, code values. */
  blue: number;
  red: number;
  /** Distance of the earlier mean chroma from neutral, code values. */
  chroma: number;
  /** Logarithm of the luma's growth above black; NaN where the cell is too dark or too bright to tell. */
  light: number;
  /** Logarithms of the growth of red and blue against green; NaN likewise. */
  warm: number;
  cool: number;
}

export interface ViewPair {
  /** Shift of the picture from the earlier to the later view, in view pixels. */
  x: number;
  y: number;
  /** Share of the later view that the earlier one shows too. */
  overlap: number;
  columns: number;
  rows: number;
  cells: CellPair[];
}

/** Shift in view pixels. */
export interface Shift {
  x: number;
  y: number;
}

/** A camera that stands: the only guess for pictures that are compared where they are. */
export const UNMOVED: readonly Shift[] = [{ x: 0, y: 0 }];

/**
 * Compares two views cell by cell after the best common shift near one of the `guesses`.
 *
 * @param reach how far around each guess is looked, view pixels
 */
export function compareViews(
  views: Views,
  earlier: number,
  later: number,
  guesses: readonly Shift[],
  reach = WHOLE_REACH,
): ViewPair {
  const { width, height } = views;
  const from = planeOf(views.luma, earlier, width * height);
  const to = planeOf(views.luma, later, width * height);
  const pair = lay(from, to, views);
  const { x, y } = register(pair, guesses, reach);
  const columns = Math.floor(width / CELL);
  const rows = Math.floor(height / CELL);
  const cells: CellPair[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = compareCell(views, pair, { x, y }, from, to, earlier, later, column, row);
      if (cell) cells.push(cell);
    }
  }
  const across = Math.max(0, width - Math.abs(x));
  const down = Math.max(0, height - Math.abs(y));
  return { x, y, overlap: (across * down) / (width * height), columns, rows, cells };
}

export const planeOf = (planes: Uint8Array, sample: number, size: number): Uint8Array =>
  planes.subarray(sample * size, (sample + 1) * size);

/** Best common shift of two luma planes near the guesses: mean truncated difference, mean level taken out. */
function register(pair: LaidPair, guesses: readonly Shift[], reach: number): Shift {
  const { exports, later, width, height } = pair;
  const pixels = width * height;
  const level = Math.round(exports.total(later, pixels) / pixels - exports.total(0, pixels) / pixels);
  const best = { x: 0, y: 0, cost: Number.POSITIVE_INFINITY };
  const tried = new Set<number>();
  const attempt = (x: number, y: number) => {
    const key = (y + 4096) * 8192 + x + 4096;
    if (tried.has(key)) return;
    tried.add(key);
    const [across, down] = [width - Math.abs(x), height - Math.abs(y)];
    if (across <= 0 || across * down < LEAST_OVERLAP * pixels) return;
    const sum = exports.thinned(0, later, width, height, x, y, level, TRUNCATE, ROW_STEP);
    const cost = sum / exports.count();
    if (cost < best.cost) Object.assign(best, { x, y, cost });
  };
  for (const guess of guesses) attempt(Math.round(guess.x), Math.round(guess.y));
  // Downhill from the best guess, a pixel at a time.
  for (let step = 0; step < reach; step++) {
    const { x, y } = best;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) attempt(x + dx, y + dy);
    if (best.x === x && best.y === y) break;
  }
  return { x: best.x, y: best.y };
}

interface Kernel {
  find(
    earlier: number,
    later: number,
    width: number,
    height: number,
    left: number,
    top: number,
    x: number,
    y: number,
    reach: number,
    found: number,
    perPixel: number,
  ): number;
  cost(): number;
  thinned(
    earlier: number,
    later: number,
    width: number,
    height: number,
    dx: number,
    dy: number,
    level: number,
    most: number,
    rowStep: number,
  ): number;
  count(): number;
  total(plane: number, pixels: number): number;
}

/** Two planes in the memory of the kernel; valid until the next pair is laid there. */
interface LaidPair extends PictureSize {
  exports: Kernel;
  /** Where the later plane begins; the earlier one begins at 0. */
  later: number;
}

/** Kernels by pixels of the planes that their memory holds two of. */
const kernels = new Map<number, { exports: Kernel; buffer: ArrayBuffer }>();

function lay(from: Uint8Array, to: Uint8Array, { width, height }: PictureSize): LaidPair {
  const pixels = from.length;
  let kernel = kernels.get(pixels);
  if (!kernel) {
    kernel = instantiate<Kernel>(KERNEL, 2 * pixels + 16);
    kernels.set(pixels, kernel);
  }
  const memory = new Uint8Array(kernel.buffer);
  memory.set(from, 0);
  memory.set(to, pixels);
  return { exports: kernel.exports, later: pixels, width, height };
}

function compareCell(
  views: Views,
  pair: LaidPair,
  { x, y }: Shift,
  from: Uint8Array,
  to: Uint8Array,
  earlier: number,
  later: number,
  column: number,
  row: number,
): CellPair | null {
  const { width, height } = views;
  const left = column * CELL;
  const top = row * CELL;
  const origin = top * width + left;
  const { exports, later: at } = pair;
  const place = exports.find(0, at, width, height, left, top, x, y, REACH, FOUND_HERE, PER_PIXEL);
  if (place < 0) return null;
  const { likeness, deviationA, deviationB, meanA, meanB } = correlate(from, to, width, place, origin);
  const half = width >> 1;
  const chromaSize = half * (height >> 1);
  const fromX = (place % width) >> 1;
  const fromY = Math.floor(place / width) >> 1;
  const chromaFrom = Math.min(fromY, (height >> 1) - CELL / 2) * half + Math.min(fromX, half - CELL / 2);
  const chromaTo = (top >> 1) * half + (left >> 1);
  const [blueA, blueB] = chromaMeans(views.blue, earlier, later, chromaSize, half, chromaFrom, chromaTo);
  const [redA, redB] = chromaMeans(views.red, earlier, later, chromaSize, half, chromaFrom, chromaTo);
  const lit = meanA >= DARK && meanB >= DARK && meanA <= BRIGHT && meanB <= BRIGHT;
  const a = lit ? primaries(meanA, blueA, redA) : null;
  const b = lit ? primaries(meanB, blueB, redB) : null;
  return {
    column,
    row,
    likeness,
    texture: Math.min(deviationA, deviationB),
    detail: Math.max(deviationA, deviationB),
    difference: exports.cost(),
    before: meanA,
    after: meanB,
    blue: blueB - blueA,
    red: redB - redA,
    chroma: Math.hypot(blueA - 128, redA - 128),
    light: a && b ? Math.log((meanB - 16) / (meanA - 16)) : Number.NaN,
    warm: a && b ? Math.log((b.red * a.green) / (a.red * b.green)) : Number.NaN,
    cool: a && b ? Math.log((b.blue * a.green) / (a.blue * b.green)) : Number.NaN,
  };
}

/** Gamma-coded primaries of a mean colour, limited range BT.709; null where one is so low that its ratio means nothing. */
function primaries(luma: number, blue: number, red: number): { red: number; green: number; blue: number } | null {
  const y = 1.164 * (luma - 16);
  const r = y + 1.793 * (red - 128);
  const g = y - 0.213 * (blue - 128) - 0.533 * (red - 128);
  const b = y + 2.112 * (blue - 128);
  return Math.min(r, g, b) < 20 ? null : { red: r, green: g, blue: b };
}

function chromaMeans(
  plane: Uint8Array,
  earlier: number,
  later: number,
  size: number,
  stride: number,
  from: number,
  to: number,
): [number, number] {
  const side = CELL / 2;
  let a = 0;
  let b = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      a += plane[earlier * size + from + row * stride + column];
      b += plane[later * size + to + row * stride + column];
    }
  }
  return [a / (side * side), b / (side * side)];
}

function correlate(from: Uint8Array, to: Uint8Array, width: number, a: number, b: number) {
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let row = 0; row < CELL; row++) {
    for (let column = 0; column < CELL; column++) {
      const p = from[a + row * width + column];
      const q = to[b + row * width + column];
      sumA += p;
      sumB += q;
      sumAA += p * p;
      sumBB += q * q;
      sumAB += p * q;
    }
  }
  const n = CELL * CELL;
  const varianceA = Math.max(0, sumAA / n - (sumA / n) ** 2);
  const varianceB = Math.max(0, sumBB / n - (sumB / n) ** 2);
  const covariance = sumAB / n - (sumA / n) * (sumB / n);
  // One code value of noise in either: two flat cells are alike by nothing.
  const likeness = covariance / Math.sqrt((varianceA + 1) * (varianceB + 1));
  return {
    likeness,
    deviationA: Math.sqrt(varianceA),
    deviationB: Math.sqrt(varianceB),
    meanA: sumA / n,
    meanB: sumB / n,
  };
}

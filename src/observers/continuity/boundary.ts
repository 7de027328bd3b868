import type { Picture, PictureSize } from '../../media/frame.ts';
import { CELL_VALUE, CELL_VALUES, DenseFlow, type FlowPicture } from '../flow/dense-flow.ts';
import { type Affine, fitCamera } from './camera.ts';
import { copyQuarter, halve, quarterChroma, quarterFlow } from './shrink.ts';

/** Cells are 8 × 8 pixels of the working picture. */
export const CELL = 8;
/** The gap that gradual changes are looked for at, in pictures. */
export const GAP = 6;
/** Working pictures have at most so many pixels; a larger one is halved. */
const MOST_PIXELS = 56_000;

/** Per-cell measures of one boundary between two pictures. */
export interface CellMaps {
  /** What the flow leaves unexplained, relative to noise and texture: the greater of forwards and backwards. */
  left: Float32Array;
  /** Signed change of luma along the flow, code values. */
  level: Float32Array;
  /** Change of chroma along the flow, code values. */
  chroma: Float32Array;
  /** 1 − normalised correlation along the flow, where there is texture. */
  unlike: Float32Array;
  /** Motion against the camera's, pixels. */
  local: Float32Array;
}

/** Everything that is kept of one boundary, and of the picture after it. */
export interface Boundary {
  maps: CellMaps;
  /** Residual between this picture and the one GAP pictures earlier, as `left`. */
  gap: Float32Array;
  camera: Affine;
  cameraShare: number;
  /** Mean motion, 90th percentile of it, pixels. */
  motion: number;
  motionHigh: number;
  /** Mean absolute difference without motion, code values. */
  difference: number;
  /** Share of pixels whose counterpart lies inside the picture. */
  inside: number;
  /** Picture after the boundary: a quarter of the size, luma, and chroma averaged alike. */
  luma: Uint8Array;
  blue: Uint8Array;
  red: Uint8Array;
  /** Flow from the picture before, on its pixels, and back from the picture after, on its own; pixels of the quarter pictures. */
  forthU: Float32Array;
  forthV: Float32Array;
  backU: Float32Array;
  backV: Float32Array;
  /** Number of the picture's frame, and how many frames repeat it before the next. */
  frame: number;
  held: number;
  /** Logarithms of the picture's totals and its median change of luma, once somebody asked. */
  totals: number[] | null;
  middle: number | null;
}

/** Sizes that follow from a clip's small picture. */
export interface Geometry {
  /** Small-picture pixels per working pixel. */
  factor: 1 | 2;
  work: PictureSize;
  columns: number;
  rows: number;
  /** Size of the quarter pictures. */
  quarter: PictureSize;
}

export function geometryOf({ width, height }: PictureSize): Geometry {
  const factor = width * height > MOST_PIXELS ? 2 : 1;
  const work = { width: Math.floor(width / factor), height: Math.floor(height / factor) };
  return {
    factor,
    work,
    columns: Math.floor(work.width / CELL),
    rows: Math.floor(work.height / CELL),
    quarter: { width: work.width >> 2, height: work.height >> 2 },
  };
}

/** A boundary with room for its measures. */
export function emptyBoundary({ columns, rows, quarter }: Geometry): Boundary {
  const cells = columns * rows;
  const pixels = quarter.width * quarter.height;
  const map = () => new Float32Array(cells);
  return {
    maps: { left: map(), level: map(), chroma: map(), unlike: map(), local: map() },
    gap: map(),
    camera: [1, 0, 0, 0, 1, 0],
    cameraShare: 1,
    motion: 0,
    motionHigh: 0,
    difference: 0,
    inside: 1,
    luma: new Uint8Array(pixels),
    blue: new Uint8Array(pixels),
    red: new Uint8Array(pixels),
    forthU: new Float32Array(pixels),
    forthV: new Float32Array(pixels),
    backU: new Float32Array(pixels),
    backV: new Float32Array(pixels),
    frame: 0,
    held: 0,
    totals: null,
    middle: null,
  };
}

/** Noise that coding leaves, code values, and the share of texture that interpolation does. */
const NOISE = 2;
const TEXTURE_SHARE = 0.25;
/** Texture, standard deviation in code values, from which a cell's correlation counts fully; variance that steadies it. */
const FULL_TEXTURE = 6;
const STEADY = 9;

/** Measures each picture against the one before and against the one GAP pictures before. */
export class BoundaryMeter {
  readonly geometry: Geometry;
  readonly #flow: DenseFlow;
  /** Half-size pictures at the gap. */
  readonly #wide: DenseFlow;
  readonly #halved: Uint8Array;
  readonly #chroma: { blue: Uint8Array; red: Uint8Array }[];
  readonly #work: Uint8Array;
  #count = 0;
  #pictures: FlowPicture[] = [];
  readonly #ring: (FlowPicture | undefined)[] = [];

  constructor(small: PictureSize) {
    this.geometry = geometryOf(small);
    const { work, quarter } = this.geometry;
    this.#flow = new DenseFlow(work, { pictures: 2, fields: 2, cell: CELL });
    const half = { width: work.width >> 1, height: work.height >> 1 };
    this.#wide = new DenseFlow(half, { pictures: GAP + 1, fields: 2, cell: CELL / 2 });
    this.#halved = new Uint8Array(half.width * half.height);
    this.#work = new Uint8Array(work.width * work.height);
    const plane = () => new Uint8Array(quarter.width * quarter.height);
    this.#chroma = [0, 1].map(() => ({ blue: plane(), red: plane() }));
  }

  /** Mean absolute luma difference to the picture taken last, every other pixel; Infinity before the first. */
  differenceTo(picture: Picture): number {
    const last = this.#pictures[(this.#count + 1) & 1];
    if (this.#count === 0 || !last) return Number.POSITIVE_INFINITY;
    const { y, stride } = this.#working(picture);
    const { width, height } = this.geometry.work;
    let sum = 0;
    for (let row = 0; row < height; row++) {
      for (let a = row * stride + (row & 1), b = row * last.stride + (row & 1), x = row & 1; x < width; x += 2) {
        const step = y[a] - last.luma[b];
        sum += step < 0 ? -step : step;
        a += 2;
        b += 2;
      }
    }
    return (2 * sum) / (width * height);
  }

  /** Takes the next picture and fills `out`, but for `frame`, `held` and `difference`. */
  take(picture: Picture, out: Boundary): void {
    const { geometry } = this;
    const index = this.#count++;
    out.totals = null;
    out.middle = null;
    const after = this.#flow.load(this.#working(picture), index & 1);
    const before = this.#pictures[(index + 1) & 1];
    this.#pictures[index & 1] = after;
    const colours = this.#chroma[index & 1];
    quarterChroma(picture, geometry, colours);
    out.blue.set(colours.blue);
    out.red.set(colours.red);
    copyQuarter(after, out.luma, geometry.quarter);
    this.#measureGap(after, index, out.gap);
    if (!before) {
      for (const plane of [out.forthU, out.forthV, out.backU, out.backV]) plane.fill(0);
      return;
    }
    quarterFlow(this.#flow.between(before, after, 0), geometry, out.forthU, out.forthV);
    quarterFlow(this.#flow.between(after, before, 1), geometry, out.backU, out.backV);
    const forth = this.#flow.compare(before, after, 0);
    const back = this.#flow.compare(after, before, 1);
    const { columns, rows } = geometry;
    const camera = fitCamera(forth, columns, rows, CELL);
    out.camera = camera.motion;
    out.cameraShare = camera.share;
    fillMaps(forth, back, camera.motion, geometry, out);
    fillChroma(forth, this.#chroma[(index + 1) & 1], colours, geometry, out.maps.chroma);
  }

  #working(picture: Picture): { y: Uint8Array; stride: number } {
    if (this.geometry.factor === 1) return picture;
    const { width, height } = this.geometry.work;
    halve(picture.y, picture.stride, this.#work, width, height);
    return { y: this.#work, stride: width };
  }

  #measureGap(after: FlowPicture, index: number, out: Float32Array): void {
    const { width, height } = this.#wide;
    halve(after.luma, after.stride, this.#halved, width, height);
    const slot = index % (GAP + 1);
    const here = this.#wide.load({ y: this.#halved, stride: width }, slot);
    this.#ring[slot] = here;
    const earlier = this.#ring[(index + 1) % (GAP + 1)];
    out.fill(0);
    if (index < GAP || !earlier) return;
    this.#wide.between(earlier, here, 0);
    this.#wide.between(here, earlier, 1);
    const forth = this.#wide.compare(earlier, here, 0);
    const back = this.#wide.compare(here, earlier, 1);
    const { cellColumns, cellRows } = this.#wide;
    const columns = Math.min(cellColumns, this.geometry.columns);
    for (let row = 0; row < Math.min(cellRows, this.geometry.rows); row++) {
      for (let column = 0; column < columns; column++) {
        const place = (row * cellColumns + column) * CELL_VALUES;
        out[row * this.geometry.columns + column] = Math.max(unexplained(forth, place), unexplained(back, place));
      }
    }
  }
}

/** Standard deviation that the flow leaves in a cell, relative to noise and texture. */
const unexplained = (cells: Float32Array, place: number): number =>
  Math.sqrt(cells[place + CELL_VALUE.left]) /
  (NOISE + TEXTURE_SHARE * Math.sqrt(cells[place + CELL_VALUE.varianceFrom]));

function fillMaps(forth: Float32Array, back: Float32Array, camera: Affine, { columns, rows }: Geometry, out: Boundary) {
  const { left, level, unlike, local } = out.maps;
  let motion = 0;
  let inside = 0;
  const speeds = new Float32Array(columns * rows);
  for (let i = 0; i < left.length; i++) {
    const place = i * CELL_VALUES;
    left[i] = Math.max(unexplained(forth, place), unexplained(back, place));
    level[i] = 0.5 * (forth[place + CELL_VALUE.level] - back[place + CELL_VALUE.level]);
    unlike[i] = Math.max(unlikeness(forth, place), unlikeness(back, place));
    const u = forth[place + CELL_VALUE.u];
    const v = forth[place + CELL_VALUE.v];
    const x = ((i % columns) + 0.5) * CELL;
    const y = (Math.floor(i / columns) + 0.5) * CELL;
    const cameraU = camera[0] * x + camera[1] * y + camera[2] - x;
    const cameraV = camera[3] * x + camera[4] * y + camera[5] - y;
    local[i] = Math.sqrt((u - cameraU) ** 2 + (v - cameraV) ** 2);
    speeds[i] = Math.sqrt(u * u + v * v);
    motion += speeds[i];
    inside += forth[place + CELL_VALUE.inside];
  }
  out.motion = motion / left.length;
  out.inside = inside / left.length;
  speeds.sort();
  out.motionHigh = speeds[Math.floor(0.9 * (speeds.length - 1))];
}

function unlikeness(cells: Float32Array, place: number): number {
  const a = cells[place + CELL_VALUE.varianceFrom];
  const b = cells[place + CELL_VALUE.varianceTo];
  const like = (cells[place + CELL_VALUE.covariance] + STEADY) / Math.sqrt((a + STEADY) * (b + STEADY));
  return (1 - like) * Math.min(1, Math.sqrt(Math.max(a, b)) / FULL_TEXTURE);
}

/** Change of a cell's chroma along its mean flow: four samples of the quarter-size planes, both directions summed. */
function fillChroma(
  forth: Float32Array,
  before: { blue: Uint8Array; red: Uint8Array },
  after: { blue: Uint8Array; red: Uint8Array },
  { columns, rows, quarter: { width, height } }: Geometry,
  out: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      const du = forth[cell * CELL_VALUES + CELL_VALUE.u] / 4;
      const dv = forth[cell * CELL_VALUES + CELL_VALUE.v] / 4;
      let blue = 0;
      let red = 0;
      for (let k = 0; k < 4; k++) {
        const x = 2 * column + (k & 1);
        const y = 2 * row + (k >> 1);
        const toX = Math.min(width - 1, Math.max(0, Math.round(x + du)));
        const toY = Math.min(height - 1, Math.max(0, Math.round(y + dv)));
        blue += after.blue[toY * width + toX] - before.blue[y * width + x];
        red += after.red[toY * width + toX] - before.red[y * width + x];
      }
      out[cell] = (Math.abs(blue) + Math.abs(red)) / 4;
    }
  }
}

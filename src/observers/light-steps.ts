import { LIGHT_STEP_VALUES } from '../signals.ts';
import { median } from '../statistics.ts';
import type { CameraStep } from './camera.ts';
import type { CodeRange } from './code-range.ts';
import { type Point, planeThrough } from './plane-fit.ts';
import type { Plane } from './pyramid.ts';

/** Side of a square cell in pixels of the finest level. */
const CELL = 8;
/** A cell shows the same thing when it differs by no more than this, code values, beyond a step of its mean … */
const SAME = 2.5;
/** … and this share of its own contrast. */
const SHARE = 0.45;
/** Only cells whose mean luma lies between these codes in both frames say something about light and colour. */
const DARK = 36;
const BRIGHT = 225;
/** Primaries below this, code values, have no ratio that means anything. */
const FAINT = 16;
/** Cells from which light and colour are told. */
const LEAST = 12;
/** Spread of cells that is noise in any case, as a logarithm. */
const NOISE = 0.004;
/** Steps below these, as plain means over all cells tell them, are not looked at more closely: logarithm, codes of chroma. */
const QUIET = { slope: 0.02, chroma: 0.6 } as const;

interface Moved {
  x: number;
  y: number;
}

/** Chroma planes of one frame with their size. */
interface Chroma {
  blue: Uint8Array;
  red: Uint8Array;
}

/**
 * How light and colour of the whole picture step from one frame to the next, cell by cell behind the camera's motion:
 * what turns at once is told apart from what moves, also where the place does not stay in the picture.
 */
export class LightSteps {
  readonly #columns: number;
  readonly #rows: number;
  readonly #stride: number;
  readonly #chromaStride: number;
  readonly #chromaRows: number;
  /** Chroma pixels per pixel of the finest level. */
  readonly #ratio: number;
  readonly #codes: CodeRange;
  #before: Chroma;
  #known = false;
  readonly #row = new Float32Array(LIGHT_STEP_VALUES.length);
  readonly #light: Point[] = [];
  readonly #warm: number[] = [];
  readonly #cool: number[] = [];

  /** @param finest level of the pyramid; `factor` small-picture pixels make one of its pixels */
  constructor({ width, height }: Plane, factor: number, small: { width: number; height: number }, codes: CodeRange) {
    this.#codes = codes;
    this.#columns = Math.floor(width / CELL);
    this.#rows = Math.floor(height / CELL);
    this.#stride = width;
    this.#chromaStride = small.width >> 1;
    this.#chromaRows = small.height >> 1;
    this.#ratio = factor / 2;
    const room = this.#chromaStride * this.#chromaRows;
    this.#before = { blue: new Uint8Array(room), red: new Uint8Array(room) };
  }

  /** Values of {@link LIGHT_STEP_VALUES} for the frame that a step ends at; the array is reused. */
  read(step: CameraStep): Float32Array {
    const row = this.#row.fill(0);
    if (this.#known && !step.still) this.#compare(step, row);
    this.#before.blue.set(step.blue);
    this.#before.red.set(step.red);
    this.#known = true;
    return row;
  }

  #compare({ before, after, translation, blue, red }: CameraStep, row: Float32Array): void {
    const [from, to] = [before.levels[0].data, after.levels[0].data];
    const moved = { x: Math.round(translation.x), y: Math.round(translation.y) };
    const light = this.#light;
    const [warm, cool] = [this.#warm, this.#cool];
    light.length = warm.length = cool.length = 0;
    let [across, down, blueStep, redStep] = [0, 0, 0, 0];
    for (let r = 0; r < this.#rows; r++) {
      for (let c = 0; c < this.#columns; c++) {
        const [left, top] = [c * CELL - moved.x, r * CELL - moved.y];
        if (left < 0 || top < 0 || left + CELL > this.#stride || top + CELL > before.levels[0].height) continue;
        const cell = this.#luma(from, to, left, top, c * CELL, r * CELL);
        if (!cell) continue;
        const x = ((c + 0.5) / this.#columns) * 2 - 1;
        const y = ((r + 0.5) / this.#rows) * 2 - 1;
        const z = Math.log((cell.after - 16) / (cell.before - 16));
        light.push({ x, y, z });
        across += 3 * x * z;
        down += 3 * y * z;
        const a = this.#chroma(this.#before, c * CELL, r * CELL, moved);
        const b = this.#chroma({ blue, red }, c * CELL, r * CELL, { x: 0, y: 0 });
        if (!a || !b) continue;
        const p = primaries(cell.before, a.x, a.y);
        const q = primaries(cell.after, b.x, b.y);
        if (!p || !q) continue;
        blueStep += b.x - a.x;
        redStep += b.y - a.y;
        warm.push(Math.log((q[0] * p[1]) / (p[0] * q[1])));
        cool.push(Math.log((q[2] * p[1]) / (p[2] * q[1])));
      }
    }
    const cells = this.#columns * this.#rows;
    row[3] = light.length / cells;
    row[7] = warm.length / cells;
    if (light.length >= LEAST && Math.hypot(across, down) > QUIET.slope * light.length) {
      const { fit, spread } = planeThrough(light, NOISE);
      row.set([fit[1], fit[2], spread]);
    }
    if (warm.length >= LEAST && Math.hypot(blueStep, redStep) > QUIET.chroma * warm.length) {
      const [w, b] = [median(warm), median(cool)];
      row.set([w, b, median(warm.map((value, i) => Math.hypot(value - w, cool[i] - b)))], 4);
    }
  }

  /** Means of a cell in both frames; null where it shows something else, or light cannot be told. */
  #luma(
    from: Uint8Array,
    to: Uint8Array,
    fromLeft: number,
    fromTop: number,
    left: number,
    top: number,
  ): { before: number; after: number } | null {
    let [a, b, bb, dd] = [0, 0, 0, 0];
    const stride = this.#stride;
    for (let y = 0; y < CELL; y++) {
      const i = (fromTop + y) * stride + fromLeft;
      const k = (top + y) * stride + left;
      for (let x = 0; x < CELL; x++) {
        const p = from[i + x];
        const q = to[k + x];
        a += p;
        b += q;
        bb += q * q;
        dd += (q - p) * (q - p);
      }
    }
    const n = CELL * CELL;
    const { gain, base } = this.#codes;
    const [before, after] = [base + (gain * a) / n, base + (gain * b) / n];
    if (Math.min(before, after) < DARK || Math.max(before, after) > BRIGHT) return null;
    const deviation = gain * Math.sqrt(Math.max(0, bb / n - (b / n) ** 2));
    const residual = gain * Math.sqrt(Math.max(0, dd / n - ((b - a) / n) ** 2));
    return residual > SAME + SHARE * deviation ? null : { before, after };
  }

  /** Mean chroma of a cell, moved back by `shift`; null where it leaves the picture. */
  #chroma({ blue, red }: Chroma, left: number, top: number, shift: Moved): Moved | null {
    const ratio = this.#ratio;
    const side = Math.max(1, Math.round(CELL * ratio));
    const x0 = Math.round((left - shift.x) * ratio);
    const y0 = Math.round((top - shift.y) * ratio);
    if (x0 < 0 || y0 < 0 || x0 + side > this.#chromaStride || y0 + side > this.#chromaRows) return null;
    let [u, v] = [0, 0];
    for (let y = y0; y < y0 + side; y++) {
      const end = y * this.#chromaStride + x0 + side;
      for (let i = end - side; i < end; i++) {
        u += blue[i];
        v += red[i];
      }
    }
    const { swing } = this.#codes;
    return { x: 128 + swing * (u / (side * side) - 128), y: 128 + swing * (v / (side * side) - 128) };
  }
}

/** Gamma-coded primaries of a mean colour, limited range BT.709; null where one is too faint. */
function primaries(luma: number, blue: number, red: number): [number, number, number] | null {
  const y = 1.164 * (luma - 16);
  const r = y + 1.793 * (red - 128);
  const g = y - 0.213 * (blue - 128) - 0.533 * (red - 128);
  const b = y + 2.112 * (blue - 128);
  return Math.min(r, g, b) < FAINT ? null : [r, g, b];
}

import type { PictureSize } from '../media/frame.ts';
import { BOIL_BANDS, BOIL_MEASURES } from '../signals.ts';
import { KERNEL } from './texture-kernel.ts';
import { fours, instantiate, Layout } from './wasm.ts';

interface Kernel {
  widen(bytes: number, byteStride: number, width: number, height: number, out: number, stride: number): void;
  halve(plane: number, from: number, width: number, height: number, out: number, stride: number): void;
  split(...placesAndSizes: number[]): void;
  changes(...placesAndSizes: number[]): void;
  medians(planes: number, apart: number, count: number, cells: number, sorted: number, out: number): void;
}

/** Side of a cell in pixels; bands are at full, half and quarter size. */
export const CELL = 8;

interface Band {
  width: number;
  height: number;
  /** Floats from row to row. */
  stride: number;
  /** Of this band's detail in every picture. */
  details: number[];
}

/** The detail of a few pictures in bands, in the memory of a kernel, and how it changes from one to the next. */
export class TextureBands {
  readonly columns: number;
  readonly rows: number;
  readonly #most: number;
  readonly #kernel: Kernel;
  readonly #bytes: Uint8Array;
  readonly #bands: Band[];
  readonly #places: Record<'plane' | 'blurred' | 'across' | 'line' | 'changes' | 'sorted' | 'medians', number>;
  readonly #medians: Float32Array;
  #count = 0;

  /**
   * @param size of the pictures; what is over whole cells is left out
   * @param most pictures that are held at a time
   */
  constructor(size: PictureSize, most: number) {
    this.columns = Math.floor(size.width / CELL);
    this.rows = Math.floor(size.height / CELL);
    this.#most = most;
    const layout = new Layout();
    const take = (floats: number): number => layout.numbers(floats);
    const [width, height] = [this.columns * CELL, this.rows * CELL];
    const bytes = take((width * height) / 4);
    this.#bands = Array.from({ length: BOIL_BANDS }, (_, band) => {
      const one = { width: width >> band, height: height >> band, stride: fours(width >> band) };
      return { ...one, details: Array.from({ length: most }, () => take(one.stride * one.height)) };
    });
    const cells = fours(this.columns * this.rows);
    this.#places = {
      plane: take(width * height),
      blurred: take(width * height),
      across: take(width * height),
      line: take(fours(width) + 8),
      changes: take(cells * BOIL_MEASURES.length * most),
      sorted: take(4 * most),
      medians: take(cells),
    };
    // What is read beyond the last plane, and not used.
    take(4);
    const { exports, buffer } = instantiate<Kernel>(KERNEL, layout.bytes);
    this.#kernel = exports;
    this.#bytes = new Uint8Array(buffer, bytes, width * height);
    this.#medians = new Float32Array(buffer, this.#places.medians, this.columns * this.rows);
  }

  /** Pictures that are held. */
  get count(): number {
    return this.#count;
  }

  /** Adds a picture: luma of whole cells, rows without gaps. One too many is left out. */
  add(luma: Uint8Array): void {
    if (this.#count === this.#most) return;
    const kernel = this.#kernel;
    const { plane, blurred, across, line } = this.#places;
    this.#bytes.set(luma);
    this.#bands.forEach(({ width, height, stride, details }, band) => {
      if (band === 0) kernel.widen(this.#bytes.byteOffset, width, width, height, plane, stride);
      else kernel.halve(blurred, this.#bands[band - 1].stride, width, height, plane, stride);
      kernel.split(plane, stride, width, height, line, across, blurred, details[this.#count]);
    });
    this.#count++;
  }

  /** Medians over the pictures of {@link BOIL_MEASURES}, band × measure × cell; forgets the pictures. At least five. */
  close(): Float32Array {
    const { columns, rows } = this;
    const count = columns * rows;
    const apart = 4 * fours(count);
    const { changes, sorted, medians } = this.#places;
    const out = new Float32Array(BOIL_BANDS * BOIL_MEASURES.length * count);
    // Two pictures less than there are have one before and one after; one and three less have a second and a fourth.
    const triples = this.#count - 2;
    const counts = [triples, triples, triples - 1, triples - 3, triples];
    this.#bands.forEach(({ stride, details }, band) => {
      for (let k = 0; k < triples; k++) {
        const [was, now, comes] = details.slice(k);
        const [two, four] = [details[k + 3] ?? now, details[k + 5] ?? now];
        const at = changes + k * BOIL_MEASURES.length * apart;
        this.#kernel.changes(was, now, comes, two, four, stride, columns, rows, CELL >> band, at, apart);
      }
      counts.forEach((planes, measure) => {
        const far = BOIL_MEASURES.length * apart;
        this.#kernel.medians(changes + measure * apart, far, planes, fours(count), sorted, medians);
        out.set(this.#medians, (band * BOIL_MEASURES.length + measure) * count);
      });
    });
    this.#count = 0;
    return out;
  }
}

import { openSession } from '../inference/onnx.ts';
import { modelEntry } from '../inference/store.ts';
import { DRIFT_MAPS, DRIFT_MOST, type SemanticDrift } from '../signals.ts';
import { DenseFlow, type FlowField, type FlowPicture } from './flow/dense-flow.ts';
import { defineObserver } from './observer.ts';
import { Anywhere } from './semantic/anywhere.ts';
import { CHANNELS_MODEL, channels } from './semantic/channels.ts';
import { driftMaps, type Look } from './semantic/drift.ts';
import { featureMap, fillFeatures } from './semantic/features.ts';
import { View, viewSize } from './semantic/view.ts';
import { Shelf } from './shelf.ts';
import { clipRate } from './vision/rate.ts';

/** Looks a second: what changes its nature within a tenth of a second is a jump, not a morph. */
const LOOKS_PER_SECOND = 8;
/** Pixels of the halved picture under a cell of stride 8. */
const CELL = 4;
/** Looks in a window: half a second from first to last. */
const WINDOW = 5;
/** Bytes that the maps of one clip may take: about an hour; of a longer clip every second window is dropped, and so on. */
const BUDGET = 64 * 2 ** 20;

/**
 * How what is seen changes its looks beyond its motion: features of a network for everyday objects at three strides, a few
 * looks a second, compared along the paths that the flow gives them. Keeps the features of half a second.
 */
export const semantic = defineObserver({
  id: 'semantic',
  provides: ['semanticDrift'],
  reads: 'coarse',
  models: ['object-features', CHANNELS_MODEL],
  async start({ clip }) {
    const size = viewSize(clip.video);
    const session = await openSession('object-features', { dimensions: { ...size } });
    const { normalisation } = modelEntry('object-features').inputs[0];
    const outputs = ['stride-8', 'stride-16', 'stride-32'] as const;
    const statistics = channels();
    const view = new View(clip.video.colour, clip.video.height, size);
    const half = { width: size.width / 2, height: size.height / 2 };
    const flow = new DenseFlow(half, { pictures: 2, fields: 2 });
    const columns = half.width / CELL;
    const cells = columns * (half.height / CELL);
    const step = Math.max(1, Math.round(clipRate(clip) / LOOKS_PER_SECOND));
    const [, gridRows, gridColumns, gridDepth] = session.shapes['stride-16'];
    const anywhere = new Anywhere({ columns: gridColumns, rows: gridRows, channels: gridDepth });
    let before: FlowPicture | null = null;
    let slot = 0;
    const looks: Look[] = [];
    const store = new WindowStore(step);

    const emptyLook = (): Look => {
      const plane = () => new Float32Array(cells);
      return {
        frame: 0,
        features: outputs.map(name => {
          const [, rows, across, depth] = session.shapes[name];
          return featureMap(across, rows, depth);
        }) as Look['features'],
        detail: plane(),
        change: plane(),
        forwardX: plane(),
        forwardY: plane(),
        backwardX: plane(),
        backwardY: plane(),
      };
    };

    return {
      async frame({ index, analysis }) {
        if (index % step !== 0) return;
        const look = looks.length === WINDOW ? (looks.shift() as Look) : emptyLook();
        look.frame = index;
        view.fill(analysis, session.inputs.image, normalisation ?? { scale: 1, offset: 0 });
        const values = await session.run();
        outputs.forEach((name, k) => {
          fillFeatures(look.features[k], values[name], statistics[k]);
        });
        const after: FlowPicture = flow.load({ y: view.luma, stride: half.width }, slot);
        slot = 1 - slot;
        gradients(after, look.detail, columns);
        const previous = looks.at(-1);
        if (previous && before) {
          const there = flow.between(before, after, 0);
          const back = flow.between(after, before, 1);
          cellFlow(there, columns, previous.forwardX, previous.forwardY);
          cellFlow(back, columns, previous.backwardX, previous.backwardY);
          differences(before, after, previous.change, columns);
        }
        before = after;
        looks.push(look);
        if (looks.length === WINDOW) {
          const [, grid] = look.features;
          store.add(looks[0].frame, index, grid, driftMaps(looks, anywhere));
        }
      },
      ended: () => session.dispose(),
      finish: () => ({ semanticDrift: store.finish() }),
      close: () => session.dispose(),
    };
  },
});

/** Collects packed windows; when the budget is full, every second one goes, and only every second one is taken from then on. */
class WindowStore {
  readonly #step: number;
  #starts: number[] = [];
  #ends: number[] = [];
  /** Where the windows lie on the shelf. */
  #places: number[] = [];
  #shelf = new Shelf();
  #grid = { columns: 0, rows: 0 };
  #every = 1;
  #count = 0;

  constructor(step: number) {
    this.#step = step;
  }

  add(start: number, end: number, { columns, rows }: { columns: number; rows: number }, maps: Float32Array[]): void {
    if (this.#count++ % this.#every !== 0) return;
    this.#grid = { columns, rows };
    const cells = columns * rows;
    const packed = new Uint8Array(maps.length * cells);
    maps.forEach((map, m) => {
      const most = DRIFT_MOST[DRIFT_MAPS[m]];
      for (let k = 0; k < cells; k++)
        packed[m * cells + k] = Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, map[k]) / most)));
    });
    this.#starts.push(start);
    this.#ends.push(end);
    this.#places.push(this.#shelf.put(packed));
    if (this.#places.length * packed.length > BUDGET) this.#thin();
  }

  finish(): SemanticDrift {
    const size = DRIFT_MAPS.length * this.#grid.columns * this.#grid.rows;
    const packed = new Uint8Array(this.#places.length * size);
    this.#places.forEach((place, k) => {
      this.#shelf.read(place, packed.subarray(k * size, (k + 1) * size));
    });
    this.#shelf.close();
    return {
      starts: Uint32Array.from(this.#starts),
      ends: Uint32Array.from(this.#ends),
      step: this.#step,
      ...this.#grid,
      packed,
    };
  }

  #thin(): void {
    this.#every *= 2;
    const even = (_: unknown, k: number) => k % 2 === 0;
    this.#starts = this.#starts.filter(even);
    this.#ends = this.#ends.filter(even);
    this.#places = this.#places.filter(even);
  }
}

/** Mean flow of every cell, in cells. */
function cellFlow({ width, u, v }: FlowField, columns: number, outX: Float32Array, outY: Float32Array): void {
  const scale = 1 / CELL ** 3;
  for (let cell = 0; cell < outX.length; cell++) {
    const first = CELL * (Math.floor(cell / columns) * width + (cell % columns));
    let x = 0;
    let y = 0;
    for (let row = first; row < first + CELL * width; row += width)
      for (let i = row; i < row + CELL; i++) {
        x += u[i];
        y += v[i];
      }
    outX[cell] = x * scale;
    outY[cell] = y * scale;
  }
}

/** Mean absolute luma gradient inside every cell. */
function gradients({ luma, stride }: FlowPicture, out: Float32Array, columns: number): void {
  for (let cell = 0; cell < out.length; cell++) {
    const first = CELL * (Math.floor(cell / columns) * stride + (cell % columns));
    let sum = 0;
    for (let row = first; row < first + (CELL - 1) * stride; row += stride)
      for (let i = row; i < row + CELL - 1; i++)
        sum += Math.abs(luma[i + 1] - luma[i]) + Math.abs(luma[i + stride] - luma[i]);
    out[cell] = sum / (2 * (CELL - 1) ** 2);
  }
}

/** Mean absolute luma difference of two pictures in every cell. */
function differences(before: FlowPicture, after: FlowPicture, out: Float32Array, columns: number): void {
  const { stride } = before;
  for (let cell = 0; cell < out.length; cell++) {
    const first = CELL * (Math.floor(cell / columns) * stride + (cell % columns));
    let sum = 0;
    for (let row = first; row < first + CELL * stride; row += stride)
      for (let i = row; i < row + CELL; i++) sum += Math.abs(after.luma[i] - before.luma[i]);
    out[cell] = sum / CELL ** 2;
  }
}

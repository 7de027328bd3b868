import { fours, instantiate, Layout, put } from '../../observers/wasm.ts';
import type { SemanticDrift } from '../../signals.ts';
import { KERNEL } from './layer-kernel.ts';

type Grid = Pick<SemanticDrift, 'columns' | 'rows'>;

/** Weights of one layer, tap × input × output, and what is added to each output. */
export interface Layer {
  weight: Float32Array;
  bias: Float32Array;
}

/** A small network over space and time; made by training/morphing/fusion.py. */
export interface RegionNetwork {
  /** Values per cell between layers. */
  width: number;
  /** Deviations are divided by this. */
  scale: number;
  /** Contexts are brought to about mean 0 and deviation 1 by these. */
  middle: readonly number[];
  spread: readonly number[];
  /** `mix` a cell's values, `near` 3 × 3 cells, `long` five windows two apart, `far` 3 × 3 cells two apart, `brief` five windows, `out`. */
  layers: Record<'mix' | 'near' | 'long' | 'far' | 'brief' | 'out', Layer>;
}

/** Windows before and after one that its log-odds depend on: four of `long` and two of `brief`. */
const REACH = 6;
/** Windows that are judged at a time: memory does not grow with the clip. */
const CHUNK = 48;

/** Offsets of a layer's taps, in windows, rows and columns. */
type Tap = readonly [number, number, number];
const SQUARE = [-1, 0, 1];
const HERE: readonly Tap[] = [[0, 0, 0]];
const cellsAround = (apart: number): Tap[] => SQUARE.flatMap(y => SQUARE.map((x): Tap => [0, apart * y, apart * x]));
const windowsAround = (apart: number): Tap[] => [-2, -1, 0, 1, 2].map((t): Tap => [apart * t, 0, 0]);
const NEAR = cellsAround(1);
const FAR = cellsAround(2);
const LONG = windowsAround(2);
const BRIEF = windowsAround(1);

/**
 * Log-odds of a morph for every cell of the windows of an unbroken run. `valuesOf(window)` gives one plane per value of a cell
 * for a place in the run: deviations, then those of the picture's middle cell, then contexts, all scaled.
 */
export function regionOdds(
  network: RegionNetwork,
  grid: Grid,
  count: number,
  valuesOf: (window: number) => Float32Array[],
): Float32Array[] {
  const out: Float32Array[] = [];
  const known = new Map<number, Float32Array[]>();
  let layers: Layers | null = null;
  for (let from = 0; from < count; from += CHUNK) {
    const first = Math.max(0, from - REACH);
    const last = Math.min(count, from + CHUNK + REACH);
    const planes: Float32Array[][] = [];
    for (let window = first; window < last; window++) {
      const values = known.get(window) ?? valuesOf(window);
      planes.push(values);
      if (window >= from + CHUNK - REACH) known.set(window, values);
      else known.delete(window);
    }
    layers ??= new Layers(network, grid, planes[0].length, Math.min(count, CHUNK + 2 * REACH));
    out.push(...layers.odds(planes).slice(from - first, Math.min(count, from + CHUNK) - first));
  }
  return out;
}

interface Kernel {
  convolve(...placesAndSizes: number[]): void;
  rectify(values: number, count: number): void;
  addPositive(values: number, more: number, count: number): void;
}

/** Where a layer lies in the kernel's memory. */
interface Place {
  weight: number;
  bias: number;
  taps: number;
  tapCount: number;
  inputs: number;
  outputs: number;
}

/** The layers of a network in the memory of the kernel, with room for so many windows. */
class Layers {
  readonly #grid: Grid;
  readonly #width: number;
  readonly #kernel: Kernel;
  readonly #floats: Float32Array;
  readonly #places: Record<keyof RegionNetwork['layers'], Place>;
  readonly #input: number;
  readonly #room: readonly [number, number];

  constructor({ width, layers }: RegionNetwork, grid: Grid, values: number, windows: number) {
    const cells = grid.columns * grid.rows;
    this.#grid = grid;
    this.#width = fours(width);
    const layout = new Layout();
    const filled: { at: number; numbers: Float32Array | Int32Array }[] = [];
    const keep = (numbers: Float32Array | Int32Array): number => {
      const at = layout.numbers(numbers.length);
      filled.push({ at, numbers });
      return at;
    };
    const place = (layer: Layer, taps: readonly Tap[], ins: number, outs: number, inputs: number): Place => {
      const outputs = fours(outs);
      const weight = new Float32Array(taps.length * inputs * outputs);
      for (let row = 0; row < taps.length * ins; row++) {
        const [tap, input] = [Math.floor(row / ins), row % ins];
        weight.set(layer.weight.subarray(row * outs, (row + 1) * outs), (tap * inputs + input) * outputs);
      }
      const bias = new Float32Array(outputs);
      bias.set(layer.bias);
      const offsets = keep(Int32Array.from(taps.flat()));
      return { weight: keep(weight), bias: keep(bias), taps: offsets, tapCount: taps.length, inputs, outputs };
    };
    const inner = (layer: Layer, taps: readonly Tap[]): Place => place(layer, taps, width, width, this.#width);
    this.#places = {
      mix: place(layers.mix, HERE, values, width, values),
      near: inner(layers.near, NEAR),
      long: inner(layers.long, LONG),
      far: inner(layers.far, FAR),
      brief: inner(layers.brief, BRIEF),
      out: place(layers.out, HERE, width, 1, this.#width),
    };
    this.#input = layout.numbers(windows * cells * values);
    this.#room = [layout.numbers(windows * cells * this.#width), layout.numbers(windows * cells * this.#width)];
    const { exports, buffer } = instantiate<Kernel>(KERNEL, layout.bytes);
    this.#kernel = exports;
    this.#floats = new Float32Array(buffer);
    for (const { at, numbers } of filled) put(buffer, at, numbers);
  }

  /** Log-odds of every cell of the windows, whose planes are one per value. */
  odds(planes: readonly Float32Array[][]): Float32Array[] {
    const { columns, rows } = this.#grid;
    const cells = columns * rows;
    const [windows, values] = [planes.length, planes[0].length];
    planes.forEach((window, t) => {
      window.forEach((plane, k) => {
        for (let cell = 0, at = this.#input / 4 + t * cells * values + k; cell < cells; cell++, at += values)
          this.#floats[at] = plane[cell];
      });
    });
    const { mix, near, long, far, brief, out } = this.#places;
    const [one, other] = this.#room;
    const count = windows * cells * this.#width;
    const kernel = this.#kernel;
    const layer = (from: number, to: number, { taps, tapCount, weight, bias, inputs, outputs }: Place): void =>
      kernel.convolve(from, windows, rows, columns, inputs, taps, tapCount, weight, bias, to, outputs);
    layer(this.#input, one, mix);
    kernel.rectify(one, count);
    layer(one, other, near);
    kernel.rectify(other, count);
    for (const more of [long, far, brief]) {
      layer(other, one, more);
      kernel.addPositive(other, one, count);
    }
    layer(other, one, out);
    return planes.map((_, t) =>
      Float32Array.from({ length: cells }, (_, cell) => this.#floats[one / 4 + (t * cells + cell) * out.outputs]),
    );
  }
}

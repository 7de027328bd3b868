/** Every operator again, as plain slow loops over channels-last arrays: what the converted graphs are measured against. */
export interface Array4 {
  shape: [number, number, number, number];
  data: Float32Array;
}

export const array4 = (shape: Array4['shape'], data: Float32Array): Array4 => ({ shape, data });

type Place = [n: number, y: number, x: number, c: number];

const at = ({ shape: [, height, width, channels], data }: Array4, [n, y, x, c]: Place): number =>
  y < 0 || x < 0 || y >= height || x >= width ? 0 : data[((n * height + y) * width + x) * channels + c];

function fill(shape: Array4['shape'], value: (place: Place) => number): Array4 {
  const data = new Float32Array(shape[0] * shape[1] * shape[2] * shape[3]);
  let i = 0;
  for (let n = 0; n < shape[0]; n += 1)
    for (let y = 0; y < shape[1]; y += 1)
      for (let x = 0; x < shape[2]; x += 1)
        for (let c = 0; c < shape[3]; c += 1) {
          data[i] = value([n, y, x, c]);
          i += 1;
        }
  return { shape, data };
}

export interface Window {
  kernel: [number, number];
  strides: [number, number];
  dilations: [number, number];
  padding: 'same' | 'valid';
}

/** Output length and cells before the first, per side, by TensorFlow's rule. */
export function extent(length: number, side: 0 | 1, { kernel, strides, dilations, padding }: Window) {
  const reach = (kernel[side] - 1) * dilations[side] + 1;
  if (padding === 'valid') return { out: Math.ceil((length - reach + 1) / strides[side]), before: 0 };
  const out = Math.ceil(length / strides[side]);
  const total = Math.max((out - 1) * strides[side] + reach - length, 0);
  return { out, before: Math.floor(total / 2) };
}

export function outputShape(shape: Array4['shape'], channels: number, window: Window): Array4['shape'] {
  return [shape[0], extent(shape[1], 0, window).out, extent(shape[2], 1, window).out, channels];
}

function* cells(
  input: Array4,
  y: number,
  x: number,
  window: Window,
): Generator<[ky: number, kx: number, iy: number, ix: number]> {
  const top = y * window.strides[0] - extent(input.shape[1], 0, window).before;
  const left = x * window.strides[1] - extent(input.shape[2], 1, window).before;
  for (let ky = 0; ky < window.kernel[0]; ky += 1)
    for (let kx = 0; kx < window.kernel[1]; kx += 1) {
      const iy = top + ky * window.dilations[0];
      const ix = left + kx * window.dilations[1];
      if (iy >= 0 && ix >= 0 && iy < input.shape[1] && ix < input.shape[2]) yield [ky, kx, iy, ix];
    }
}

/** Weights [out, height, width, in]. */
export function conv2d(input: Array4, weights: Array4, bias: Float32Array, window: Window): Array4 {
  return fill(outputShape(input.shape, weights.shape[0], window), ([n, y, x, o]) => {
    let sum = bias[o];
    for (const [ky, kx, iy, ix] of cells(input, y, x, window))
      for (let c = 0; c < input.shape[3]; c += 1) sum += at(input, [n, iy, ix, c]) * at(weights, [o, ky, kx, c]);
    return sum;
  });
}

/** Weights [1, height, width, in · multiplier]; the filters of one channel lie together. */
export function depthwiseConv2d(input: Array4, weights: Array4, bias: Float32Array, window: Window): Array4 {
  const multiplier = weights.shape[3] / input.shape[3];
  return fill(outputShape(input.shape, weights.shape[3], window), ([n, y, x, o]) => {
    let sum = bias[o];
    const c = Math.floor(o / multiplier);
    for (const [ky, kx, iy, ix] of cells(input, y, x, window))
      sum += at(input, [n, iy, ix, c]) * at(weights, [0, ky, kx, o]);
    return sum;
  });
}

/** Every input cell scatters its kernel; weights [out, height, width, in]; `before` rows and columns are cut off. */
export function transposedConv2d(
  input: Array4,
  weights: Array4,
  bias: Float32Array,
  strides: [number, number],
  size: [number, number],
): Array4 {
  const [out, kernelHeight, kernelWidth, channels] = weights.shape;
  const cut = [
    (input.shape[1] - 1) * strides[0] + kernelHeight - size[0],
    (input.shape[2] - 1) * strides[1] + kernelWidth - size[1],
  ].map(total => Math.floor(total / 2));
  const result = fill([input.shape[0], size[0], size[1], out], ([, , , o]) => bias[o]);
  for (let n = 0; n < input.shape[0]; n += 1)
    for (let iy = 0; iy < input.shape[1]; iy += 1)
      for (let ix = 0; ix < input.shape[2]; ix += 1)
        for (let ky = 0; ky < kernelHeight; ky += 1)
          for (let kx = 0; kx < kernelWidth; kx += 1) {
            const y = iy * strides[0] + ky - cut[0];
            const x = ix * strides[1] + kx - cut[1];
            if (y < 0 || x < 0 || y >= size[0] || x >= size[1]) continue;
            for (let o = 0; o < out; o += 1)
              for (let c = 0; c < channels; c += 1)
                result.data[((n * size[0] + y) * size[1] + x) * out + o] +=
                  at(input, [n, iy, ix, c]) * at(weights, [o, ky, kx, c]);
          }
  return result;
}

export function pool(input: Array4, window: Window, kind: 'max' | 'average'): Array4 {
  return fill(outputShape(input.shape, input.shape[3], window), ([n, y, x, c]) => {
    const values = [...cells(input, y, x, window)].map(([, , iy, ix]) => at(input, [n, iy, ix, c]));
    return kind === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length;
  });
}

/** Element by element; `b` broadcasts like numpy from the last axis. */
export function broadcast(a: Array4, b: Float32Array, bShape: number[], op: (x: number, y: number) => number): Array4 {
  const padded = [...new Array<number>(4 - bShape.length).fill(1), ...bShape];
  return fill(a.shape, place => {
    const index = place.reduce((sum, value, axis) => sum * padded[axis] + (padded[axis] === 1 ? 0 : value), 0);
    return op(at(a, place), b[index]);
  });
}

export const pad = (input: Array4, amounts: number[]): Array4 =>
  fill(
    input.shape.map((length, axis) => length + amounts[2 * axis] + amounts[2 * axis + 1]) as Array4['shape'],
    place => {
      const source = place.map((value, axis) => value - amounts[2 * axis]) as Place;
      return source.every((value, axis) => value >= 0 && value < input.shape[axis]) ? at(input, source) : 0;
    },
  );

export function resizeBilinear(
  input: Array4,
  [height, width]: [number, number],
  mode: 'asymmetric' | 'half-pixel' | 'align-corners',
): Array4 {
  const source = (i: number, from: number, to: number): [low: number, high: number, weight: number] => {
    const exact =
      mode === 'align-corners'
        ? (i * (from - 1)) / (to - 1)
        : mode === 'half-pixel'
          ? ((i + 0.5) * from) / to - 0.5
          : (i * from) / to;
    const clamped = Math.max(0, exact);
    const low = Math.min(Math.floor(clamped), from - 1);
    return [low, Math.min(low + 1, from - 1), clamped - low];
  };
  return fill([input.shape[0], height, width, input.shape[3]], ([n, y, x, c]) => {
    const [y0, y1, wy] = source(y, input.shape[1], height);
    const [x0, x1, wx] = source(x, input.shape[2], width);
    const top = at(input, [n, y0, x0, c]) * (1 - wx) + at(input, [n, y0, x1, c]) * wx;
    const bottom = at(input, [n, y1, x0, c]) * (1 - wx) + at(input, [n, y1, x1, c]) * wx;
    return top * (1 - wy) + bottom * wy;
  });
}

/** out[y·b + i, x·b + j, c] = in[y, x, (i·b + j)·C + c]. */
export function depthToSpace(input: Array4, block: number): Array4 {
  const channels = input.shape[3] / block ** 2;
  return fill([input.shape[0], input.shape[1] * block, input.shape[2] * block, channels], ([n, y, x, c]) =>
    at(input, [n, Math.floor(y / block), Math.floor(x / block), ((y % block) * block + (x % block)) * channels + c]),
  );
}

export function concatenation(inputs: Array4[], axis: number): Array4 {
  const shape = [...inputs[0].shape] as Array4['shape'];
  shape[axis] = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
  return fill(shape, place => {
    const source = [...place] as Place;
    for (const input of inputs) {
      if (source[axis] < input.shape[axis]) return at(input, source);
      source[axis] -= input.shape[axis];
    }
    return Number.NaN;
  });
}

export function stridedSlice(input: Array4, begin: number[], end: number[], strides: number[]): Array4 {
  const shape = begin.map((start, axis) => Math.ceil((end[axis] - start) / strides[axis])) as Array4['shape'];
  return fill(shape, place => at(input, place.map((value, axis) => begin[axis] + value * strides[axis]) as Place));
}

/** Means over height and width, [n, channels]. */
export function spatialMean(input: Array4): Float32Array {
  const [batch, height, width, channels] = input.shape;
  return fill([batch, 1, 1, channels], ([n, , , c]) => {
    let sum = 0;
    for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) sum += at(input, [n, y, x, c]);
    return sum / (height * width);
  }).data;
}

/** Weights [out, in]. */
export function fullyConnected(input: Float32Array, weights: Float32Array, bias: Float32Array): Float32Array {
  const width = weights.length / bias.length;
  return bias.map((start, o) => {
    let sum = start;
    for (let i = 0; i < width; i += 1) sum += input[i] * weights[o * width + i];
    return sum;
  });
}

/** Bilinear sampling at a place in pixel-centre coordinates (pixel i covers i … i + 1), zero outside. */
export function sample(input: Array4, x: number, y: number, channel: number): number {
  const px = x - 0.5;
  const py = y - 0.5;
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  let sum = 0;
  for (const [dy, wy] of [
    [0, 1 - (py - y0)],
    [1, py - y0],
  ])
    for (const [dx, wx] of [
      [0, 1 - (px - x0)],
      [1, px - x0],
    ])
      sum += wy * wx * at(input, [0, y0 + dy, x0 + dx, channel]);
  return sum;
}

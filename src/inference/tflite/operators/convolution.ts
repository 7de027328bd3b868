import { permute, TO_NCHW } from '../layout.ts';
import { unsupported } from '../options.ts';
import type { ConvolutionOptions, Padding } from '../types.ts';
import { activated, constantOrThrow, type Emission, type Emit, floatsOf } from './emission.ts';

/** TensorFlow puts the odd cell of "same" padding at the end, ONNX's SAME_UPPER. */
export const autoPad = (padding: Padding): string => (padding === 'same' ? 'SAME_UPPER' : 'VALID');

/** Weights [out, height, width, in]. */
export const conv2d: Emit<'CONV_2D'> = (emission, { inputs: [x, w, b], outputs: [y], options }) => {
  const { shape, values } = constantOrThrow(emission, w);
  const [out, height, width, channels] = shape;
  const weights = emission.graph.floats(
    [out, channels, height, width],
    permute(floatsOf({ shape, values }), shape, TO_NCHW),
  );
  const convolved = convolution(emission, x, [weights, ...biasOf(emission, b)], [height, width], options, 1);
  emission.define(y, activated(emission.graph, options.activation, convolved));
};

/** Weights [1, height, width, channels]: one filter per channel. */
export const depthwiseConv2d: Emit<'DEPTHWISE_CONV_2D'> = (emission, { inputs: [x, w, b], outputs: [y], options }) => {
  const { shape, values } = constantOrThrow(emission, w);
  const [, height, width, channels] = shape;
  const groups = emission.tensor(x).shape[3];
  const weights = emission.graph.floats(
    [channels, 1, height, width],
    permute(floatsOf({ shape, values }), shape, [3, 0, 1, 2]),
  );
  const convolved = convolution(emission, x, [weights, ...biasOf(emission, b)], [height, width], options, groups);
  emission.define(y, activated(emission.graph, options.activation, convolved));
};

/** MediaPipe's transposed convolution with bias; weights [out, height, width, in]. Padding is what makes the declared output size. */
export const transposedConv2d: Emit<'Convolution2DTransposeBias'> = (
  emission,
  { inputs: [x, w, b], outputs: [y], options },
) => {
  const { shape, values } = constantOrThrow(emission, w);
  const [out, height, width, channels] = shape;
  const from = emission.tensor(x).shape;
  const to = emission.tensor(y).shape;
  const cut = [0, 1].map(side => (from[1 + side] - 1) * options.strides[side] + [height, width][side] - to[1 + side]);
  if (cut.some(cells => cells < 0)) throw unsupported('transposed convolution with output padding');
  const before = cut.map(cells => Math.floor(cells / 2));
  const weights = emission.graph.floats(
    [channels, out, height, width],
    permute(floatsOf({ shape, values }), shape, [3, 0, 1, 2]),
  );
  const convolved = emission.graph.node('ConvTranspose', [emission.value(x), weights, ...biasOf(emission, b)], {
    kernel_shape: [height, width],
    strides: options.strides,
    pads: [...before, ...cut.map((cells, side) => cells - before[side])],
  });
  emission.define(y, convolved);
};

/** A missing bias has index −1. */
function biasOf(emission: Emission, index: number | undefined): string[] {
  if (index === undefined || index < 0) return [];
  const bias = floatsOf(constantOrThrow(emission, index));
  return [emission.graph.floats([bias.length], bias)];
}

/** The node of a convolution. Zeros that were put around its input before become padding of its own. */
function convolution(
  emission: Emission,
  x: number,
  weights: string[],
  kernel: number[],
  options: ConvolutionOptions,
  group: number,
): string {
  const attributes = { kernel_shape: kernel, strides: options.strides, dilations: options.dilations, group };
  const around = options.padding === 'valid' ? emission.padded(x) : undefined;
  if (around?.pads.every((amount, at) => amount === 0 || at % 4 > 1)) {
    const pads = around.pads.filter((_, at) => at % 4 > 1);
    return emission.graph.node('Conv', [emission.value(around.from), ...weights], { ...attributes, pads });
  }
  const padding = paddingOf(emission.tensor(x).shape, kernel, options);
  return emission.graph.node('Conv', [emission.value(x), ...weights], { ...attributes, ...padding });
}

/** onnxruntime finds the padding itself, whatever the picture's size, except for dilated kernels. */
function paddingOf(
  from: number[],
  kernel: number[],
  { padding, strides, dilations }: ConvolutionOptions,
): Record<string, string | number[]> {
  if (padding === 'valid' || dilations.every(step => step === 1)) return { auto_pad: autoPad(padding) };
  const total = kernel.map((cells, side) => {
    const length = from[1 + side];
    const reach = (cells - 1) * dilations[side] + 1;
    return Math.max((Math.ceil(length / strides[side]) - 1) * strides[side] + reach - length, 0);
  });
  const before = total.map(cells => Math.floor(cells / 2));
  return { pads: [...before, ...total.map((cells, side) => cells - before[side])] };
}

import { convertedAxis, TO_NCHW, TO_NHWC } from '../layout.ts';
import { unsupported } from '../options.ts';
import { activated, type Emission, type Emit, integersOf } from './emission.ts';

/** Zeros around the tensor; paddings [rank, 2] as (before, after). */
export const pad: Emit<'PAD'> = (emission, { inputs: [x, paddings], outputs: [y] }) => {
  const { shape } = emission.tensor(x);
  const rank = shape.length;
  const amounts = integersOf(emission, paddings);
  const order = rank === 4 ? [...TO_NCHW] : Array.from({ length: rank }, (_, axis) => axis);
  const pads = [...order.map(axis => amounts[2 * axis]), ...order.map(axis => amounts[2 * axis + 1])];
  const doubled = rank === 4 && pads.every((amount, at) => amount === (at === 5 ? shape[3] : 0));
  if (doubled) emission.define(y, doubledChannels(emission, x));
  else emission.definePadded(y, { from: x, pads });
};

/**
 * As many channels of zeros behind those that are there. onnxruntime's Pad leaves its blocked convolution layout, and with it
 * all that is added to the result; zeros from a depthwise convolution and a concatenation stay inside.
 */
function doubledChannels({ graph, tensor, value }: Emission, x: number): string {
  const channels = tensor(x).shape[3];
  const weights = graph.floats([channels, 1, 1, 1], new Float32Array(channels));
  const zeros = graph.node('Conv', [value(x), weights], { kernel_shape: [1, 1], group: channels });
  return graph.node('Concat', [value(x), zeros], { axis: 1 });
}

export const resizeBilinear: Emit<'RESIZE_BILINEAR'> = (emission, { inputs: [x, size], outputs: [y], options }) => {
  const [batch, , , channels] = emission.tensor(x).shape;
  const [height, width] = integersOf(emission, size);
  const mode = options.alignCorners ? 'align_corners' : options.halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const resized = emission.graph.node(
    'Resize',
    [emission.value(x), '', '', emission.graph.ints([batch, channels, height, width])],
    {
      mode: 'linear',
      coordinate_transformation_mode: mode,
    },
  );
  emission.define(y, resized);
};

/** Elements keep their channels-last order, whatever the ranks. */
export const reshape: Emit<'RESHAPE'> = (emission, { inputs: [x], outputs: [y] }) => {
  const shape = emission.tensor(y).shape;
  const reshaped = emission.graph.node('Reshape', [channelsLast(emission, x), emission.graph.ints(shape)]);
  emission.define(y, shape.length === 4 ? emission.graph.node('Transpose', [reshaped], { perm: TO_NCHW }) : reshaped);
};

export const concatenation: Emit<'CONCATENATION'> = (emission, { inputs, outputs: [y], options }) => {
  const axis = convertedAxis(options.axis, emission.tensor(y).shape.length);
  const joined = emission.graph.node(
    'Concat',
    inputs.map(input => emission.value(input)),
    { axis },
  );
  emission.define(y, activated(emission.graph, options.activation, joined));
};

/** Begin, end and strides are constants; a mask bit says "from the start" or "to the end" of its axis. */
export const stridedSlice: Emit<'STRIDED_SLICE'> = (
  emission,
  { inputs: [x, begin, end, strides], outputs: [y], options },
) => {
  const { shape } = emission.tensor(x);
  const steps = integersOf(emission, strides);
  if (steps.some(step => step < 1)) throw unsupported('slices that run backwards');
  const starts = integersOf(emission, begin).map((at, axis) => (options.beginMask & (1 << axis) ? 0 : at));
  const ends = integersOf(emission, end).map((at, axis) => (options.endMask & (1 << axis) ? shape[axis] : at));
  const axes = steps.map((_, axis) => convertedAxis(axis, shape.length));
  const { graph } = emission;
  const sliced = graph.node('Slice', [
    emission.value(x),
    ...[starts, ends, axes, steps].map(numbers => graph.ints(numbers)),
  ]);
  emission.define(y, sliced);
};

export const depthToSpace: Emit<'DEPTH_TO_SPACE'> = (emission, { inputs: [x], outputs: [y], options }) => {
  emission.define(
    y,
    emission.graph.node('DepthToSpace', [emission.value(x)], { blocksize: options.blockSize, mode: 'DCR' }),
  );
};

/** Rows of weights [out, in] times the flattened input, plus bias. */
export const fullyConnected: Emit<'FULLY_CONNECTED'> = (emission, { inputs: [x, w, b], outputs: [y], options }) => {
  const { graph } = emission;
  const weights = emission.constant(w);
  if (!(weights?.values instanceof Float32Array)) throw unsupported('computed weights');
  const rows = graph.node('Reshape', [channelsLast(emission, x), graph.ints([-1, weights.shape[1]])]);
  const bias = b === undefined || b < 0 ? undefined : emission.constant(b);
  const terms = bias?.values instanceof Float32Array ? [graph.floats([bias.values.length], bias.values)] : [];
  const product = graph.node('Gemm', [rows, graph.floats(weights.shape, weights.values), ...terms], { transB: 1 });
  emission.define(y, activated(graph, options.activation, product));
};

function channelsLast(emission: Emission, index: number): string {
  const value = emission.value(index);
  const { shape } = emission.tensor(index);
  return shape.length === 4 ? emission.graph.node('Transpose', [value], { perm: TO_NHWC }) : value;
}

import { permute, TO_NCHW } from '../layout.ts';
import { unsupported } from '../options.ts';
import { activated, constantOrThrow, type Emission, type Emit, floatsOf } from './emission.ts';

export const add: Emit<'ADD'> = (emission, { inputs: [a, b], outputs: [y], options }) => {
  const rank = emission.tensor(y).shape.length;
  const sum = emission.graph.node('Add', [operand(emission, a, rank), operand(emission, b, rank)]);
  emission.define(y, activated(emission.graph, options.activation, sum));
};

export const multiply: Emit<'MUL'> = (emission, { inputs: [a, b], outputs: [y], options }) => {
  const rank = emission.tensor(y).shape.length;
  const product = emission.graph.node('Mul', [operand(emission, a, rank), operand(emission, b, rank)]);
  emission.define(y, activated(emission.graph, options.activation, product));
};

export const relu: Emit<'RELU'> = (emission, { inputs: [x], outputs: [y] }) => {
  emission.define(y, emission.graph.node('Relu', [emission.value(x)]));
};

export const logistic: Emit<'LOGISTIC'> = (emission, { inputs: [x], outputs: [y] }) => {
  emission.define(y, emission.graph.node('Sigmoid', [emission.value(x)]));
};

export const hardSwish: Emit<'HARD_SWISH'> = (emission, { inputs: [x], outputs: [y] }) => {
  emission.define(y, emission.graph.node('HardSwish', [emission.value(x)]));
};

/**
 * Slopes per channel, [1, 1, channels]. onnxruntime's PRelu leaves its blocked convolution layout and runs on plain loops; the same
 * function written with 1×1 depthwise convolutions stays inside, in two passes: x + (1 − a)·relu(−x), since the runtime fuses
 * the rectifier into the first convolution and the sum into the second.
 */
export const prelu: Emit<'PRELU'> = (emission, { inputs: [x, slope], outputs: [y] }) => {
  const { graph } = emission;
  const slopes = floatsOf(constantOrThrow(emission, slope));
  const channels = emission.tensor(x).shape[3];
  if (slopes.length !== channels) throw unsupported('slopes that differ inside a channel');
  const perChannel = (value: string, factors: Float32Array) =>
    graph.node('Conv', [value, graph.floats([channels, 1, 1, 1], factors)], { kernel_shape: [1, 1], group: channels });
  const value = emission.value(x);
  const below = graph.node('Relu', [perChannel(value, new Float32Array(channels).fill(-1))]);
  const rest = perChannel(
    below,
    slopes.map(a => 1 - a),
  );
  emission.define(y, graph.node('Add', [rest, value]));
};

/** An operand as ONNX broadcasts it: constants are given the result's rank before their axes move. */
function operand(emission: Emission, index: number, rank: number): string {
  const constant = emission.constant(index);
  if (constant === undefined) {
    if (emission.tensor(index).shape.length !== rank) throw unsupported('computed operands of different ranks');
    return emission.value(index);
  }
  const shape = [...new Array<number>(Math.max(0, rank - constant.shape.length)).fill(1), ...constant.shape];
  const values = floatsOf(constant);
  if (rank !== 4) return emission.graph.floats(shape, values);
  return emission.graph.floats(
    TO_NCHW.map(axis => shape[axis]),
    permute(values, shape, TO_NCHW),
  );
}

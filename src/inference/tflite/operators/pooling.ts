import { convertedAxis } from '../layout.ts';
import { unsupported } from '../options.ts';
import type { PoolOptions } from '../types.ts';
import { autoPad } from './convolution.ts';
import { activated, type Emit, integersOf } from './emission.ts';

export const maxPool: Emit<'MAX_POOL_2D'> = (emission, { inputs: [x], outputs: [y], options }) => {
  const pooled = emission.graph.node('MaxPool', [emission.value(x)], poolAttributes(options));
  emission.define(y, activated(emission.graph, options.activation, pooled));
};

/** Both formats leave padding out of the average. */
export const averagePool: Emit<'AVERAGE_POOL_2D'> = (emission, { inputs: [x], outputs: [y], options }) => {
  const [, height, width] = emission.tensor(x).shape;
  const whole = options.kernel[0] === height && options.kernel[1] === width && options.padding === 'valid';
  const pooled = whole
    ? emission.graph.node('GlobalAveragePool', [emission.value(x)])
    : emission.graph.node('AveragePool', [emission.value(x)], poolAttributes(options));
  emission.define(y, activated(emission.graph, options.activation, pooled));
};

export const mean: Emit<'MEAN'> = (emission, { inputs: [x, axes], outputs: [y], options }) => {
  const rank = emission.tensor(x).shape.length;
  const converted = integersOf(emission, axes).map(axis => convertedAxis(axis, rank));
  const spatial = rank === 4 && [...converted].sort().join() === '2,3';
  // Dropping other axes of a picture could leave the rest in the wrong order.
  if (rank === 4 && !options.keepDimensions && !spatial)
    throw unsupported('mean over other axes than height and width');
  const keepdims = options.keepDimensions ? 1 : 0;
  emission.define(y, emission.graph.node('ReduceMean', [emission.value(x)], { axes: converted, keepdims }));
};

const poolAttributes = (options: PoolOptions) => ({
  kernel_shape: options.kernel,
  strides: options.strides,
  auto_pad: autoPad(options.padding),
});

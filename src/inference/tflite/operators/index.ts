import type { Operator, OperatorKind } from '../types.ts';
import { landmarksToMatrix, sampleRegion, transformLandmarks } from './attention.ts';
import { conv2d, depthwiseConv2d, transposedConv2d } from './convolution.ts';
import { add, hardSwish, logistic, multiply, prelu, relu } from './elementwise.ts';
import type { Emission, Emit } from './emission.ts';
import { averagePool, maxPool, mean } from './pooling.ts';
import { concatenation, depthToSpace, fullyConnected, pad, reshape, resizeBilinear, stridedSlice } from './shape.ts';

/** Constants are looked up through these two; they leave no node behind. */
const folded = (): void => {};

const EMITTERS: { [Kind in OperatorKind]: Emit<Kind> } = {
  ADD: add,
  AVERAGE_POOL_2D: averagePool,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  DENSIFY: folded,
  DEPTH_TO_SPACE: depthToSpace,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: folded,
  FULLY_CONNECTED: fullyConnected,
  HARD_SWISH: hardSwish,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool,
  MEAN: mean,
  MUL: multiply,
  PAD: pad,
  PRELU: prelu,
  RELU: relu,
  RESHAPE: reshape,
  RESIZE_BILINEAR: resizeBilinear,
  STRIDED_SLICE: stridedSlice,
  Convolution2DTransposeBias: transposedConv2d,
  Landmarks2TransformMatrix: landmarksToMatrix,
  TransformLandmarks: transformLandmarks,
  TransformTensorBilinear: sampleRegion,
};

/** Writes the ONNX nodes of one operator. */
export function emit(emission: Emission, operator: Operator): void {
  (EMITTERS[operator.kind] as Emit<typeof operator.kind>)(emission, operator as never);
}

import { toObject } from 'flatbuffers/js/flexbuffers.js';
import { RetakeError } from '../../errors.ts';
import type { FlatTable } from './flat.ts';
import type { Activation, ConvolutionOptions, OperatorKind, OptionsOf, Padding, PoolOptions } from './types.ts';

/** The parts of an operator record that hold its options: a table for built-in operators, bytes for custom ones. */
export interface OptionSource {
  table: FlatTable | undefined;
  custom: Uint8Array<ArrayBuffer>;
}

const none = (): Record<never, never> => ({});
const activationAt = (field: number) => (source: OptionSource) => ({
  activation: activation(source.table?.int8(field)),
});

/** Reads each operator's options; field numbers are those of the operator's options table in schema.fbs. */
export const OPTION_READERS: { [Kind in OperatorKind]: (source: OptionSource) => OptionsOf[Kind] } = {
  ADD: activationAt(0),
  AVERAGE_POOL_2D: pool,
  CONCATENATION: ({ table }) => ({ axis: table?.int32(0) ?? 0, activation: activation(table?.int8(1)) }),
  CONV_2D: ({ table }) => convolution(table, { activation: 3, dilation: 4 }),
  DENSIFY: none,
  DEPTH_TO_SPACE: ({ table }) => ({ blockSize: table?.int32(0) ?? 0 }),
  // Field 3 is the depth multiplier, which the weights' shape already tells.
  DEPTHWISE_CONV_2D: ({ table }) => convolution(table, { activation: 4, dilation: 5 }),
  DEQUANTIZE: none,
  FULLY_CONNECTED: activationAt(0),
  HARD_SWISH: none,
  LOGISTIC: none,
  MAX_POOL_2D: pool,
  MEAN: ({ table }) => ({ keepDimensions: table?.int8(0) === 1 }),
  MUL: activationAt(0),
  PAD: none,
  PRELU: none,
  RELU: none,
  RESHAPE: none,
  RESIZE_BILINEAR: ({ table }) => ({ alignCorners: table?.int8(2) === 1, halfPixelCenters: table?.int8(3) === 1 }),
  STRIDED_SLICE: stridedSlice,
  Convolution2DTransposeBias: transposedConvolution,
  Landmarks2TransformMatrix: landmarkRegion,
  TransformLandmarks: none,
  TransformTensorBilinear: none,
};

function activation(code = 0): Activation {
  const known: Record<number, Activation> = { 0: 'none', 1: 'relu', 3: 'relu6' };
  const found = known[code];
  if (found === undefined) throw unsupported(`fused activation ${code}`);
  return found;
}

const padding = (code = 0): Padding => (code === 0 ? 'same' : 'valid');

function convolution(
  table: FlatTable | undefined,
  field: { activation: number; dilation: number },
): ConvolutionOptions {
  return {
    padding: padding(table?.int8(0)),
    strides: [table?.int32(2, 1) ?? 1, table?.int32(1, 1) ?? 1],
    dilations: [table?.int32(field.dilation + 1, 1) ?? 1, table?.int32(field.dilation, 1) ?? 1],
    activation: activation(table?.int8(field.activation)),
  };
}

function pool({ table }: OptionSource): PoolOptions {
  return {
    padding: padding(table?.int8(0)),
    strides: [table?.int32(2, 1) ?? 1, table?.int32(1, 1) ?? 1],
    kernel: [table?.int32(4, 1) ?? 1, table?.int32(3, 1) ?? 1],
    activation: activation(table?.int8(5)),
  };
}

function stridedSlice({ table }: OptionSource): OptionsOf['STRIDED_SLICE'] {
  // Ellipsis, new-axis and shrink-axis masks would change the rank; no model here uses them.
  if ([2, 3, 4].some(field => (table?.int32(field) ?? 0) !== 0)) throw unsupported('rank-changing strided slice');
  return { beginMask: table?.int32(0) ?? 0, endMask: table?.int32(1) ?? 0 };
}

/** The custom transposed convolution stores three little-endian int32: padding, horizontal stride, vertical stride. */
function transposedConvolution({ custom }: OptionSource): OptionsOf['Convolution2DTransposeBias'] {
  if (custom.byteLength < 12) throw unsupported('transposed convolution without strides');
  const view = new DataView(custom.buffer, custom.byteOffset);
  return { strides: [view.getInt32(8, true), view.getInt32(4, true)] };
}

/** The attention mesh stores its region rule as a FlexBuffers map. */
function landmarkRegion({ custom }: OptionSource): OptionsOf['Landmarks2TransformMatrix'] {
  const map = toObject(custom.buffer) as Record<string, number> & {
    subset_idxs: number[];
    target_rotation_radians: number | null;
  };
  if (map.target_rotation_radians) throw unsupported('regions turned to an angle other than level');
  return {
    subset: [...map.subset_idxs],
    leftRotation: map.left_rotation_idx,
    rightRotation: map.right_rotation_idx,
    scale: [map.scale_x, map.scale_y],
    output: [map.output_width, map.output_height],
  };
}

export const unsupported = (what: string) => new RetakeError('internal', `model conversion does not know: ${what}`);

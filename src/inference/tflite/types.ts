/** What the converter knows of a TensorFlow Lite file, as plain data: shapes are the file's own (NHWC for pictures). */
export interface TfliteModel {
  tensors: Tensor[];
  operators: Operator[];
  inputs: number[];
  outputs: number[];
}

export type ElementType = 'float32' | 'float16' | 'int32';

export interface Tensor {
  name: string;
  shape: number[];
  type: ElementType | 'other';
  /** Little-endian contents of a constant; absent for values that the graph computes. */
  data?: Uint8Array;
  /** How `data` is packed when most of a constant is zero. */
  sparsity?: Sparsity;
}

/** TensorFlow Lite's sparse tensor layout: dimensions in the order of traversal, blocks appended after the tensor's own. */
export interface Sparsity {
  traversalOrder: number[];
  /** For each block dimension, the tensor dimension that it splits. */
  blockMap: number[];
  dimensions: SparseDimension[];
}

export type SparseDimension =
  | { format: 'dense'; size: number }
  /** Compressed rows: the coordinates of row r are `indices[segments[r] … segments[r + 1])`. */
  | { format: 'compressed'; segments: number[]; indices: number[] };

export type Padding = 'same' | 'valid';
export type Activation = 'none' | 'relu' | 'relu6';

export interface ConvolutionOptions {
  padding: Padding;
  strides: [height: number, width: number];
  dilations: [height: number, width: number];
  activation: Activation;
}

export interface PoolOptions {
  padding: Padding;
  strides: [height: number, width: number];
  kernel: [height: number, width: number];
  activation: Activation;
}

/** How landmarks place the next region: their bounding box, turned so that the line through two of them lies level. */
export interface LandmarkRegionOptions {
  /** Landmarks that the region has to hold. */
  subset: number[];
  leftRotation: number;
  rightRotation: number;
  /** Region size over bounding box size. */
  scale: [x: number, y: number];
  /** Size in pixels of the picture cut from the region. */
  output: [width: number, height: number];
}

/** Every operator the converter knows, with its options. */
export interface OptionsOf {
  ADD: { activation: Activation };
  AVERAGE_POOL_2D: PoolOptions;
  CONCATENATION: { axis: number; activation: Activation };
  CONV_2D: ConvolutionOptions;
  DENSIFY: Record<never, never>;
  DEPTH_TO_SPACE: { blockSize: number };
  DEPTHWISE_CONV_2D: ConvolutionOptions;
  DEQUANTIZE: Record<never, never>;
  FULLY_CONNECTED: { activation: Activation };
  HARD_SWISH: Record<never, never>;
  LOGISTIC: Record<never, never>;
  MAX_POOL_2D: PoolOptions;
  MEAN: { keepDimensions: boolean };
  MUL: { activation: Activation };
  PAD: Record<never, never>;
  PRELU: Record<never, never>;
  RELU: Record<never, never>;
  RESHAPE: Record<never, never>;
  RESIZE_BILINEAR: { alignCorners: boolean; halfPixelCenters: boolean };
  STRIDED_SLICE: { beginMask: number; endMask: number };
  Convolution2DTransposeBias: { strides: [height: number, width: number] };
  Landmarks2TransformMatrix: LandmarkRegionOptions;
  TransformLandmarks: Record<never, never>;
  TransformTensorBilinear: Record<never, never>;
}

export type OperatorKind = keyof OptionsOf;

export type OperatorOf<Kind extends OperatorKind> = {
  kind: Kind;
  inputs: number[];
  outputs: number[];
  options: OptionsOf[Kind];
};
export type Operator = { [Kind in OperatorKind]: OperatorOf<Kind> }[OperatorKind];

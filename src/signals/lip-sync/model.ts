import { loadKeptModel } from '../../inference/store.ts';

/** A matrix or a stack of convolution kernels, row-major. */
export interface Weights {
  shape: readonly number[];
  values: Float32Array;
}

/** One convolution with its batch normalisation folded in: kernels are output × input × tap. */
export interface Convolution {
  kernel: Weights;
  bias: Float32Array;
  stride: number;
  dilation: number;
}

/** Two residual convolutions between a first and a pointwise last one. */
export interface Encoder {
  first: Convolution;
  second: Convolution;
  third: Convolution;
  last: Convolution;
}

export interface Network {
  mouth: Encoder;
  sound: Encoder;
  sharpness: number;
}

/** Hears p, b and m: convolutions, all but the first residual, and a pointwise last one with a softmax over classes of sounds. */
export interface Hearing {
  layers: readonly Convolution[];
  last: Convolution;
  /** The classes of p and b, and of m. */
  closed: readonly number[];
}

export interface LipSyncModel {
  version: string;
  /** What the fused estimate says, in ms, when lips and sound are together. */
  bias: number;
  /** Divisors of the eight mouth measures. */
  measureScale: Float32Array;
  /** Principal lip shapes (lip values × shapes) and the divisors of their strengths. */
  lipBasis: Weights;
  lipScale: Float32Array;
  correlation: {
    soundContext: readonly number[];
    mouthContext: readonly number[];
    /** Context values × components. */
    sound: Weights;
    mouth: Weights;
    rho: Float32Array;
  };
  networks: readonly Network[];
  hearing: Hearing;
  /** Margin and least confidence by window length, see `confidence.ts`. */
  calibration: readonly { seconds: number; margins: readonly number[]; probabilities: readonly number[] }[];
}

/** A tensor as the file holds it: 16-bit steps of `scale`, base64, little-endian. */
interface Packed {
  shape: number[];
  scale: number;
  data: string;
}

function unpack({ shape, scale, data }: Packed): Weights {
  const bytes = Buffer.from(data, 'base64');
  const values = Float32Array.from({ length: bytes.length / 2 }, (_, k) => bytes.readInt16LE(2 * k) * scale);
  return { shape, values };
}

const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && 'data' in value && 'scale' in value && 'shape' in value;

/** Tensors of one dimension become arrays, others {@link Weights}; everything else stays. */
const revive = (_key: string, value: unknown): unknown => {
  if (!isPacked(value)) return value;
  const weights = unpack(value);
  return weights.shape.length === 1 ? weights.values : weights;
};

/** Reads a model from the text of its file. */
export const parseLipSyncModel = (text: string): LipSyncModel => JSON.parse(text, revive) as LipSyncModel;

let loaded: LipSyncModel | null = null;

/** Its name in models/manifest.json. */
export const LIP_SYNC_MODEL = 'retake-lip-sync';

/** The model that comes with the package, verified and read once. Throws model-missing or model-corrupt. */
export function lipSyncModel(): LipSyncModel {
  loaded ??= parseLipSyncModel(Buffer.from(loadKeptModel(LIP_SYNC_MODEL)).toString('utf8'));
  return loaded;
}

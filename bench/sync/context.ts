import { lipSync } from '../../src/detectors/lip-sync.ts';
import { compare, estimateOffset, type SyncEstimate } from '../../src/signals/lip-sync/estimate.ts';
import { bandsOf, strict, type Talker } from './material.ts';

/** Where re-encoded sound is kept. */
export const CACHE = 'bench/cache/sync';
/** Least confidence at which the detector answers. */
export const ANSWER = 0.8;
export const LIMITS = lipSync.meta.options.parse({});
export type Limits = typeof LIMITS;

/** A clip of so many seconds shows a face for a frame or two less. */
export const rowsOf = (seconds: number): number => seconds * 50 - 4;

const sounds = new Map<string, Float32Array>();

/** Bands of a clip's sound as published. */
export function published(talker: Talker): Float32Array {
  const known = sounds.get(talker.name) ?? bandsOf(talker.samples);
  sounds.set(talker.name, known);
  return known;
}

export const estimate = ({ model }: Talker, mouth: Talker['mouth'], bands: Float32Array): SyncEstimate =>
  estimateOffset(model, compare(model, mouth, bands, 0, mouth.length));

const natives = new Map<string, number>();

/** A clip's own offset, told from the whole of it. */
export function zeroOf(talker: Talker): number {
  const known = natives.get(talker.name);
  if (known !== undefined) return known;
  const [mouth, bands] = strict(talker.mouth, published(talker), 0, talker.mouth.length);
  const { offset } = estimate(talker, mouth, bands);
  natives.set(talker.name, offset);
  return offset;
}

/** Clips of one series may show one speaker. */
export const speakerOf = ({ name }: Pick<Talker, 'name'>): string =>
  /LipNet|bbab8n/.test(name) ? 'grid' : /LatentSync/.test(name) ? 'latent' : name;

export const sameSpeaker = (a: Talker, b: Talker): boolean => speakerOf(a) === speakerOf(b);

export const quantiles = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return [0, 0.05, 0.5, 0.95, 1].map(q => sorted[Math.floor(q * (sorted.length - 1))]?.toFixed(0) ?? '–').join(' / ');
};

import type { VoiceActivity } from '../../landmarks.ts';
import { runs } from '../../statistics.ts';
import { BANDS } from './channels.ts';
import { MEASURES, MOUTH_RATE, type MouthTrack } from './mouth.ts';

/** Rows of a mouth, `to` exclusive. */
export interface Stretch {
  from: number;
  to: number;
  /** Openings and closings per second; how far resting lips move; how near open lips come. See the functions. */
  measured: number;
  /** The row that shows it best; the middle when absent. */
  worst?: number;
}

/** Lips and the sound that belongs to them, row by row. */
export interface Pairing {
  /** Opening of the lips, eye spans. */
  aperture: Float32Array;
  /** Probability of speech: the largest and the least within {@link NEAR} of the row. */
  voiceMost: Float32Array;
  voiceLeast: Float32Array;
  /** Power in the bands of speech, dB; the largest within {@link NEAR} of the row. */
  level: Float32Array;
  /** Level of this clip's speech: median where speech is certain, dB; NaN where there is none. */
  speech: number;
  /** Opening of the lips while there is speech: tenth and ninetieth percentile. */
  shut: number;
  wide: number;
}

/** Speech that can be built on, and none, as probabilities of the speech detector. */
const SPEECH = 0.8;
const NONE = 0.3;
/** Seconds around a row in which the sound must be the same: the speech detector looks back as far. */
const NEAR = 0.1;
/** Silence lies by so many dB below this clip's speech: music, song and laughter are no silence. */
const SILENT = 15;
/** Bands that carry the power of speech, 130–3600 Hz. */
const LOW_BAND = 1;
const HIGH_BAND = 30;
/** Least rows of speech that tell what it is like. */
const LEAST_SPEECH = 50;

/**
 * Pairs rows `from` to before `to` of a mouth with the sound that lies `offset` ms after them.
 *
 * @param bands log-mel bands at 100 Hz from the container's start
 */
export function pair(
  mouth: MouthTrack,
  bands: Float32Array,
  voice: VoiceActivity,
  from: number,
  to: number,
  offset: number,
): Pairing {
  const count = to - from;
  const aperture = Float32Array.from({ length: count }, (_, k) => mouth.measures[(from + k) * MEASURES.length]);
  const shift = Math.round((offset / 1000) * MOUTH_RATE);
  const rows = Math.floor(bands.length / BANDS);
  const power = (row: number): number => {
    if (row < 0 || row >= rows) return Number.NaN;
    let sum = 0;
    for (let band = LOW_BAND; band < HIGH_BAND; band++) sum += Math.exp(bands[row * BANDS + band]);
    return 10 * Math.log10(sum + 1e-9);
  };
  const voiceMost = new Float32Array(count);
  const voiceLeast = new Float32Array(count);
  const level = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const row = mouth.first + from + k + shift;
    const time = row / MOUTH_RATE;
    const last = Math.floor((time + NEAR) / voice.step);
    let [most, least, loudest] = [0, 1, -90];
    for (let at = Math.floor((time - NEAR) / voice.step); at <= last; at++) {
      const probability = voice.probability[at] ?? 0;
      most = Math.max(most, probability);
      least = Math.min(least, probability);
    }
    const reach = NEAR * 100;
    for (let at = 2 * row - reach; at <= 2 * row + reach; at++) {
      const here = power(at);
      // Sound that the clip does not have is not silent: it is unknown.
      loudest = Number.isNaN(here) ? Number.POSITIVE_INFINITY : Math.max(loudest, here);
    }
    voiceMost[k] = most;
    voiceLeast[k] = least;
    level[k] = loudest;
  }
  const speaking = aperture.map((_, k) => k).filter(k => voiceLeast[k] >= SPEECH && Number.isFinite(level[k]));
  const known = speaking.length >= LEAST_SPEECH;
  const openings = Float32Array.from(speaking, k => aperture[k]);
  return {
    aperture,
    voiceMost,
    voiceLeast,
    level,
    speech: known
      ? quantile(
          Float32Array.from(speaking, k => level[k]),
          0.5,
        )
      : Number.NaN,
    shut: known ? quantile(openings, 0.1) : Number.NaN,
    wide: known ? quantile(openings, 0.9) : Number.NaN,
  };
}

/** Lips lead the sound when speech begins and settle after it ends: so much of a silence is theirs beside {@link NEAR}, s. */
const LEAD = 0.1;
const SETTLE = 0.05;
/** An opening or closing counts from this share of the opening in speech. */
const STROKE = 0.35;
/** Least openings and closings: more than one opening, which may be a breath or a swallow. */
const LEAST_STROKES = 3;

/**
 * Silences of at least `seconds` in which the lips go on opening and closing as they do in speech. Rows count from the
 * pairing's first.
 *
 * @param rate openings and closings per second, least
 */
export function talkingLips(pairing: Pairing, seconds: number, rate: number): Stretch[] {
  const { aperture, voiceMost, level, speech, shut, wide } = pairing;
  if (Number.isNaN(speech) || !(wide > shut)) return [];
  const silent = (k: number) => voiceMost[k] < NONE && level[k] <= speech - SILENT;
  return runs(Array.from(aperture, (_, k) => silent(k))).flatMap(({ start: from, end: to }) => {
    const start = from + SETTLE * MOUTH_RATE;
    const end = to - LEAD * MOUTH_RATE;
    const length = (end - start) / MOUTH_RATE;
    // The sound was silent for {@link NEAR} more at both ends.
    if (length + 2 * NEAR < seconds) return [];
    const turns = strokes(aperture, Math.round(start), Math.round(end), STROKE * (wide - shut));
    const measured = turns / length;
    if (turns < LEAST_STROKES || measured < rate) return [];
    let worst = Math.round(start);
    for (let k = worst; k < Math.round(end); k++) if (aperture[k] > aperture[worst]) worst = k;
    return [{ from: Math.round(start), to: Math.round(end), measured, worst }];
  });
}

/**
 * Speech of at least `seconds` during which the lips stay shut: they move by less than `still` of their opening in speech
 * and are no further open than in a tenth of it.
 */
export function restingLips(pairing: Pairing, seconds: number, still: number): Stretch[] {
  const { aperture, voiceLeast, level, speech, shut, wide } = pairing;
  if (Number.isNaN(speech) || !(wide > shut)) return [];
  const size = Math.round(seconds * MOUTH_RATE);
  const span = wide - shut;
  const resting = new Uint8Array(aperture.length);
  for (let k = 0; k + size <= aperture.length; k++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let spoken = 0;
    for (let at = k; at < k + size; at++) {
      low = Math.min(low, aperture[at]);
      high = Math.max(high, aperture[at]);
      if (voiceLeast[at] >= SPEECH && level[at] > speech - SILENT && Number.isFinite(level[at])) spoken++;
    }
    if (spoken === size && high - low <= still * span && high <= shut + still * span) resting.fill(1, k, k + size);
  }
  return runs(resting).map(({ start: from, end: to }) => {
    const part = aperture.subarray(from, to);
    return { from, to, measured: (quantile(part, 0.95) - quantile(part, 0.05)) / span };
  });
}

/** Speech in a stretch with open lips, least, as a share of the least length. */
const SPOKEN = 0.75;
const VOICED = 0.5;

/**
 * Stretches of at least `seconds`, most of them speech, in which the lips never come nearer than `open`, although p, b and m, about one sound in
 * ten, close them. Measured is how near they come, at the row `worst`.
 *
 * @param open opening of the lips in eye spans
 */
export function openLips({ aperture, voiceMost, speech, level }: Pairing, seconds: number, open: number): Stretch[] {
  if (Number.isNaN(speech)) return [];
  const spoken = (k: number) => voiceMost[k] >= VOICED && level[k] > speech - SILENT && Number.isFinite(level[k]);
  return runs(Array.from(aperture, value => value > open)).flatMap(({ start: from, end: to }) => {
    let said = 0;
    let worst = (from + to) >> 1;
    // At its ends the lips come from and go to a closure that counts for its neighbours.
    const edge = NEAR * MOUTH_RATE;
    for (let k = from; k < to; k++) {
      if (!spoken(k)) continue;
      said++;
      if (k >= from + edge && k < to - edge && aperture[k] < aperture[worst]) worst = k;
    }
    const long = to - from >= seconds * MOUTH_RATE && said >= SPOKEN * seconds * MOUTH_RATE;
    return long ? [{ from, to, measured: aperture[worst], worst }] : [];
  });
}

/** Openings and closings of at least `least` in a stretch, one after the other. */
function strokes(values: Float32Array, from: number, to: number, least: number): number {
  let [high, low, direction, count] = [values[from], values[from], 0, 0];
  for (let k = from; k < to; k++) {
    const value = values[k];
    if (direction >= 0) high = Math.max(high, value);
    if (direction <= 0) low = Math.min(low, value);
    if (direction >= 0 && high - value > least) {
      [direction, low] = [-1, value];
      count++;
    } else if (direction <= 0 && value - low > least) {
      [direction, high] = [1, value];
      count++;
    }
  }
  return count;
}

function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

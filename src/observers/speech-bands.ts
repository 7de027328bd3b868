import { PowerSpectrum } from './fourier.ts';
import { defineObserver, type Observer } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/** Bands per step, from `LOW` to `HIGH` Hz, equally wide in mel. */
export const SPEECH_BANDS = 40;
const RATE = 16_000;
const STEP = 160;
const WINDOW = 400;
const TRANSFORM = 512;
const LOW = 80;
const HIGH = 7600;
/**
 * Steps that are kept, 35 minutes in 32 MiB: lips are read at every frame, and so many faces are kept for a quarter of an
 * hour only. What comes after them is as if there were no sound.
 */
const MOST_STEPS = Math.floor((32 * 2 ** 20) / (4 * SPEECH_BANDS));

const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertz = (mels: number): number => 700 * (10 ** (mels / 2595) - 1);

/** Triangular filters: first bin and weights of each band. */
function filters(): { first: number; weights: Float64Array }[] {
  const edges = Array.from({ length: SPEECH_BANDS + 2 }, (_, k) => {
    const mels = mel(LOW) + ((mel(HIGH) - mel(LOW)) * k) / (SPEECH_BANDS + 1);
    return Math.floor(((TRANSFORM + 1) * hertz(mels)) / RATE);
  });
  return Array.from({ length: SPEECH_BANDS }, (_, band) => {
    const [from, top, to] = edges.slice(band, band + 3);
    // Low bands are narrower than a bin: each takes at least its own.
    const end = Math.max(to, from + 1);
    const weights = Float64Array.from({ length: end - from }, (_, k) => {
      const bin = from + k;
      if (end === from + 1) return 1;
      return bin < top ? (bin - from) / Math.max(1, top - from) : (to - bin) / Math.max(1, to - top);
    });
    return { first: from, weights };
  });
}

/** Log-mel analysis of sound that comes in pieces; step k is centred on k · 10 ms. */
export class SpeechBandMeter {
  readonly #spectrum = new PowerSpectrum(TRANSFORM);
  readonly #power = new Float64Array(TRANSFORM / 2 + 1);
  readonly #filters = filters();
  readonly #shape = Float64Array.from(
    { length: WINDOW },
    (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / (WINDOW - 1)),
  );
  readonly #frame = new Float64Array(WINDOW);
  /** The window that is being filled; before the sound there is silence. */
  #window = new Float32Array(WINDOW);
  #filled = WINDOW / 2;
  #heard = 0;
  readonly #values: SeriesBuilder;
  readonly #most: number;
  #steps = 0;
  readonly #row = new Float32Array(SPEECH_BANDS);

  /**
   * @param seconds how much sound to expect, a hint only
   * @param most steps to keep
   */
  constructor(seconds = 10, most = MOST_STEPS) {
    this.#most = most;
    this.#values = new SeriesBuilder(SPEECH_BANDS * Math.min(most, Math.ceil((seconds * RATE) / STEP) + 2));
  }

  add(samples: Float32Array): void {
    this.#heard += samples.length;
    this.#take(samples);
  }

  /** Natural logarithms of band power, {@link SPEECH_BANDS} per step; null when there was no sound. */
  finish(): Float32Array | null {
    if (this.#heard === 0) return null;
    const steps = Math.floor(this.#heard / STEP) + 1;
    this.#take(new Float32Array(WINDOW));
    const values = this.#values.finish();
    return this.#steps > steps ? values.slice(0, steps * SPEECH_BANDS) : values;
  }

  #take(samples: Float32Array): void {
    for (let from = 0; from < samples.length; ) {
      const take = Math.min(WINDOW - this.#filled, samples.length - from);
      this.#window.set(samples.subarray(from, from + take), this.#filled);
      this.#filled += take;
      from += take;
      if (this.#filled < WINDOW) return;
      this.#measure();
      this.#window.copyWithin(0, STEP);
      this.#filled = WINDOW - STEP;
    }
  }

  #measure(): void {
    if (this.#steps >= this.#most) return;
    this.#steps++;
    for (let k = 0; k < WINDOW; k++) this.#frame[k] = this.#window[k] * this.#shape[k];
    this.#spectrum.run(this.#frame, this.#power);
    this.#filters.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * this.#power[first + k];
      this.#row[band] = Math.log(sum + 1e-8);
    });
    this.#values.append(this.#row);
  }
}

/** Log-mel bands of the sound every 10 ms of container time (25 ms Hann window), what lip-sync listens to. */
export const speechBands: Observer<'speechBands'> = defineObserver({
  id: 'speech-bands',
  provides: ['speechBands'],
  reads: 'small',
  listens: true,
  start({ clip }) {
    const meter = new SpeechBandMeter(clip.seconds);
    return {
      audio: samples => meter.add(samples),
      finish: () => {
        const values = meter.finish();
        return { speechBands: values && { step: STEP / RATE, values } };
      },
    };
  },
});

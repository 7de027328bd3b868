import type { Readable } from 'node:stream';
import type { AudioLevels } from '../sound.ts';

/** Length of a block in seconds: short enough for a click, long enough for 20 Hz. */
const STEP = 0.05;
/** Channels that are measured; further ones are ignored. */
const MOST_CHANNELS = 8;
/** dBFS that stands for digital silence. */
const SILENCE = -120;
/** Within 0.1 dB of full scale counts as clipped. */
const FULL = 10 ** (-0.1 / 20);

const decibels = (amplitude: number): number =>
  amplitude > 0 ? Math.max(SILENCE, 20 * Math.log10(amplitude)) : SILENCE;

/** A growing list of 32-bit floats. */
class Floats {
  #values = new Float32Array(256);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float32Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  done(): Float32Array {
    return this.#values.slice(0, this.#count);
  }
}

/**
 * Measures levels per block while samples stream through: nothing but the results is kept.
 * Input is interleaved 32-bit float in the machine's (little-endian) order, in pieces of any length.
 */
export class LevelMeter {
  readonly #channels: number;
  readonly #used: number;
  readonly #rate: number;
  readonly #rms: Floats[];
  readonly #peak: Floats[];
  readonly #clipped: Floats[];
  readonly #phase = new Floats();
  readonly #squares: Float64Array;
  readonly #peaks: Float64Array;
  readonly #clips: Float64Array;
  #product = 0;
  #block = 0;
  #inBlock = 0;
  #blockEnd: number;
  #seen = 0;
  #carry = new Uint8Array(0);

  constructor(channels: number, sampleRate: number) {
    this.#channels = channels;
    this.#used = Math.min(channels, MOST_CHANNELS);
    this.#rate = sampleRate;
    const lists = () => Array.from({ length: this.#used }, () => new Floats());
    [this.#rms, this.#peak, this.#clipped] = [lists(), lists(), lists()];
    this.#squares = new Float64Array(this.#used);
    this.#peaks = new Float64Array(this.#used);
    this.#clips = new Float64Array(this.#used);
    this.#blockEnd = Math.round(STEP * sampleRate);
  }

  push(chunk: Uint8Array): void {
    const width = 4 * this.#channels;
    let bytes = chunk;
    if (this.#carry.length > 0) {
      bytes = new Uint8Array(this.#carry.length + chunk.length);
      bytes.set(this.#carry);
      bytes.set(chunk, this.#carry.length);
    }
    const whole = Math.floor(bytes.length / width) * width;
    this.#carry = bytes.slice(whole);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice(0, whole);
    this.#measure(new Float32Array(aligned.buffer, aligned.byteOffset, whole / 4));
  }

  #measure(samples: Float32Array): void {
    const channels = this.#channels;
    const frames = samples.length / channels;
    let from = 0;
    while (from < frames) {
      const to = Math.min(frames, from + this.#blockEnd - this.#seen);
      for (let channel = 0; channel < this.#used; channel++) this.#channel(samples, channel, from, to);
      if (channels >= 2) {
        let product = 0;
        for (let i = from * channels, end = to * channels; i < end; i += channels)
          product += samples[i] * samples[i + 1];
        this.#product += product;
      }
      this.#inBlock += to - from;
      this.#seen += to - from;
      from = to;
      if (this.#seen === this.#blockEnd) this.#close();
    }
  }

  #channel(samples: Float32Array, channel: number, from: number, to: number): void {
    const step = this.#channels;
    let [squares, peak, clips] = [0, this.#peaks[channel], 0];
    for (let i = from * step + channel, end = to * step; i < end; i += step) {
      const value = samples[i];
      const size = value < 0 ? -value : value;
      squares += value * value;
      if (size > peak) peak = size;
      if (size >= FULL) clips += 1;
    }
    this.#squares[channel] += squares;
    this.#peaks[channel] = peak;
    this.#clips[channel] += clips;
  }

  /** Ends the block: turns its sums into levels. Block k ends at sample round((k + 1) · step · rate). */
  #close(): void {
    for (let channel = 0; channel < this.#used; channel++) {
      this.#rms[channel].push(decibels(Math.sqrt(this.#squares[channel] / this.#inBlock)));
      this.#peak[channel].push(decibels(this.#peaks[channel]));
      this.#clipped[channel].push(this.#clips[channel]);
    }
    const power = this.#used >= 2 ? this.#squares[0] * this.#squares[1] : 0;
    // Below −100 dBFS the correlation is that of rounding noise.
    const quiet = this.#used < 2 || Math.min(this.#squares[0], this.#squares[1]) / this.#inBlock < 1e-10;
    this.#phase.push(quiet ? Number.NaN : Math.max(-1, Math.min(1, this.#product / Math.sqrt(power))));
    this.#squares.fill(0);
    this.#peaks.fill(0);
    this.#clips.fill(0);
    this.#product = 0;
    this.#inBlock = 0;
    this.#block += 1;
    this.#blockEnd = Math.round((this.#block + 1) * STEP * this.#rate);
  }

  /** Samples per channel measured so far. */
  get samples(): number {
    return this.#seen;
  }

  /** Levels of everything pushed; a last short block counts as one. */
  levels(): AudioLevels {
    if (this.#inBlock > 0) this.#close();
    return {
      step: STEP,
      sampleRate: this.#rate,
      channels: this.#used,
      rms: this.#rms.map(list => list.done()),
      peak: this.#peak.map(list => list.done()),
      clipped: this.#clipped.map(list => list.done()),
      phase: this.#phase.done(),
    };
  }
}

/** Feeds a stream to a meter; resolves when it has ended, also after an error. */
export function meter(source: Readable, levels: LevelMeter): Promise<void> {
  return new Promise(done => {
    source.on('data', (chunk: Buffer) => levels.push(chunk));
    source.once('end', done).once('close', done).once('error', done);
  });
}

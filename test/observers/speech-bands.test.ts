import { describe, expect, it } from 'vitest';
import { PowerSpectrum } from '../../src/observers/fourier.ts';
import { SPEECH_BANDS, SpeechBandMeter } from '../../src/observers/speech-bands.ts';

const tone = (hertz: number, seconds: number, from = 0) =>
  Float32Array.from({ length: Math.round(seconds * 16_000) }, (_, k) =>
    k / 16_000 >= from ? 0.5 * Math.sin((2 * Math.PI * hertz * k) / 16_000) : 0,
  );

function measure(...pieces: Float32Array[]) {
  const meter = new SpeechBandMeter();
  for (const piece of pieces) meter.add(piece);
  return meter.finish();
}
const row = (values: Float32Array, step: number) => values.subarray(step * SPEECH_BANDS, (step + 1) * SPEECH_BANDS);
const loudest = (values: ArrayLike<number>) => Array.from(values).indexOf(Math.max(...Array.from(values)));

describe('PowerSpectrum', () => {
  it('agrees with the plain sum', () => {
    const frame = Float64Array.from({ length: 13 }, (_, k) => Math.sin(k * k));
    const power = new Float64Array(9);
    new PowerSpectrum(16).run(frame, power);
    power.forEach((value, bin) => {
      let re = 0;
      let im = 0;
      frame.forEach((x, k) => {
        re += x * Math.cos((2 * Math.PI * bin * k) / 16);
        im -= x * Math.sin((2 * Math.PI * bin * k) / 16);
      });
      expect(value).toBeCloseTo(re * re + im * im, 8);
    });
  });
});

describe('SpeechBandMeter', () => {
  it('puts higher tones into higher bands', () => {
    const bands = [150, 400, 1000, 2500, 6000].map(hertz =>
      loudest(row(measure(tone(hertz, 0.5)) as Float32Array, 25)),
    );
    expect(bands).toEqual([...bands].sort((a, b) => a - b));
    expect(new Set(bands).size).toBe(5);
    expect(bands[0]).toBeLessThan(4);
    expect(bands[4]).toBeGreaterThan(33);
  });

  it('centres step k on k · 10 ms', () => {
    const values = measure(tone(1000, 1, 0.5)) as Float32Array;
    const level = (step: number) => Math.max(...row(values, step));
    expect(values.length).toBe(101 * SPEECH_BANDS);
    // Half of the window that is centred on the onset holds the tone: a quarter of the power.
    expect(level(50)).toBeCloseTo(level(70) - Math.log(4), 0);
    expect(level(48)).toBeLessThan(level(70) - 6);
    expect(level(52)).toBeGreaterThan(level(70) - 0.2);
  });

  it('keeps no more steps than asked for', () => {
    const capped = new SpeechBandMeter(10, 40);
    capped.add(tone(1000, 1));
    const all = measure(tone(1000, 1)) as Float32Array;
    expect(capped.finish()).toEqual(all.slice(0, 40 * SPEECH_BANDS));
  });

  it('does not depend on how the sound is cut', () => {
    const whole = tone(700, 0.7);
    const pieces = [whole.subarray(0, 3), whole.subarray(3, 1000), whole.subarray(1000)];
    expect(measure(...pieces)).toEqual(measure(whole));
  });

  it('tells no sound from silence', () => {
    expect(measure()).toBeNull();
    expect(Math.max(...(measure(new Float32Array(1600)) as Float32Array))).toBeCloseTo(Math.log(1e-8), 3);
  });
});

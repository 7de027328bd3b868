import { describe, expect, it } from 'vitest';
import { type FixtureName, fixturePath } from '../../fixtures/make.ts';
import { run, watch } from './helpers.ts';

/** Seconds of the first sample that is louder than a tenth of the loudest. */
function onset(samples: Float32Array): number {
  let peak = 0;
  for (const value of samples) peak = Math.max(peak, Math.abs(value));
  return samples.findIndex(value => Math.abs(value) > peak / 10) / 16_000;
}

describe('sound: alignment to container time', () => {
  // The fixtures click 1 s after the start of their sound.
  it.each<[FixtureName, number]>([
    ['soundLate', 1.5],
    ['filmLate', 1],
    ['clickAac', 1],
  ])('hears the click of %s at %f s to the millisecond', async (name, seconds) => {
    const { samples, decoded } = await watch(fixturePath(name));
    expect(Math.abs(onset(samples) - seconds)).toBeLessThan(0.001);
    const { peak, step } = decoded.audioLevels!;
    const block = peak[0].findIndex(level => level > -20);
    expect(block).toBe(Math.floor((seconds + 1e-3) / step));
    expect(decoded.loudness!.momentary.findIndex(value => value > -60)).toBe(Math.floor(seconds / 0.1));
  });

  it('shows the film later than the sound by its start time', async () => {
    const { decoded } = await watch(fixturePath('filmLate'));
    expect(decoded.times[0]).toBeCloseTo(0.375, 2);
  });

  it('is as long as the sound, from the start of the container', async () => {
    const { clip, samples, decoded } = await watch(fixturePath('soundLate'));
    const end = clip.audio!.startTime + clip.audio!.seconds;
    expect(samples.length / 16_000).toBeCloseTo(end, 3);
    expect(decoded.audioLevels!.rms[0].length).toBe(Math.ceil(end / 0.05 - 1e-6));
    expect(Math.max(...samples.subarray(0, 7_999).map(Math.abs))).toBe(0);
  });
});

describe('sound: loudness', () => {
  it.each<FixtureName>(['passing', 'faulty', 'surround', 'clippedSound'])('agrees with ffmpeg about %s', async name => {
    const { decoded } = await watch(fixturePath(name));
    const summary = run('ffmpeg', [
      '-hide_banner',
      '-i',
      fixturePath(name),
      '-af',
      'ebur128=peak=true',
      '-f',
      'null',
      '-',
    ]);
    const end = summary.slice(summary.lastIndexOf('Summary:'));
    const figure = (label: string) => Number(new RegExp(`${label}:\\s+(-?[\\d.]+)`).exec(end)?.[1]);
    const loudness = decoded.loudness!;
    // The summary has one decimal.
    expect(Math.abs(loudness.integrated - figure('I'))).toBeLessThan(0.051);
    expect(Math.abs(loudness.range - figure('LRA'))).toBeLessThan(0.051);
    expect(Math.abs(loudness.truePeak - figure('Peak'))).toBeLessThan(0.06);
    const last = [...summary.matchAll(/M:\s*(-?[\d.]+)/g)].map(found => Number(found[1]));
    expect(loudness.momentary).toHaveLength(last.length);
    for (const [index, value] of last.entries()) expect(Math.abs(loudness.momentary[index] - value)).toBeLessThan(0.06);
  });

  it('is minus infinity where nothing passes the gate', async () => {
    const path = fixturePath('soundSilent');
    const { decoded } = await watch(path);
    expect(decoded.loudness).toMatchObject({ integrated: Number.NEGATIVE_INFINITY, range: 0, truePeak: -120 });
  });

  it('is null without sound, or when sound is not wanted', async () => {
    for (const watched of [
      await watch(fixturePath('silentFilm')),
      await watch(fixturePath('tiny'), undefined, { audio: false }),
    ]) {
      expect(watched.decoded).toMatchObject({ loudness: null, audioLevels: null, faults: [] });
      expect(watched.decoded.frames).toBe(24);
      expect(watched.samples).toHaveLength(0);
    }
  });
});

describe('sound: levels per channel', () => {
  const levelsOf = async (name: FixtureName) => (await watch(fixturePath(name))).decoded.audioLevels!;
  const middle = (series: Float32Array) => series[Math.floor(series.length / 2)];

  it('hears a dead channel', async () => {
    const levels = await levelsOf('deadChannel');
    expect(levels).toMatchObject({ channels: 2, sampleRate: 48_000, step: 0.05 });
    // A sine of amplitude 0.3: rms 20·log10(0.3/√2), peak 20·log10(0.3).
    expect(middle(levels.rms[0])).toBeCloseTo(-13.47, 1);
    expect(middle(levels.peak[0])).toBeCloseTo(-10.46, 1);
    expect(Math.max(...levels.rms[1])).toBe(-120);
    expect(levels.phase.every(Number.isNaN)).toBe(true);
  });

  it('hears inverted and equal phase', async () => {
    expect(middle((await levelsOf('invertedPhase')).phase)).toBeCloseTo(-1, 4);
    expect(middle((await levelsOf('clippedSound')).phase)).toBeCloseTo(1, 4);
  });

  it('counts clipped samples', async () => {
    // clip(3·sin) is at full scale for 1 − 2/π·asin(1/3) = 78.4 % of the time; 2400 samples per block.
    expect(middle((await levelsOf('clippedSound')).clipped[0])).toBeGreaterThan(0.77 * 2400);
    expect(middle((await levelsOf('clippedSound')).clipped[0])).toBeLessThan(0.8 * 2400);
    expect(Math.max(...(await levelsOf('mono')).clipped[0])).toBe(0);
  });

  it('keeps the channels of 5.1 apart', async () => {
    const levels = await levelsOf('surround');
    expect(levels.channels).toBe(6);
    for (const [index, series] of levels.peak.entries()) {
      expect(middle(series)).toBeCloseTo(20 * Math.log10((index + 1) / 20), 1);
    }
  });

  it('has no phase for mono', async () => {
    const levels = await levelsOf('mono');
    expect(levels.channels).toBe(1);
    expect(levels.phase.every(Number.isNaN)).toBe(true);
  });
});

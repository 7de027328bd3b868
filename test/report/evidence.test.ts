import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import { probe } from '../../src/media/probe.ts';
import { chooseStrips, gatherEvidence, posterJpeg, renderStrips } from '../../src/report/evidence.ts';
import { landmarksFor } from '../../src/report/evidence-landmarks.ts';
import { plotSeries, thin } from '../../src/report/evidence-series.ts';
import { renderHtml } from '../../src/report/html.ts';
import { buildPage } from '../../src/report/page/build.ts';
import type { Landmarks } from '../../src/report/page-data.ts';
import { clipFacts } from '../helpers.ts';
import { COUNTERS, counterClip, readCounter } from './counter.ts';
import { crowdedReport, finding, ran, sampleReport } from './sample.ts';

describe('chooseStrips', () => {
  it('takes the frames beside a finding, never across a cut or the clip’s ends', () => {
    const report = sampleReport({ frames: 100 });
    report.outcomes = [
      ran('x', null, [
        finding({ detector: 'x', start: 10, end: 20, peak: 14 }),
        finding({ detector: 'x', start: 0, end: 50, peak: 7 }),
        finding({ detector: 'x', start: 50, end: 60, peak: 59 }),
        finding({ detector: 'x', start: 90, end: 100, peak: 99 }),
        finding({ detector: 'x', start: 20, end: 80, peak: 30 }),
      ]),
    ];
    expect(chooseStrips(report)).toEqual({
      'x/fault@10-20': { before: 9, peak: 14, after: 20 },
      'x/fault@0-50': { before: null, peak: 7, after: null },
      'x/fault@50-60': { before: null, peak: 59, after: 60 },
      'x/fault@90-100': { before: 89, peak: 99, after: null },
      'x/fault@20-80': { before: 19, peak: 30, after: 80 },
    });
  });

  it('is bounded, and keeps the worst', () => {
    const strips = chooseStrips(crowdedReport(300));
    expect(Object.keys(strips)).toHaveLength(60);
    const report = crowdedReport(300);
    const worst = report.outcomes.flatMap(outcome => outcome.findings).filter(one => one.severity === 'regenerate');
    expect(worst.length).toBeGreaterThan(60);
  });
});

describe('thin', () => {
  it('leaves short series as they are, and NaN out', () => {
    expect(thin([1, Number.NaN, 0.123456])).toEqual({ every: 1, values: [1, null, 0.1235] });
  });

  it('keeps a single outlying frame of a long clip', () => {
    const values = new Float32Array(100_000).fill(2);
    values[77_777] = 90;
    values[12_345] = -4;
    const { every, values: kept } = thin(values);
    expect(kept.length).toBeLessThanOrEqual(1600);
    expect(kept[Math.floor(77_777 / every)]).toBe(90);
    expect(kept[Math.floor(12_345 / every)]).toBe(-4);
    expect(kept.filter(value => value !== 2)).toHaveLength(2);
  });
});

describe('plotSeries', () => {
  it('brings sound onto frames and knows who reads what', () => {
    const clip = clipFacts({ frames: 48, fps: 24 });
    const momentary = Float32Array.from({ length: 20 }, (_, i) => -40 + i);
    const series = plotSeries(
      clip,
      {
        frameDifference: Float32Array.from({ length: 48 }, (_, i) => i),
        lumaMean: new Float32Array(48).fill(7),
        loudness: { integrated: -20, range: 3, truePeak: -2, momentary, step: 0.1 },
        lumaGrid: new Float32Array(48 * 144),
      },
      [
        { id: 'freeze', signals: ['frameDifference'] },
        { id: 'loudness', signals: ['loudness'] },
      ],
    );
    expect(series.map(one => [one.id, one.detectors, one.values.length])).toEqual([
      ['frameDifference', ['freeze'], 48],
      ['loudness', ['loudness'], 48],
    ]);
    // Frame 24 is on screen from 1.000 s to 1.042 s: block 10 of a tenth of a second each.
    expect(series[1].values[24]).toBe(-30);
    expect(series[1].values[0]).toBe(-40);
    expect(series[1].values[47]).toBe(-21);
  });
});

describe('plotSeries of faces', () => {
  it('holds the mouth opening of the largest face until the next look', () => {
    const clip = clipFacts({ frames: 12 });
    const points = 478;
    const packed = new Int16Array(3 * points * 2);
    const put = (row: number, point: number, x: number, y: number) => packed.set([x, y, 0], 3 * (row * points + point));
    // A small face with its mouth shut, and a large one with a mouth open by half its width.
    for (const [row, gap] of [0, 1000].entries()) {
      put(row, 78, -1000, 0);
      put(row, 308, 1000, 0);
      put(row, 13, 0, -gap / 2);
      put(row, 14, 0, gap / 2);
    }
    const faces = {
      frames: Uint32Array.of(2, 4, 6),
      rows: Uint32Array.of(0, 2, 2, 2),
      step: 2,
      points,
      place: Float32Array.of(10, 10, 40, 90, 90, 400),
      packed,
      presence: Float32Array.of(1, 1),
      lineage: Uint32Array.of(0, 1),
      sharpness: Float32Array.of(1, 1),
      pose: new Float32Array(6),
    };
    const [mouth] = plotSeries(clip, { faces }, [{ id: 'lip-sync', signals: ['faces', 'audioLevels'] }]);
    expect(mouth).toMatchObject({ id: 'mouthOpening', detectors: ['lip-sync'] });
    expect(mouth.values).toEqual([null, null, 0.5, 0.5, ...Array(8).fill(null)]);
  });
});

describe('landmarksFor', () => {
  it('shows the points of hands on the frames of findings about hands, within a bound', () => {
    const frames = 2000;
    const hands = {
      frames: Uint32Array.from({ length: frames }, (_, i) => i),
      rows: Uint32Array.from({ length: frames + 1 }, (_, i) => i),
      step: 1,
      points: 21,
      place: Float32Array.from({ length: 3 * frames }, (_, i) => [100, 50, 16384][i % 3]),
      packed: Int16Array.from({ length: 63 * frames }, (_, i) => (i % 3 === 0 ? 10 : 20)),
      presence: new Float32Array(frames).fill(1),
      lineage: new Uint32Array(frames),
      sharpness: new Float32Array(frames),
      right: new Float32Array(frames),
      world: new Int16Array(63 * frames),
    };
    const about = finding({ detector: 'hand-integrity', start: 5, end: 1900, peak: 1500 });
    const other = finding({ detector: 'freeze', start: 1950, end: 1960 });
    const marks: Landmarks[] = landmarksFor([other, about], { hands });
    expect(marks[0]).toMatchObject({ frame: 1500, label: 'hand' });
    expect(marks[0].points[0]).toEqual([110, 70]);
    expect(marks[0].points).toHaveLength(21);
    expect(marks.some(mark => mark.frame >= 1900)).toBe(false);
    expect(marks.reduce((sum, mark) => sum + mark.points.length, 0)).toBeLessThanOrEqual(24_000);
  });
});

describe('gatherEvidence', () => {
  it('pictures a crowded report within three megabytes, each still its own frame', async () => {
    await buildPage();
    const folder = await mkdtemp(join(tmpdir(), 'retake-evidence-'));
    try {
      const probed = await probe(await counterClip(COUNTERS.film));
      const clip: ClipFacts = { ...probed, frames: probed.times.length };
      const report = crowdedReport(20);
      report.clip = { ...report.clip, frames: clip.frames };
      report.shots = [{ id: 's1', start: 0, end: clip.frames }];
      for (const one of report.outcomes.flatMap(outcome => outcome.findings)) {
        one.start = one.start % 100;
        one.end = one.start + 12;
        one.peak = one.start + 5;
      }
      const extras = await gatherEvidence({ report, clip, signals: {} }, { folder, detectors: [] });
      expect(extras.warnings).toEqual([]);
      expect(extras.clip.how).toBe('original');
      for (const { before, peak, after } of Object.values(extras.strips))
        for (const frame of [before, peak, after])
          if (frame !== null) {
            const jpeg = Buffer.from(extras.stills[frame].src.split(',')[1], 'base64');
            expect(await readCounter(jpeg)).toBe(frame);
          }
      expect(Buffer.byteLength(renderHtml(report, extras))).toBeLessThan(3e6);
      const poster = await posterJpeg(report, extras);
      expect((await sharp(poster!).metadata()).width).toBeLessThanOrEqual(320);

      const strips = await renderStrips(report, extras);
      expect(strips).toHaveLength(20);
      expect(strips[0].file).toBe('strips/01-hand-integrity-5.jpg');
      const { width, height, format } = await sharp(strips[5].content).metadata();
      expect({ height, format }).toEqual({ height: 240, format: 'jpeg' });
      expect(width).toBeGreaterThan(1000);
      // What morphs is shown before, at its worst, after, and as the difference of before and after.
      expect(strips[9].file).toContain('freeze');
      expect(strips[5].file).toContain('morphing');
      expect(width).toBeGreaterThan((await sharp(strips[9].content).metadata()).width + 200);

      const whole = await gatherEvidence({ report, clip, signals: {} }, { folder, detectors: [], embedBelow: 1e9 });
      expect(Buffer.from(whole.clip.data!, 'base64').equals(await readFile(clip.path))).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('says what could not be prepared, and gives frame times only where they are uneven', async () => {
    const report = sampleReport();
    const gone = { ...clipFacts({ frames: 120 }), path: '/none/at/all.mp4' };
    const extras = await gatherEvidence({ report, clip: gone, signals: {} }, { folder: '/none', detectors: [] });
    expect(extras.stills).toEqual({});
    expect(extras.warnings.join()).toMatch(/^Stills could not be prepared/);
    expect(extras.times).toBeUndefined();
    const uneven = { ...gone, times: gone.times.map((time, i) => (i > 60 ? time + 0.5 : time)) };
    const other = await gatherEvidence({ report, clip: uneven, signals: {} }, { folder: '/none', detectors: [] });
    expect(other.times).toHaveLength(120);
  });
});

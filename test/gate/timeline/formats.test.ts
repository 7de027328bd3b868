import { describe, expect, it } from 'vitest';
import {
  type CutClip,
  type CutRate,
  writeEdl,
  writeFcpxml,
  writeOtio,
  writeXmeml,
} from '../../../fixtures/timelines/write.ts';
import { framesOfUse } from '../../../src/gate/resolve/frames.ts';
import { readTimeline } from '../../../src/gate/timeline/read.ts';
import { renderFcpxml } from '../../../src/report/markers/fcpxml.ts';
import { renderOtio } from '../../../src/report/markers/otio.ts';
import { renderPremiere } from '../../../src/report/markers/premiere.ts';
import { sampleReport } from '../../report/sample.ts';

const RATES: Record<string, CutRate> = {
  '23.976': { num: 24_000, den: 1001, drop: false },
  '25': { num: 25, den: 1, drop: false },
  '29.97 DF': { num: 30_000, den: 1001, drop: true },
  '60': { num: 60, den: 1, drop: false },
};
const WRITERS = { otio: writeOtio, fcpxml: writeFcpxml, xmeml: writeXmeml, edl: writeEdl };

/** Long enough that a rounded rate would be frames off at the end. */
const clips: CutClip[] = [
  { name: 'A 010.mp4', path: '/takes/A 010.mp4', reel: 'A010', length: 240, from: 7, to: 101, at: 0 },
  { name: 'B&020.mp4', path: '/takes/B&020.mp4', reel: 'B020', length: 240, from: 0, to: 240, at: 94 },
  { name: 'C030.mp4', path: '/takes/C030.mp4', reel: 'C030', length: 130_000, from: 107_893, to: 109_000, at: 40_000 },
  { name: 'A 010.mp4', path: '/takes/A 010.mp4', reel: 'A010', length: 240, from: 200, to: 201, at: 107_991 },
];

describe.each(Object.keys(RATES))('timelines at %s fps', name => {
  const rate = RATES[name];
  it.each(Object.keys(WRITERS) as (keyof typeof WRITERS)[])('%s resolves frame-exact', format => {
    const timeline = readTimeline(WRITERS[format](clips, rate), { fps: { num: rate.num, den: rate.den } });
    expect(timeline.fps).toEqual({ num: rate.num, den: rate.den });
    expect(timeline.format).toBe(format);
    expect(timeline.uses.map(use => use.record)).toEqual(
      clips.map(clip => ({ start: clip.at, end: clip.at + clip.to - clip.from })),
    );
    const media = (frames: number) => ({
      fps: { num: rate.num, den: rate.den },
      frames,
      startTimecode: null,
      times: null,
    });
    expect(timeline.uses.map((use, i) => framesOfUse(use, media(clips[i].length)))).toEqual(
      clips.map(clip => ({ start: clip.from, end: clip.to })),
    );
    expect(timeline.uses.map(use => use.source.name)).toEqual(clips.map(clip => clip.name));
    if (format !== 'edl') expect(timeline.uses.map(use => use.source.path)).toEqual(clips.map(clip => clip.path));
    else expect(timeline.uses.map(use => use.source.reel)).toEqual(clips.map(clip => clip.reel));
  });

  it.each(Object.keys(WRITERS) as (keyof typeof WRITERS)[])('%s with media that has a start timecode', format => {
    const origin = Math.round(rate.num / rate.den) * 7200 + 13;
    const with_ = clips.slice(0, 2).map(clip => ({ ...clip, origin }));
    const timeline = readTimeline(WRITERS[format](with_, rate), { fps: { num: rate.num, den: rate.den } });
    const media = { fps: { num: rate.num, den: rate.den }, frames: 240, startTimecode: origin, times: null };
    expect(timeline.uses.map(use => framesOfUse(use, media))).toEqual(
      with_.map(clip => ({ start: clip.from, end: clip.to })),
    );
  });
});

describe('timelines that the marker writers make', () => {
  const report = sampleReport({ frames: 120, fps: { num: 30_000, den: 1001 } });
  it.each([
    ['otio', renderOtio],
    ['fcpxml', renderFcpxml],
    ['xmeml', renderPremiere],
  ] as const)('%s', (format, render) => {
    const timeline = readTimeline(render(report, { mediaPath: '/takes/sample.mp4' }));
    const pictures = timeline.uses.filter(use => use.medium === 'picture');
    expect(timeline.format).toBe(format);
    expect(pictures).toHaveLength(1);
    expect(pictures[0].record).toEqual({ start: 0, end: 120 });
    expect(pictures[0].source.path).toBe('/takes/sample.mp4');
  });
});

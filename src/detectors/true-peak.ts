import { z } from 'zod';
import type { ClipFacts } from '../clip.ts';
import {
  type BlockRange,
  blocksWhere,
  channelName,
  extremeBlock,
  hasSound,
  heardBlocks,
  NO_SOUND,
  overChannels,
  rounded,
  scoreAround,
  stretches,
  stretchFrames,
} from '../signals/sound.ts';
import type { AudioLevels } from '../sound.ts';
import { defineDetector } from './detector.ts';

/** Places reported one by one; a track that is over everywhere needs one change of gain, not a hundred notes. */
const MOST_PLACES = 6;
/** dB. The loudest block always counts as a place, and so do those that reach within this of it. */
const SAME_PEAK = 0.1;

export const truePeak = defineDetector({
  meta: {
    id: 'true-peak',
    title: 'True peak',
    summary: 'Peaks between the samples above the limit: converters and lossy encoders will clip them.',
    medium: 'sound',
    scope: 'clip',
    signals: ['loudness', 'audioLevels'],
    options: z.object({
      limit: z
        .number()
        .min(-20)
        .max(6)
        .default(-1)
        .describe('dBTP. EBU R128 and Netflix allow −1 (Netflix −2 for some deliveries)'),
      tolerance: z
        .number()
        .nonnegative()
        .default(0.2)
        .describe('dB over the limit that still passes: the accuracy a meter must have (EBU Tech 3341: +0.2 dB)'),
      bridge: z.number().nonnegative().default(2).describe('s. Peaks closer together than this are one finding'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      over: 'True peak {measured} dBTP in the {channel} channel, limit {threshold}.',
      'sample-over': 'Samples reach {measured} dBFS in the {channel} channel, limit {threshold} dBTP.',
    },
    advice: {
      over: 'Lower the level or put a true-peak limiter on the track; generate again only if it is audibly distorted.',
      'sample-over':
        'Lower the level or put a true-peak limiter on the track; generate again only if it is audibly distorted.',
    },
    source: 'ITU-R BS.1770-4 annex 2 (4× oversampling), EBU R128',
  },
  judge({ clip, signals, options }) {
    const { loudness, audioLevels: levels } = signals;
    if (!hasSound(clip, loudness) || !hasSound(clip, levels)) return { status: 'skipped', reason: NO_SOUND };
    const heard = heardBlocks(clip, levels);
    if (heard.end === heard.start) return { status: 'skipped', reason: 'No sound lies under the picture.' };
    const { truePeak: measured } = loudness;
    const samplePeak = (block: number): number => overChannels(levels.peak, block);
    const highest = extremeBlock(heard, samplePeak);
    const measurements = {
      truePeak: Number.isFinite(measured) ? rounded(measured) : null,
      samplePeak: rounded(samplePeak(highest)),
    };
    if (!(measured > -120)) return { status: 'ran', score: 0, measurements, faults: [] };
    const score = scoreAround(measured, options.limit + options.tolerance, 1);
    if (measured <= options.limit + options.tolerance) return { status: 'ran', score, measurements, faults: [] };

    const top = samplePeak(highest) - SAME_PEAK;
    const reach = Math.min(top, options.limit + options.tolerance);
    const over = blocksWhere(heard, block => samplePeak(block) >= reach);
    const all = stretches(levels, heard, over, options.bridge);
    const places = all
      .map(range => ({ range, peak: extremeBlock(range, samplePeak) }))
      .sort((a, b) => samplePeak(b.peak) - samplePeak(a.peak))
      .slice(0, MOST_PLACES);
    const faults = places
      .map(({ range, peak }) => {
        const holdsTruePeak = range.start <= highest && highest < range.end;
        return fault(clip, levels, range, peak, holdsTruePeak ? measured : null, options.limit);
      })
      .sort((a, b) => a.start - b.start);
    return { status: 'ran', score, measurements: { ...measurements, places: all.length }, faults };
  },
});

/** True peak is known for the whole track; the place with the highest sample gets it, the others their sample peak. */
function fault(
  clip: ClipFacts,
  levels: AudioLevels,
  range: BlockRange,
  peakBlock: number,
  whole: number | null,
  limit: number,
) {
  const sample = overChannels(levels.peak, peakBlock);
  const value = whole ?? sample;
  const channel = levels.peak.findIndex(series => series[peakBlock] === sample);
  return {
    kind: whole === null ? ('sample-over' as const) : ('over' as const),
    ...stretchFrames(clip, levels, range, peakBlock),
    measured: rounded(value),
    threshold: limit,
    unit: whole === null ? 'dBFS' : 'dBTP',
    confidence: rounded(Math.min(0.95, 0.6 + Math.max(0, value - limit) * 0.2)),
    values: { channel: channelName(channel, levels.channels) },
  };
}

import { z } from 'zod';
import {
  blocksWhere,
  channelName,
  extremeBlock,
  hasSound,
  heardBlocks,
  NO_SOUND,
  rounded,
  scoreAround,
  stretches,
  stretchFrames,
} from '../signals/sound.ts';
import type { AudioLevels } from '../sound.ts';
import { defineDetector } from './detector.ts';

export const clipping = defineDetector({
  meta: {
    id: 'clipping',
    title: 'Clipping',
    summary: 'Sound driven into the ceiling: many samples at full scale for longer than a passing peak.',
    medium: 'sound',
    scope: 'clip',
    signals: ['audioLevels'],
    options: z.object({
      share: z
        .number()
        .positive()
        .max(100)
        .default(0.3)
        .describe(
          '% of the samples in a block (50 ms) within 0.1 dB of full scale from which the block is clipped. Speech raised until it just touches full scale stays under 0.1 but for single blocks; 6 dB more gives several per cent before lossy coding, which blurs flat tops',
        ),
      seconds: z
        .number()
        .positive()
        .default(0.25)
        .describe('s of clipped blocks in one stretch. DPP and EBU QC count distortion from 250 ms'),
      bridge: z
        .number()
        .nonnegative()
        .default(0.25)
        .describe('s. Clipped syllables or beats closer together than this are one stretch'),
    }),
    certainFrom: 0,
    messages: {
      clipped: 'The {channel} channel is clipped for {measured} s: up to {share} % of its samples stand at full scale.',
    },
    advice: {
      clipped:
        'Generate the sound again, quieter (“speaks calmly”, “distant”); lowering the level later keeps the distortion.',
    },
    source: 'DPP and EBU QC audio distortion rule (250 ms), counted in blocks',
  },
  judge({ clip, signals, options }) {
    const levels = signals.audioLevels;
    if (!hasSound(clip, levels)) return { status: 'skipped', reason: NO_SOUND };
    const heard = heardBlocks(clip, levels);
    if (heard.end === heard.start) return { status: 'skipped', reason: 'No sound lies under the picture.' };

    const clipped = blocksWhere(heard, block => worst(levels, block).share >= options.share);
    const found = stretches(levels, heard, clipped, options.bridge);
    const longest = Math.max(0, ...found.map(stretch => stretch.seconds));
    const faults = found
      .filter(stretch => stretch.seconds >= options.seconds - 1e-9)
      .map(stretch => {
        const peak = extremeBlock(stretch, block => worst(levels, block).share);
        const { share, channel } = worst(levels, peak);
        return {
          kind: 'clipped' as const,
          ...stretchFrames(clip, levels, stretch, peak),
          measured: rounded(stretch.seconds),
          threshold: options.seconds,
          unit: 's',
          confidence: rounded(Math.min(0.95, 0.65 + share / 40)),
          values: { share: rounded(share, 1), channel: channelName(channel, levels.channels) },
        };
      });
    return {
      status: 'ran',
      score: longest === 0 ? 0 : scoreAround(longest, options.seconds, options.seconds / 2),
      measurements: {
        clippedSeconds: rounded(clipped.filter(Boolean).length * levels.step),
        longestStretch: rounded(longest),
      },
      faults,
    };
  },
});

/** The channel of a block with the largest share of full-scale samples, in per cent. */
function worst(levels: AudioLevels, block: number): { share: number; channel: number } {
  const samples = levels.step * levels.sampleRate;
  let channel = 0;
  for (let c = 1; c < levels.clipped.length; c++) {
    if (levels.clipped[c][block] > levels.clipped[channel][block]) channel = c;
  }
  return { share: (100 * levels.clipped[channel][block]) / samples, channel };
}

import { z } from 'zod';
import {
  blocksWhere,
  extremeBlock,
  hasSound,
  heardBlocks,
  NO_SOUND,
  rounded,
  scoreAround,
  stretches,
  stretchFrames,
} from '../signals/sound.ts';
import { mean } from '../statistics.ts';
import { defineDetector } from './detector.ts';

export const phase = defineDetector({
  meta: {
    id: 'phase',
    title: 'Phase',
    summary: 'Left and right against each other: the sound thins out or vanishes in mono.',
    medium: 'sound',
    scope: 'clip',
    signals: ['audioLevels'],
    options: z.object({
      correlation: z
        .number()
        .min(-1)
        .max(0)
        .default(-0.3)
        .describe(
          '−1 … 1. A block at or below it is against phase. DPP and EBU forbid 180° ±90°, that is anything below 0; wide ambience wavers around 0, hence the margin',
        ),
      seconds: z
        .number()
        .positive()
        .default(0.5)
        .describe('s that a stretch against phase must last; single blocks of wide reverberation are not a fault'),
      floor: z
        .number()
        .min(-119)
        .max(0)
        .default(-60)
        .describe('dBFS RMS that both channels must reach: the phase of noise floor means nothing'),
      bridge: z.number().nonnegative().default(0.2).describe('s. Interruptions up to this long stay in one stretch'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      'out-of-phase':
        'Left and right are against phase for {seconds} s (correlation {measured}): the sound cancels in mono.',
    },
    advice: {
      'out-of-phase':
        'Turn the polarity of one channel or take one channel for both; generate again if that is not enough.',
    },
    source: 'DPP and EBU QC phase rule (180° ±90°)',
  },
  judge({ clip, signals, options }) {
    const levels = signals.audioLevels;
    if (!hasSound(clip, levels)) return { status: 'skipped', reason: NO_SOUND };
    if (levels.channels < 2) return { status: 'skipped', reason: 'The sound is mono: there is no phase to compare.' };
    const heard = heardBlocks(clip, levels);
    const [left, right] = levels.rms;
    const audible = (block: number): boolean =>
      left[block] >= options.floor && right[block] >= options.floor && !Number.isNaN(levels.phase[block]);
    const compared = blocksWhere(heard, audible);
    const comparable = compared.filter(Boolean).length * levels.step;
    if (comparable < options.seconds - 1e-9) {
      return { status: 'skipped', reason: `Both channels sound together for less than ${options.seconds} s.` };
    }
    const isAgainst = (block: number): boolean => audible(block) && levels.phase[block] <= options.correlation;
    const found = stretches(levels, heard, blocksWhere(heard, isAgainst), options.bridge);
    const longest = Math.max(0, ...found.map(stretch => stretch.seconds));
    const faults = found
      .filter(stretch => stretch.seconds >= options.seconds - 1e-9)
      .map(stretch => {
        const blocks = Array.from({ length: stretch.end - stretch.start }, (_, i) => stretch.start + i);
        const correlation = mean(blocks.filter(isAgainst).map(block => levels.phase[block]));
        const worst = extremeBlock(stretch, block => (isAgainst(block) ? -levels.phase[block] : -1));
        return {
          kind: 'out-of-phase' as const,
          ...stretchFrames(clip, levels, stretch, worst),
          measured: rounded(correlation),
          threshold: options.correlation,
          unit: 'correlation',
          confidence: rounded(Math.min(0.95, 0.55 + 0.4 * -correlation)),
          values: { seconds: rounded(stretch.seconds) },
        };
      });
    const series = Array.from({ length: heard.end - heard.start }, (_, i) =>
      compared[i] ? levels.phase[heard.start + i] : Number.NaN,
    );
    return {
      status: 'ran',
      score: longest === 0 ? 0 : scoreAround(longest, options.seconds, options.seconds / 2),
      measurements: { meanCorrelation: rounded(mean(series)), longestAgainst: rounded(longest) },
      faults,
    };
  },
});

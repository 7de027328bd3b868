import { z } from 'zod';
import {
  type BlockRange,
  blockFrames,
  blocksWhere,
  hasSound,
  heardBlocks,
  NO_SOUND,
  overChannels,
  rounded,
  scoreAround,
  stretches,
} from '../signals/sound.ts';
import type { AudioLevels } from '../sound.ts';
import { median } from '../statistics.ts';
import { defineDetector } from './detector.ts';

/** s. Less sound than this under the picture says nothing about silence. */
const SHORTEST_TRACK = 0.3;
/** s. A stretch this long that is quiet without being silent shows that the track's pauses hold room tone. */
const LIVE_PAUSE = 0.15;
/** dB below the clip's median level from which a stretch counts as a pause. */
const PAUSE_DEPTH = 20;
/** dB that a block may be lower still when the cut falls into it: a tenth of it sounds. */
const CUT_BLOCK = 10;

type Kind = 'whole' | 'dropout' | 'gap' | 'head' | 'tail';
/** Confidence in a torn hole that is the track's only silence, without a live pause to compare: it may be a full stop. */
const ONLY_HOLE = 0.6;
const CONFIDENCE: Record<Kind, number> = { whole: 0.95, dropout: 0.9, gap: 0.75, head: 0.65, tail: 0.65 };

export const silence = defineDetector({
  meta: {
    id: 'silence',
    title: 'Silence',
    summary: 'Dead stretches: digital silence in a track that otherwise sounds, or a track that is silent throughout.',
    medium: 'sound',
    scope: 'clip',
    signals: ['audioLevels'],
    options: z.object({
      floor: z
        .number()
        .min(-119)
        .max(-40)
        .default(-85)
        .describe(
          'dBFS RMS, all channels. At or below it there is nothing: above the −96 dBFS of 16-bit dither, below any room tone (quiet studios lie near −70)',
        ),
      dropout: z
        .number()
        .positive()
        .default(0.2)
        .describe(
          's. A hole torn into running sound, loud on both sides, in a track whose other pauses are not silent; longer than the closure of a stop consonant (under 0.15 s)',
        ),
      edge: z
        .number()
        .positive()
        .default(6)
        .describe(
          'dB. A hole counts as torn when the sound on both sides is at most this far below the clip’s median level; pauses of speech die away further',
        ),
      gap: z
        .number()
        .positive()
        .default(1)
        .describe('s. A hole between sounds that die away: longer than the pause between two sentences'),
      ends: z
        .number()
        .positive()
        .default(1)
        .describe('s. Silence before the first or after the last sound; broadcasters’ 2 s is half of a 4 s clip'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      whole: 'The sound track is there but silent throughout.',
      dropout: 'The sound drops out for {seconds} s in the middle of running sound.',
      gap: 'Dead silence for {seconds} s between sounds: not even room tone.',
      head: 'The first {seconds} s are dead silent.',
      tail: 'The last {seconds} s are dead silent.',
    },
    advice: {
      whole: 'Generate with sound switched on, or say what is heard; otherwise deliver the clip without a track.',
      dropout: 'Generate the sound again; a torn hole cannot be mended by level.',
      gap: 'Ask for continuous ambience or room tone, or lay room tone under it in the edit.',
      head: 'Ask for ambience from the first frame, or trim.',
      tail: 'Ask for ambience to the last frame, or trim.',
    },
    source: 'EBU QC and DPP silence checks, durations adapted to clips of 4–20 s',
  },
  judge({ clip, signals, options }) {
    const levels = signals.audioLevels;
    if (!hasSound(clip, levels)) return { status: 'skipped', reason: NO_SOUND };
    const heard = heardBlocks(clip, levels);
    const seconds = (range: BlockRange) => (range.end - range.start) * levels.step;
    if (seconds(heard) < SHORTEST_TRACK - 1e-9) {
      return { status: 'skipped', reason: 'Less than 0.3 s of sound lies under the picture.' };
    }
    const silent = stretches(
      levels,
      heard,
      blocksWhere(heard, block => overChannels(levels.rms, block) <= options.floor),
    );
    const total = silent.reduce((sum, range) => sum + seconds(range), 0);
    const measurements = { silentSeconds: rounded(total), heardSeconds: rounded(seconds(heard)) };
    const inner = silent.filter(range => range.start > heard.start && range.end < heard.end);
    const usual = typicalLevel(levels, heard, options.floor);
    // A synthetic voice without room tone falls silent between its words: there, silence is what a pause looks like.
    const live = hasLivePauses(levels, heard, options.floor, usual - PAUSE_DEPTH);
    const unusual = live || inner.length === 1;
    const limits: Record<Kind, number> = {
      whole: 0,
      dropout: options.dropout,
      gap: options.gap,
      head: options.ends,
      tail: options.ends,
    };
    let score = 0;
    const faults = silent.flatMap(range => {
      const kind = kindOf(range, heard, levels, unusual ? usual - options.edge : Number.POSITIVE_INFINITY);
      const length = seconds(range);
      const limit = limits[kind];
      score = Math.max(score, kind === 'whole' ? 1 : scoreAround(length, limit, limit / 2));
      if (length < limit - 1e-9) return [];
      const frames = kind === 'whole' ? { start: 0, end: clip.frames } : blockFrames(clip, levels, range);
      return [
        {
          kind,
          ...frames,
          peak: frames.start,
          measured: rounded(length),
          threshold: limit,
          unit: 's',
          confidence: kind === 'dropout' && !live ? ONLY_HOLE : CONFIDENCE[kind],
          values: { seconds: rounded(length) },
        },
      ];
    });
    return { status: 'ran', score, measurements, faults };
  },
});

/** Median level of the blocks that are not silent, dBFS. */
function typicalLevel(levels: AudioLevels, heard: BlockRange, floor: number): number {
  const sounding: number[] = [];
  for (let block = heard.start; block < heard.end; block++) {
    const level = overChannels(levels.rms, block);
    if (level > floor) sounding.push(level);
  }
  return median(sounding);
}

/** Whether some stretch is quiet, at most `quiet` dBFS, and yet not silent. */
function hasLivePauses(levels: AudioLevels, heard: BlockRange, floor: number, quiet: number): boolean {
  const live = blocksWhere(heard, block => {
    const level = overChannels(levels.rms, block);
    return level > floor && level <= quiet;
  });
  return stretches(levels, heard, live).some(({ seconds }) => seconds >= LIVE_PAUSE - 1e-9);
}

/** Which silence this is. A hole is torn when the sound reaches `loud` dBFS right up to it on both sides. */
function kindOf(range: BlockRange, heard: BlockRange, levels: AudioLevels, loud: number): Kind {
  if (range.start === heard.start) return range.end === heard.end ? 'whole' : 'head';
  if (range.end === heard.end) return 'tail';
  // The cut falls somewhere into the block beside the hole; the block beyond it is whole.
  const reaches = (beside: number, beyond: number): boolean =>
    overChannels(levels.rms, beside) >= loud - CUT_BLOCK && overChannels(levels.rms, beyond) >= loud;
  const before = reaches(range.start - 1, Math.max(heard.start, range.start - 2));
  const after = reaches(range.end, Math.min(heard.end - 1, range.end + 1));
  return before && after ? 'dropout' : 'gap';
}

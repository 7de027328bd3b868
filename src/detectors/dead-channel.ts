import { z } from 'zod';
import {
  blockFrames,
  blocksWhere,
  channelName,
  hasSound,
  heardBlocks,
  NO_SOUND,
  rounded,
  scoreAround,
} from '../signals/sound.ts';
import { runs } from '../statistics.ts';
import { defineDetector } from './detector.ts';

export const deadChannel = defineDetector({
  meta: {
    id: 'dead-channel',
    title: 'Dead channel',
    summary: 'Left or right is digitally silent while the other one plays.',
    medium: 'sound',
    scope: 'clip',
    signals: ['audioLevels'],
    options: z.object({
      floor: z
        .number()
        .min(-119)
        .max(-40)
        .default(-85)
        .describe('dBFS RMS at or below which a channel is dead: over 16-bit dither (−96), below any room tone'),
      playing: z
        .number()
        .min(-119)
        .max(0)
        .default(-60)
        .describe('dBFS RMS from which the other channel counts as playing'),
      seconds: z
        .number()
        .positive()
        .default(1)
        .describe('s that a channel must be dead for; a single effect panned hard to one side is shorter'),
      bridge: z
        .number()
        .nonnegative()
        .default(0.5)
        .describe('s. Pauses of the playing channel up to this long stay in one stretch'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: {
      whole: 'The {channel} channel is dead throughout while the other one plays.',
      stretch: 'The {channel} channel is dead for {measured} s while the other one plays.',
    },
    advice: {
      whole: 'Take the living channel for both sides, or deliver mono.',
      stretch: 'Take the living channel for both sides in this stretch, or generate the sound again.',
    },
    source: 'EBU QC and DPP channel checks; channel order as ITU-R BS.2051 (front left and right first)',
  },
  judge({ clip, signals, options }) {
    const levels = signals.audioLevels;
    if (!hasSound(clip, levels)) return { status: 'skipped', reason: NO_SOUND };
    if (levels.channels < 2) return { status: 'skipped', reason: 'The sound is mono.' };
    const heard = heardBlocks(clip, levels);
    // Only the front pair: centre, LFE and surrounds are silent for good reasons.
    const pair = [0, 1].map(channel => {
      const [own, other] = [levels.rms[channel], levels.rms[1 - channel]];
      return {
        channel,
        dead: blocksWhere(heard, b => own[b] <= options.floor && other[b] >= options.playing),
        alive: blocksWhere(heard, b => own[b] > options.floor),
      };
    });
    const playing = blocksWhere(heard, b => Math.max(levels.rms[0][b], levels.rms[1][b]) >= options.playing);
    const playingSeconds = playing.filter(Boolean).length * levels.step;
    if (playingSeconds < options.seconds - 1e-9) {
      return { status: 'skipped', reason: `Left and right play for less than ${options.seconds} s.` };
    }
    const found = pair.flatMap(({ channel, dead, alive }) => {
      const whole = !alive.some(Boolean);
      // A pause of the playing channel is bridged; a sign of life in the dead one ends the stretch.
      return runs(deadOrPausing(dead, alive, whole ? dead.length : Math.round(options.bridge / levels.step))).map(
        run => ({
          channel,
          whole,
          start: run.start + heard.start,
          end: run.end + heard.start,
          seconds: dead.slice(run.start, run.end).filter(Boolean).length * levels.step,
        }),
      );
    });
    const longest = Math.max(0, ...found.map(stretch => stretch.seconds));
    const faults = found
      .filter(stretch => stretch.seconds >= options.seconds - 1e-9)
      .map(stretch => {
        const frames = stretch.whole ? { start: 0, end: clip.frames } : blockFrames(clip, levels, stretch);
        return {
          kind: stretch.whole ? ('whole' as const) : ('stretch' as const),
          ...frames,
          peak: frames.start,
          measured: rounded(stretch.seconds),
          threshold: options.seconds,
          unit: 's',
          confidence: stretch.whole ? 0.95 : 0.75,
          values: { channel: channelName(stretch.channel, levels.channels) },
        };
      });
    return {
      status: 'ran',
      score: longest === 0 ? 0 : scoreAround(longest, options.seconds, options.seconds / 2),
      measurements: { playingSeconds: rounded(playingSeconds), longestDead: rounded(longest) },
      faults,
    };
  },
});

/** Where a channel is dead while the other plays, with pauses of both (up to `bridge` blocks) filled in. */
function deadOrPausing(dead: readonly boolean[], alive: readonly boolean[], bridge: number): boolean[] {
  const filled = [...dead];
  for (const { start, end } of runs(dead, 1, bridge)) {
    for (let i = start; i < end; i++) filled[i] = !alive[i];
  }
  return filled;
}

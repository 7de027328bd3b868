import type { ClipFacts, FrameRange } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import type { AudioLevels } from '../sound.ts';
import { runs } from '../statistics.ts';
import { framesBetween, pictureSpan } from './timeline.ts';

/** A range of blocks of {@link AudioLevels}: start inclusive, end exclusive. */
export type BlockRange = FrameRange;

export const NO_SOUND = 'The clip has no sound.';

/**
 * Tells a clip without sound (a reason to skip) from one whose sound could not be measured (a failure).
 *
 * @param measure what an observer of the sound left, null when it left nothing
 * @returns true when there is something to judge
 * @throws RetakeError `decode-failed` when the container promises sound and none was measured
 */
export function hasSound<Measure>(clip: Pick<ClipFacts, 'audio'>, measure: Measure | null): measure is Measure {
  if (measure !== null) return true;
  if (clip.audio === null) return false;
  throw new RetakeError('decode-failed', 'The container has a sound stream, but no sound could be decoded from it.', {
    hint: 'Play the file: if it is silent or stops, render or download it again.',
  });
}

/** Number of blocks measured. */
export const blockCount = (levels: AudioLevels): number => levels.rms[0]?.length ?? 0;

/** The largest value over all channels in one block: dBFS for `rms` and `peak`. */
export function overChannels(channels: readonly Float32Array[], block: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const channel of channels) if (channel[block] > largest) largest = channel[block];
  return largest;
}

/**
 * The blocks that lie wholly under the picture and inside the sound stream. What is heard before the first frame or
 * after the last one, and the padding before a late stream, is for the length check, not for the others.
 */
export function heardBlocks(clip: Pick<ClipFacts, 'times' | 'video' | 'audio'>, levels: AudioLevels): BlockRange {
  const picture = pictureSpan(clip);
  const sound = clip.audio
    ? { from: clip.audio.startTime, to: clip.audio.startTime + clip.audio.seconds }
    : { from: 0, to: Number.POSITIVE_INFINITY };
  const slack = 1e-6;
  const start = Math.ceil((Math.max(picture.from, sound.from) - slack) / levels.step);
  const end = Math.floor((Math.min(picture.to, sound.to) + slack) / levels.step);
  const from = Math.min(Math.max(0, start), blockCount(levels));
  return { start: from, end: Math.max(from, Math.min(blockCount(levels), end)) };
}

/** The frames on screen while a range of blocks sounds. */
export const blockFrames = (
  clip: Pick<ClipFacts, 'times' | 'video'>,
  levels: Pick<AudioLevels, 'step'>,
  range: BlockRange,
): FrameRange => framesBetween(clip, range.start * levels.step, range.end * levels.step);

/** Per-block truth of a condition over a range, indexed from the range's start. */
export const blocksWhere = (range: BlockRange, holds: (block: number) => boolean): boolean[] =>
  Array.from({ length: range.end - range.start }, (_, i) => holds(range.start + i));

/** A stretch of blocks, with the seconds in it over which its condition really held. */
export interface Stretch extends BlockRange {
  seconds: number;
}

/**
 * Stretches of blocks in which a condition holds, in order; interruptions of up to `bridge` seconds are passed over but
 * not counted in `seconds`.
 *
 * @param holds truth per block, indexed from the range's start
 */
export function stretches(
  levels: Pick<AudioLevels, 'step'>,
  range: BlockRange,
  holds: readonly boolean[],
  bridge = 0,
): Stretch[] {
  return runs(holds, 1, Math.round(bridge / levels.step)).map(run => ({
    start: run.start + range.start,
    end: run.end + range.start,
    seconds: holds.slice(run.start, run.end).filter(Boolean).length * levels.step,
  }));
}

/** The block of a range with the largest value; the first of equals. */
export function extremeBlock(range: BlockRange, value: (block: number) => number): number {
  let best = range.start;
  for (let block = range.start; block < range.end; block++) if (value(block) > value(best)) best = block;
  return best;
}

/** Frame range of a stretch and, inside it, the frame on screen when its worst block begins. */
export function stretchFrames(
  clip: Pick<ClipFacts, 'times' | 'video'>,
  levels: Pick<AudioLevels, 'step'>,
  range: BlockRange,
  worst: number,
): FrameRange & { peak: number } {
  const frames = blockFrames(clip, levels, range);
  const peak = blockFrames(clip, levels, { start: worst, end: worst + 1 }).start;
  return { ...frames, peak: Math.min(Math.max(peak, frames.start), frames.end - 1) };
}

/**
 * A score that rises through a threshold: 0.5 at the threshold, 0.88 one `width` beyond it, 0.12 one `width` short of
 * it. A negative width turns it round: the lower the value, the higher the score.
 */
export const scoreAround = (value: number, threshold: number, width: number): number =>
  1 / (1 + Math.exp((-2 * (value - threshold)) / width));

/** Rounds what goes into a report: two decimals unless told. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Name of a channel for a sentence, by ffmpeg's order of the common layouts. */
export function channelName(channel: number, channels: number): string {
  const names = channels === 1 ? ['the only'] : ['left', 'right', 'centre', 'LFE'];
  return names[channel] ?? `channel ${channel + 1}`;
}

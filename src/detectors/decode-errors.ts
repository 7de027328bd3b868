import { z } from 'zod';
import { type ClipFacts, framesOf, frameTime } from '../clip.ts';
import { oneLine } from '../errors.ts';
import { excess } from '../signals/score.ts';
import type { DecodeFault } from '../signals.ts';
import { median } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Complaints this close together are one place of damage, in seconds. */
const TOGETHER = 0.5;
/** Usual frame intervals from which an interval beside a complaint hides lost frames. */
const HOLE = 1.5;
/** Seconds from a complaint within which a hole belongs to it: a group of pictures. */
const REACH = 2;

type Kind = 'corrupt' | 'missing' | 'truncated';

export const decodeErrors = defineDetector({
  meta: {
    id: 'decode-errors',
    title: 'Damaged stream',
    summary: 'Finds what the decoder complained about, and frames that the file lists but does not deliver.',
    medium: 'container',
    scope: 'clip',
    signals: ['decodeFaults'],
    options: z.object({
      faults: z
        .number()
        .int()
        .positive()
        .default(1)
        .describe('Decoder complaints in one place (within half a second) that are a fault.'),
      missingFrames: z
        .number()
        .positive()
        .default(2)
        .describe(
          'Frames by which the picture may end before the last one that the file lists; rounding explains one.',
        ),
      missingSeconds: z
        .number()
        .nonnegative()
        .default(0.1)
        .describe('Seconds by which it may end early; both limits must be passed.'),
    }),
    certainFrom: 0,
    messages: {
      corrupt: 'The stream is damaged: the decoder complained {measured} times here, first: {text}.',
      missing: 'Frames are lost where the stream is damaged: {measured}.',
      truncated: 'The picture ends {seconds} s before the last frame that the file lists; frames missing: {measured}.',
    },
    advice: {
      corrupt: 'Download or export the clip again; if it stays damaged, generate it again.',
      missing: 'Download or export the clip again; if it stays damaged, generate it again.',
      truncated: 'Download or export the clip again: the file looks cut off.',
    },
    source: 'Messages of the decoder at error level; lengths and times of the container.',
  },
  judge({ clip, shot, signals, options }) {
    if (clip.frames === 0) return { status: 'skipped', reason: 'There are no frames.' };
    const last = clip.frames - 1;
    const groups = grouped(clip, signals.decodeFaults, last);
    const faults: Fault<Kind>[] = groups
      .filter(group => group.length >= options.faults)
      .map(group => ({
        kind: 'corrupt',
        start: group[0].frame,
        end: group.at(-1)!.frame + 1,
        peak: group[0].frame,
        measured: group.length,
        threshold: options.faults,
        unit: 'complaints',
        confidence: Math.min(0.95, 0.7 + 0.05 * group.length),
        values: { text: oneLine(group[0].message, 120).replace(/[.\s]+$/, '') },
      }));
    const holes = lostFrames(clip, groups.flat());
    for (const { frame, lost } of holes) {
      faults.push({
        kind: 'missing',
        start: frame - 1,
        end: frame + 1,
        peak: frame,
        measured: lost,
        threshold: 1,
        unit: 'frames',
        confidence: 0.9,
      });
    }
    const { seconds, frames } = shortfall(clip);
    const truncated = frames > options.missingFrames && seconds > options.missingSeconds;
    if (truncated) {
      faults.push({
        kind: 'truncated',
        start: last,
        end: last + 1,
        peak: last,
        measured: Math.round(frames),
        threshold: options.missingFrames,
        unit: 'frames',
        confidence: 0.9,
        values: { seconds: Math.round(seconds * 100) / 100 },
      });
    }
    faults.sort((a, b) => a.start - b.start);
    const most = Math.max(0, ...groups.map(group => group.length));
    const lost = holes.reduce((sum, hole) => sum + hole.lost, 0);
    const early = Math.min(excess(frames, options.missingFrames), excess(seconds, options.missingSeconds));
    return {
      status: 'ran',
      score: Math.max(excess(most, options.faults - 0.5), lost > 0 ? 0.95 : 0, early),
      measurements: {
        complaints: signals.decodeFaults.length,
        lostFrames: lost,
        endsEarlySeconds: Math.max(0, seconds),
        frames: shot.end - shot.start,
      },
      faults,
    };
  },
});

/** Complaints in groups of one place each, frames inside the clip, in order. */
function grouped(clip: ClipFacts, faults: readonly DecodeFault[], last: number): DecodeFault[][] {
  const reach = framesOf(clip, TOGETHER);
  const groups: DecodeFault[][] = [];
  const ordered = faults
    .map(({ frame, message }) => ({ frame: Math.min(Math.max(0, frame), last), message }))
    .sort((a, b) => a.frame - b.frame);
  for (const fault of ordered) {
    const group = groups.at(-1);
    if (group && fault.frame - group.at(-1)!.frame <= reach) group.push(fault);
    else groups.push([fault]);
  }
  return groups;
}

/** Holes in the times of the decoded frames near a complaint. Holes elsewhere are the container's own cadence. */
function lostFrames(clip: ClipFacts, faults: readonly DecodeFault[]): { frame: number; lost: number }[] {
  if (faults.length === 0 || clip.frames < 3) return [];
  const steps = Array.from({ length: clip.frames - 1 }, (_, i) => frameTime(clip, i + 1) - frameTime(clip, i));
  const usual = median(steps);
  if (!(usual > 0)) return [];
  const reach = framesOf(clip, REACH);
  return steps.flatMap((step, i) =>
    step >= HOLE * usual && faults.some(({ frame }) => Math.abs(frame - (i + 1)) <= reach)
      ? [{ frame: i + 1, lost: Math.round(step / usual) - 1 }]
      : [],
  );
}

/** By how much the last decoded frame ends before the stream does. */
function shortfall(clip: ClipFacts): { seconds: number; frames: number } {
  const rate = clip.video.fps.num / clip.video.fps.den;
  const seconds = clip.video.startTime + clip.video.seconds - frameTime(clip, clip.frames);
  return { seconds, frames: seconds * rate };
}

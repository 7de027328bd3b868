import { z } from 'zod';
import { frameTime } from '../clip.ts';
import { findReversedFalls, type ReversedFall } from '../signals/physics/falls.ts';
import { eitherLeaps, type Leap, leapsIn } from '../signals/physics/leaps.ts';
import { shiftsIn } from '../signals/physics/shifts.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { shotDefaults, withoutRepeats } from '../signals/shots.ts';
import { defineDetector, type Fault } from './detector.ts';

type Kind = 'teleport' | 'scale-pop' | 'reversed-fall';

export const physicsSanity = defineDetector({
  meta: {
    id: 'physics-sanity',
    title: 'Physics',
    summary: 'Things that jump along their path, change size from one frame to the next, or fall backwards.',
    medium: 'picture',
    scope: 'shot',
    signals: ['frameDifference', 'leaps', 'shifts', 'rises'],
    options: z.object({
      teleport: z
        .number()
        .positive()
        .default(0.05)
        .describe('widths of the picture that a thing must jump, beyond where it was going; and most of its own size'),
      scale: z
        .number()
        .min(1.1)
        .default(1.35)
        .describe('ratio of sizes from one frame to the next; measured in steps of about a tenth'),
      gain: z
        .number()
        .min(1.05)
        .default(1.2)
        .describe('speed after a bounce relative to before; nothing that is left alone reaches 1'),
      rise: z
        .number()
        .positive()
        .default(0.12)
        .describe('heights of the picture that a thing must leap up from rest by itself'),
    }),
    certainFrom: 1,
    messages: {
      teleport: 'Something vanishes on its way and goes on {measured} picture widths away at {at} s.',
      'scale-pop': 'Something becomes {measured} times {change} from one frame to the next at {at} s.',
      'reversed-fall': 'Something {what} at {at} s: a fall that plays backwards.',
    },
    advice: {
      teleport: 'Describe one motion of one thing per shot, slower; or shorten the clip to before {at} s.',
      'scale-pop':
        'Say how far the thing is from the camera and that it keeps its distance; or shorten the clip to before {at} s.',
      'reversed-fall':
        'Say what happens first and what follows (it falls, hits the floor, comes to rest); or reverse the clip.',
    },
    source:
      'Own: what stands out at one moment explained by one thing that is followed by correlation, logistic regressions; parabolas through what suddenly rises; bench:continuity counts what it claims on real takes.',
  },
  judge({ clip, shot, signals: { frameDifference, leaps, shifts, rises }, options }) {
    if (shot.end - shot.start < 12) return { status: 'skipped', reason: 'The shot is too short to follow things.' };
    const faults: Fault<Kind>[] = [];
    let score = 0;
    const at = (frame: number) => frameTime(clip, frame).toFixed(1);
    const pictures = withoutRepeats(frameDifference, clip.frames, shotDefaults);
    const thresholdOf = ({ kind }: Leap) => (kind === 'teleport' ? options.teleport : options.scale);
    const counts = (leap: Leap) => leap.measured >= thresholdOf(leap);
    const shifted = shiftsIn(shifts, shot, clip.video, pictures);
    const leapt = leapsIn(leaps, shot, clip.video, pictures);
    const scoreOf = (leap: Leap) => {
      const threshold = thresholdOf(leap);
      return leap.kind === 'teleport' ? excess(leap.measured, threshold) : excess(leap.measured - 1, threshold - 1);
    };
    for (const leap of [...shifted, ...leapt]) score = Math.max(score, scoreOf(leap));
    for (const leap of eitherLeaps(shifted.filter(counts), leapt.filter(counts)))
      faults.push(leapFault(leap, shot.start, thresholdOf(leap), scoreOf(leap), at(leap.frame)));
    for (const fall of findReversedFalls(rises, shot, clip.video, options)) {
      const threshold = fall.way === 'gain' ? options.gain : options.rise;
      const here = Math.max(
        0.5,
        fall.way === 'gain' ? excess(fall.measured - 1, threshold - 1) : excess(fall.measured, threshold),
      );
      score = Math.max(score, here);
      faults.push({
        kind: 'reversed-fall',
        start: fall.start,
        end: fall.end,
        peak: Math.min(fall.end - 1, fall.peak),
        box: fall.box,
        measured: fall.measured,
        threshold,
        unit: fall.way === 'gain' ? '× speed' : 'of height',
        confidence: confidenceFrom(here, 0.55, 0.8),
        values: { what: whatOf(fall), at: at(fall.peak) },
      });
    }
    return {
      status: 'ran',
      score,
      measurements: { leaps: shifted.length + leapt.length, rises: rises.starts.length },
      faults,
    };
  },
});

function whatOf({ way, hangs, measured }: ReversedFall): string {
  const top = hangs ? ' and hangs in the air' : '';
  if (way === 'launch') return `leaps up from rest by itself${top}`;
  return `bounces back ${measured.toFixed(1)} times as fast as it fell${top}`;
}

function leapFault(leap: Leap, first: number, threshold: number, score: number, at: string): Fault<Kind> {
  return {
    kind: leap.kind,
    start: Math.max(first, leap.frame - 1),
    end: leap.frame + 1,
    peak: leap.frame,
    box: leap.box,
    measured: leap.measured,
    threshold,
    unit: leap.kind === 'teleport' ? 'of width' : '×',
    confidence: confidenceFrom(score, 0.55, 0.8),
    values: { measured: leap.measured.toFixed(2), change: leap.grows ? 'larger' : 'smaller', at },
  };
}

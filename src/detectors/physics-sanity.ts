import { z } from 'zod';
import { frameTime } from '../clip.ts';
import { findReversedFalls } from '../signals/physics/falls.ts';
import { type Leap, leapsIn } from '../signals/physics/leaps.ts';
import { linkPaths, sightings } from '../signals/physics/paths.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { defineDetector, type Fault } from './detector.ts';

type Kind = 'teleport' | 'scale-pop' | 'reversed-fall';

export const physicsSanity = defineDetector({
  meta: {
    id: 'physics-sanity',
    title: 'Physics',
    summary: 'Things that jump along their path, change size from one frame to the next, or fall backwards.',
    medium: 'picture',
    scope: 'shot',
    signals: ['things', 'leaps'],
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
      rise: z.number().positive().default(1.5).describe('sizes of the thing that it must leap up from rest by itself'),
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
      'Own: parabolas through tracks of things before a learnt background; bench:continuity counts what it claims on real takes.',
  },
  judge({ clip, shot, signals: { things, leaps }, options }) {
    if (shot.end - shot.start < 12) return { status: 'skipped', reason: 'The shot is too short to follow things.' };
    const { width, height, fps } = clip.video;
    const seen = sightings(things, shot.start, shot.end);
    const paths = linkPaths(things, seen);
    const long = paths.filter(path => path.points.length >= 5);
    const rate = fps.num / fps.den;

    const faults: Fault<Kind>[] = [];
    let score = 0;
    const at = (frame: number) => frameTime(clip, frame).toFixed(1);
    for (const leap of leapsIn(leaps, shot, clip.video)) {
      const threshold = leap.kind === 'teleport' ? options.teleport : options.scale;
      const here =
        leap.kind === 'teleport' ? excess(leap.measured, threshold) : excess(leap.measured - 1, threshold - 1);
      score = Math.max(score, here);
      if (here >= 0.5) faults.push(leapFault(leap, shot.start, threshold, here, at(leap.frame)));
    }
    const falls = findReversedFalls(things, long, seen, { start: shot.start, rate, width, height }, options);
    for (const fall of falls) {
      const threshold = fall.way === 'gain' ? options.gain : options.rise;
      const here = Math.max(0.5, excess(fall.measured - 1, threshold - 1));
      score = Math.max(score, here);
      faults.push({
        kind: 'reversed-fall',
        start: fall.start,
        end: fall.end,
        peak: Math.min(fall.end - 1, fall.peak),
        box: fall.box,
        measured: fall.measured,
        threshold,
        unit: fall.way === 'gain' ? '× speed' : 'sizes',
        confidence: confidenceFrom(here, 0.5, 0.75),
        values: {
          what: fall.way === 'gain' ? 'bounces back faster than it fell' : 'leaps up from rest with nothing near it',
          at: at(fall.peak),
        },
      });
    }
    return { status: 'ran', score, measurements: { things: long.length }, faults };
  },
});

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

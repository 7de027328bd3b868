import { z } from 'zod';
import { frameTime } from '../clip.ts';
import { type OutfitChange, outfitsIn } from '../signals/people/outfits.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { defineDetector, type Fault } from './detector.ts';

type Kind = OutfitChange;

export const wardrobe = defineDetector({
  meta: {
    id: 'wardrobe',
    title: 'Clothes and hair',
    summary:
      'Clothes or hair of one person that become another colour or pattern, at once, slowly, while hidden or over a cut.',
    medium: 'picture',
    scope: 'shot',
    signals: ['faces', 'identities', 'personLooks'],
    options: z.object({
      clothes: z
        .number()
        .positive()
        .default(6)
        .describe(
          'ΔE (lightness counted half) by which two thirds of the clothes must differ, after what light explains; untouched takes stay below 4',
        ),
      pattern: z
        .number()
        .positive()
        .default(0.7)
        .describe('octaves by which the detail of two thirds of the clothes must grow or shrink against the face'),
      hair: z.number().positive().default(5).describe('ΔE as for clothes; untouched takes stay below 3.2'),
      acrossCuts: z.boolean().default(true).describe('Whether the same face before and after a cut is compared.'),
    }),
    certainFrom: 1,
    messages: {
      clothes: 'What somebody wears changes colour by {measured} ΔE between {from} s and {to} s{where}.',
      pattern: 'What somebody wears {change} between {from} s and {to} s{where}.',
      hair: 'Somebody’s hair changes colour by {measured} ΔE between {from} s and {to} s{where}.',
    },
    advice: {
      clothes:
        'Name every garment and its colour, and say that it stays the same; or shorten the clip to before {from} s.',
      pattern:
        'Name the garment with its pattern or say that it is plain, throughout; or shorten the clip to before {from} s.',
      hair: 'Name the colour of the hair, and say that it stays the same; or shorten the clip to before {from} s.',
    },
    source:
      'Own: cell-wise comparison of what lies round a followed face within a person’s mask; bench:continuity people counts what is found.',
  },
  judge({ clip, shot, signals, options }) {
    const { faces, identities, personLooks } = signals;
    const looks = looksIn(personLooks.frames, shot);
    if (looks === 0) return { status: 'skipped', reason: 'No face is seen well enough to look at clothes and hair.' };
    const changes = outfitsIn(clip, shot, { faces, identities, personLooks }).filter(
      ({ acrossCut }) => options.acrossCuts || !acrossCut,
    );
    if (changes.length === 0)
      return {
        status: 'skipped',
        reason: 'Too little of clothes and hair is seen to compare.',
        measurements: { looks },
      };
    const faults: Fault<Kind>[] = [];
    let score = 0;
    /** Null of what could not be compared. */
    const highest: Record<Kind, number | null> = { clothes: null, pattern: null, hair: null };
    const seconds = (frame: number) => frameTime(clip, frame).toFixed(1);
    for (const { what, before, after, measured, box, acrossCut } of changes) {
      const size = Math.abs(measured);
      highest[what] = Math.max(highest[what] ?? 0, size);
      const here = excess(size, options[what]);
      score = Math.max(score, here);
      if (here < 0.5) continue;
      const start = acrossCut ? shot.start : before;
      faults.push({
        kind: what,
        start,
        end: after + 1,
        peak: acrossCut ? after : Math.round((before + after) / 2),
        box,
        measured: size,
        threshold: options[what],
        unit: what === 'pattern' ? 'octaves' : 'ΔE',
        confidence: confidenceFrom(here, 0.6, 0.85),
        values: {
          from: seconds(before),
          to: seconds(after),
          where: acrossCut ? ', over a cut' : '',
          measured: size.toFixed(1),
          change: measured > 0 ? 'gets a pattern' : 'loses its pattern',
        },
      });
    }
    return {
      status: 'ran',
      score,
      measurements: { looks, ...highest },
      faults: withoutEchoes(faults),
    };
  },
});

const looksIn = (frames: Uint32Array, { start, end }: { start: number; end: number }): number =>
  frames.filter(frame => frame >= start && frame < end).length;

/** Another colour may be another pattern, too: at one time and place the colour says it. */
const withoutEchoes = (faults: readonly Fault<Kind>[]): Fault<Kind>[] =>
  faults.filter(
    fault =>
      fault.kind !== 'pattern' ||
      faults.every(other => other.kind !== 'clothes' || other.end <= fault.start || other.start >= fault.end),
  );

import { differenceOf, plantColour, plantThing, plantWhole } from './faults.ts';
import { copyOf, Dice, type Film, type Still } from './film.ts';
import { plantLookalike } from './look-alikes.ts';
import type { Edit, FaultKind, LookalikeKind, Plant } from './plant.ts';

/** Held frames apart at least: several near each other would be a pattern, which is another fault. */
const HELD_APART = 70;
/** Frames between two plants, at least and at most. */
const APART = [18, 30] as const;
/** Frames that are skipped, and that are shown again. */
const SKIPS = [10, 40] as const;
const LOOPS = [8, 28] as const;
/** Difference over a skip, code values, and against the median of those around, from which on it is seen. */
const SEEN_SKIP = 2;
const SEEN_SKIP_RATIO = 2;
/** Median difference between frames, code values, from which on a repetition shows motion again. */
const SEEN_MOTION = 0.4;
const AROUND = 8;
const ATTEMPTS = 8;

/** What a frame of the film is made from: one of the take, or a copy of an earlier frame of the film. */
type Made = { source: number; clock: number } | { copy: number };

/**
 * A copy of a film with plants at random places, every 18 to 30 frames. Things that are pasted take their texture from
 * another film. What would not be seen is not planted.
 *
 * @param kinds what may be planted; the same seed gives the same film
 * @param uneven whether what comes or goes gradually does so at an uneven pace
 */
export function planted(
  base: Film,
  donor: Film,
  kinds: readonly (FaultKind | LookalikeKind)[],
  seed: string,
  uneven = false,
): { film: Film; plants: Plant[] } {
  const dice = new Dice(seed);
  const made: Made[] = [];
  const plants: Plant[] = [];
  const edits: Edit[] = [];
  const wanted: (FaultKind | LookalikeKind)[] = [];
  const shuffled = () => [...kinds].sort(() => dice.next() - 0.5);
  let source = 0;
  let clock = 0;
  const play = (count: number) => {
    for (let i = 0; i < count && source < base.frames.length; i++) made.push({ source: source++, clock: clock++ });
  };
  play(dice.whole(16, 30));
  while (source < base.frames.length - 16) {
    if (wanted.length === 0) wanted.push(...shuffled());
    const kind = wanted.pop()!;
    const frame = made.length;
    const gap = dice.whole(...APART);
    const plant = (strength: number, length = 0) =>
      plants.push({ kind, frame, end: frame + length, strength, box: null });
    const site = { base, donor, dice, frame, clock, gap, still: base.frames[source], edits, plants, uneven };
    switch (kind) {
      case 'freeze':
      case 'duplicate': {
        const near = plants.some(
          other => (other.kind === 'freeze' || other.kind === 'duplicate') && frame - other.end < HELD_APART,
        );
        if (near) continue;
        const count = dice.pick([2, 4, 8]);
        for (let i = 0; i < count; i++) made.push({ copy: frame - 1 });
        if (kind === 'freeze') {
          source = Math.min(base.frames.length, source + count);
          clock += count;
        }
        plant(count, count);
        break;
      }
      case 'jump': {
        const skip = skipFrom(base, source, dice);
        if (skip === null) continue;
        source += skip;
        plant(skip);
        break;
      }
      case 'loop': {
        // Nothing else happens in what is shown again, and it moves.
        const since = plants.reduce((latest, { end }) => Math.max(latest, end), 0);
        const most = Math.min(LOOPS[1], frame - since - 2);
        if (most < LOOPS[0] || usualDifference(base, source) < SEEN_MOTION) continue;
        const back = dice.whole(LOOPS[0], most);
        for (let i = 0; i < back; i++) made.push({ copy: frame - back + i });
        plant(back);
        break;
      }
      case 'colour':
        plantColour(site);
        break;
      case 'exposure':
      case 'reframe':
        plantWhole(kind, site);
        break;
      case 'flash':
      case 'occluder':
      case 'enter':
      case 'subtitle':
      case 'whip':
      case 'shake':
        plantLookalike(kind, site);
        break;
      default:
        plantThing(kind, site);
    }
    play(gap);
    if (made.length > 1.6 * base.frames.length) break;
  }
  play(base.frames.length);
  const frames: Still[] = [];
  for (const one of made) {
    if ('copy' in one) {
      frames.push(frames[one.copy]);
      continue;
    }
    const active = edits.filter(({ from, to }) => one.clock >= from && one.clock < to);
    const still = active.length === 0 ? base.frames[one.source] : copyOf(base.frames[one.source]);
    for (const { apply } of active) apply(still, one.clock);
    frames.push(still);
  }
  return { film: { ...base, frames }, plants: plants.filter(({ end }) => end < frames.length - 6) };
}

/** Median difference between the frames around one. */
function usualDifference({ frames }: Film, at: number): number {
  const differences: number[] = [];
  for (let i = Math.max(1, at - AROUND); i < Math.min(frames.length, at + AROUND); i++) {
    differences.push(differenceOf(frames[i - 1], frames[i]));
  }
  return differences.sort((a, b) => a - b)[differences.length >> 1] ?? 0;
}

/** A number of frames that is seen to be missing when they are left out, or null. */
function skipFrom(base: Film, source: number, dice: Dice): number | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const skip = dice.whole(...SKIPS);
    if (source + skip + 16 > base.frames.length) continue;
    const usual = Math.max(usualDifference(base, source), usualDifference(base, source + skip));
    const across = differenceOf(base.frames[source - 1], base.frames[source + skip]);
    if (across >= SEEN_SKIP && across >= SEEN_SKIP_RATIO * usual) return skip;
  }
  return null;
}

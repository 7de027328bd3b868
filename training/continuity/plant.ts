import type { Box, Dice, Film, Still } from './film.ts';

/** Faults that are planted, and look-alikes that are none. */
export const FAULTS = [
  'appear',
  'vanish',
  'teleport',
  'slow-appear',
  'slow-vanish',
  'colour',
  'exposure',
  'freeze',
  'duplicate',
  'jump',
  'loop',
  'reframe',
  'scale',
] as const;
export type FaultKind = (typeof FAULTS)[number];
export const LOOKALIKES = ['flash', 'occluder', 'enter', 'subtitle', 'whip', 'shake'] as const;
export type LookalikeKind = (typeof LOOKALIKES)[number];

/** What was planted. `frame` is the first frame that differs, `end` the first after the change. */
export interface Plant {
  kind: FaultKind | LookalikeKind;
  frame: number;
  end: number;
  strength: number;
  /** In the film's pixels; null for the whole picture. */
  box: Box | null;
}

/** A change of pixels from some frame on; frames are counted without those that are shown again. */
export interface Edit {
  from: number;
  to: number;
  apply(still: Still, frame: number): void;
}

/** Where something is planted. */
export interface Site {
  base: Film;
  donor: Film;
  dice: Dice;
  /** Place in the film as it will be, place without the frames that are shown again, and frames until the next plant. */
  frame: number;
  clock: number;
  gap: number;
  /** The film's picture there, nothing laid over it. */
  still: Still;
  edits: Edit[];
  plants: Plant[];
  /** Whether what comes or goes gradually does so at an uneven pace. */
  uneven: boolean;
}

export function brighten(still: Still, gain: number, lift: number): void {
  for (let i = 0; i < still.y.length; i++) still.y[i] = Math.min(255, Math.round(still.y[i] * gain + lift));
  for (const plane of [still.u, still.v]) {
    for (let i = 0; i < plane.length; i++) {
      plane[i] = Math.min(255, Math.max(0, Math.round((plane[i] - 128) * gain + 128)));
    }
  }
}

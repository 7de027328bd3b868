import { excess } from '../score.ts';
import type { Mismatch } from './scene.ts';

/** Growth in percent of what grew by this logarithm. */
export const percent = (logarithm: number): number => 100 * (Math.exp(logarithm) - 1);

/** The measure by which two stretches that should show one place differ most. */
export interface WorstOf {
  what: string;
  measured: number;
  threshold: number;
  unit: string;
  /** 0.5 at the threshold. */
  score: number;
}

/** @param options limits: `sceneWhite` and `light` in percent, `sceneColours` as a share */
export function worstOf(
  found: Mismatch,
  options: { sceneWhite: number; sceneColours: number; light: number },
): WorstOf {
  const parts = [
    { what: 'the white balance differs', measured: percent(found.white), threshold: options.sceneWhite, unit: '%' },
    { what: 'the light comes from elsewhere', measured: percent(found.light), threshold: options.light, unit: '%' },
    {
      what: 'the colours are those of another place',
      measured: found.colours,
      threshold: options.sceneColours,
      unit: 'of colours',
    },
  ].filter(part => Number.isFinite(part.measured));
  const scored = parts.map(part => ({ ...part, score: excess(part.measured, part.threshold) }));
  return scored.reduce((a, b) => (b.score > a.score ? b : a));
}

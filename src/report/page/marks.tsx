import type { Concern } from './state.ts';

export type Mark = Concern | 'pass';

/** Every concern has a shape of its own, so that none is told by colour alone. */
const SHAPES: Record<Mark, string> = {
  regenerate: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  error: 'M8 .6 15.4 8 8 15.4.6 8z',
  review: 'M8 1.2 15.4 14.6H.6z',
  info: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z',
  skipped: 'M2.5 1.5h11a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1z',
  waived: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z',
  pass: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z',
};
const SIGNS: Record<Mark, string> = {
  regenerate: 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8',
  error: 'M8 4.6v4m0 2.2v.4',
  review: 'M8 6.2v4m0 1.9v.4',
  info: 'M8 7.4v3.8M8 4.6v.4',
  skipped: 'M5 8h6',
  waived: 'm4.6 8.2 2.4 2.4 4.6-5',
  pass: 'm4.6 8.2 2.4 2.4 4.6-5',
};

export const LABELS: Record<Mark, string> = {
  regenerate: 'Regenerate',
  error: 'Not judged',
  review: 'Review',
  info: 'Info',
  skipped: 'Skipped',
  waived: 'Waived',
  pass: 'Pass',
};

/** The shape of a concern. Decorative: the word stands beside it. */
export const MarkIcon = ({ of, size = 16 }: { of: Mark; size?: number }) => (
  <svg class={`mark mark-${of}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
    <path class="mark-shape" d={SHAPES[of]} />
    <path class="mark-sign" d={SIGNS[of]} />
  </svg>
);

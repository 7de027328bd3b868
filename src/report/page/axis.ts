import { signal } from '@preact/signals';
import { view } from './state.ts';

/** Pixels across a track: decides how many labels the ruler has room for. */
export const width = signal(800);

/** Where a frame lies across the visible stretch, in per cent. */
export const across = (at: number): number => {
  const [from, until] = view.value;
  return ((at - from) / (until - from)) * 100;
};
export const span = (start: number, end: number) => ({
  left: `${across(start)}%`,
  width: `${across(end) - across(start)}%`,
});
/** Width of a stretch on the screen, what lies outside the view left out. */
export const pixels = (start: number, end: number): number =>
  ((Math.min(100, across(end)) - Math.max(0, across(start))) / 100) * width.value;
export const inView = (start: number, end: number): boolean => end > view.value[0] && start < view.value[1];

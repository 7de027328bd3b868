import type { Colour } from '../clip.ts';

/** What makes code values those of limited range: luma `gain · code + base`, chroma `swing · (code − 128) + 128`. */
export interface CodeRange {
  gain: number;
  base: number;
  swing: number;
}

/** Codes of full range are brought to limited range (ITU-R BT.709, table 4: 219 steps of luma above 16, 224 of chroma); the others are in it. */
export const codeRange = ({ range }: Pick<Colour, 'range'>): CodeRange =>
  range === 'full' ? { gain: 219 / 255, base: 16, swing: 224 / 255 } : { gain: 1, base: 0, swing: 1 };

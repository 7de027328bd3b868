import type { Lettering } from '../../../src/signals.ts';

/** A line as it is read in one look. */
export interface Line {
  text: string;
  /** Probability of every character, or of all of them. */
  certainty?: number | number[];
  x?: number;
  y?: number;
  length?: number;
  height?: number;
  angle?: number;
  sharpness?: number;
}

/** Lettering of looks every `step` frames. */
export function lettering(looks: readonly (readonly Line[])[], step = 12): Lettering {
  const lines = looks.flat();
  let row = 0;
  return {
    frames: Uint32Array.from(looks, (_, k) => k * step),
    rows: Uint32Array.from([0, ...looks.map(look => (row += look.length))]),
    place: Float32Array.from(
      lines.flatMap(({ text, x = 400, y = 300, height = 30, length = 0.6 * height * text.length, angle = 0 }) => [
        x,
        y,
        length,
        height,
        angle,
      ]),
    ),
    texts: lines.map(({ text }) => text),
    certainty: lines.map(({ text, certainty = 0.98 }) =>
      Uint8Array.from(text, (_, k) => Math.round(255 * (typeof certainty === 'number' ? certainty : certainty[k]))),
    ),
    places: lines.map(({ text }) => Uint8Array.from(text, (_, k) => Math.round((255 * k) / text.length))),
    sharpness: Float32Array.from(lines, ({ sharpness = 0.18 }) => sharpness),
  };
}

import type { Picture } from '../media/frame.ts';
import { eachTextPixel, GLYPH } from './overlay-font.ts';

/** A colour as 8-bit code values. */
export interface Ink {
  y: number;
  u: number;
  v: number;
}

/** Well apart on any background. */
export const INKS = {
  white: { y: 235, u: 128, v: 128 },
  black: { y: 16, u: 128, v: 128 },
  green: { y: 173, u: 42, v: 26 },
  yellow: { y: 210, u: 16, v: 146 },
  cyan: { y: 188, u: 154, v: 16 },
  magenta: { y: 107, u: 202, v: 222 },
  orange: { y: 150, u: 40, v: 190 },
} as const satisfies Record<string, Ink>;

/** Draws into a 4:2:0 picture, in place. Everything outside the picture is left out. */
export class Canvas {
  readonly #picture: Picture;

  constructor(picture: Picture) {
    this.#picture = picture;
  }

  dot(x: number, y: number, ink: Ink): void {
    const { width, height, stride, chromaStride, y: luma, u, v } = this.#picture;
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (!(column >= 0 && row >= 0 && column < width && row < height)) return;
    luma[row * stride + column] = ink.y;
    const chroma = (row >> 1) * chromaStride + (column >> 1);
    u[chroma] = ink.u;
    v[chroma] = ink.v;
  }

  disc(x: number, y: number, radius: number, ink: Ink): void {
    const reach = Math.ceil(radius);
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= radius * radius) this.dot(x + dx, y + dy, ink);
  }

  line(x0: number, y0: number, x1: number, y1: number, ink: Ink): void {
    const length = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
    if (!Number.isFinite(length)) return;
    const steps = Math.min(20_000, Math.ceil(length));
    for (let k = 0; k <= steps; k++) {
      const t = steps === 0 ? 0 : k / steps;
      this.dot(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, ink);
    }
  }

  box(x: number, y: number, width: number, height: number, ink: Ink): void {
    this.line(x, y, x + width, y, ink);
    this.line(x, y + height, x + width, y + height, ink);
    this.line(x, y, x, y + height, ink);
    this.line(x + width, y, x + width, y + height, ink);
  }

  /** Text on a black ground, `scale` pixels per dot; moved inwards where it would leave the picture. */
  text(x: number, y: number, text: string, ink: Ink, scale = 1): void {
    const width = text.length * GLYPH.advance * scale + 2 * scale;
    const height = (GLYPH.height + 2) * scale;
    const left = Math.round(Math.max(0, Math.min(x, this.#picture.width - width)));
    const top = Math.round(Math.max(0, Math.min(y, this.#picture.height - height)));
    for (let dy = 0; dy < height; dy++) for (let dx = 0; dx < width; dx++) this.dot(left + dx, top + dy, INKS.black);
    eachTextPixel(text, (px, py) => {
      for (let dy = 0; dy < scale; dy++)
        for (let dx = 0; dx < scale; dx++) this.dot(left + scale + px * scale + dx, top + scale + py * scale + dy, ink);
    });
  }
}

import type { Plane } from './pyramid.ts';

/** Sum of the absolute central differences in x and y, in code values, from which a pixel is an edge. */
const EDGE_STEP = 24;

/**
 * Share of the picture that must be edges for their change to count in full: in an almost flat picture single noise
 * pixels would otherwise make up the whole figure.
 */
const LEAST_EDGES = 0.02;

/** Edges of one picture at the pyramid's finest level, and the same made one pixel wider on each side. */
export class EdgeMap {
  readonly thin: Uint8Array;
  readonly wide: Uint8Array;
  count = 0;

  constructor(pixels: number) {
    this.thin = new Uint8Array(pixels);
    this.wide = new Uint8Array(pixels);
  }

  fill({ data, width, height }: Plane): void {
    const { thin, wide } = this;
    thin.fill(0);
    wide.fill(0);
    this.count = 0;
    for (let row = 1; row < height - 1; row++) {
      const end = row * width + width - 1;
      for (let i = row * width + 1; i < end; i++) {
        if (Math.abs(data[i + 1] - data[i - 1]) + Math.abs(data[i + width] - data[i - width]) < EDGE_STEP) continue;
        thin[i] = 1;
        this.count++;
        const up = i - width;
        const down = i + width;
        wide[up - 1] = wide[up] = wide[up + 1] = 1;
        wide[i - 1] = wide[i] = wide[i + 1] = 1;
        wide[down - 1] = wide[down] = wide[down + 1] = 1;
      }
    }
  }
}

/**
 * Share of the later picture's edges without a counterpart within one pixel in the earlier one shifted by whole pixels
 * `(dx, dy)`, 0–1. Edges that the shift brings in from outside the picture are left out. (Edge change ratio after
 * Zabih, Miller and Mai, entering edges.)
 */
export function enteringEdges(
  before: EdgeMap,
  after: EdgeMap,
  { width, height }: Plane,
  dx: number,
  dy: number,
): number {
  const left = Math.max(0, dx);
  const right = Math.min(width, width + dx);
  const top = Math.max(0, dy);
  const bottom = Math.min(height, height + dy);
  const back = dy * width + dx;
  let edges = 0;
  let entering = 0;
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    for (let i = row * width + left; i < end; i++) {
      if (after.thin[i] === 0) continue;
      edges++;
      if (before.wide[i - back] === 0) entering++;
    }
  }
  return entering / Math.max(edges, LEAST_EDGES * width * height);
}

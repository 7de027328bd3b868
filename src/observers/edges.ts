import type { Matching } from './matching.ts';
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
  readonly #matching: Matching;

  /** @param matching in whose memory the planes lie, and {@link EDGE_PLANES} more of their size are free */
  constructor(matching: Matching, { width, height }: Pick<Plane, 'width' | 'height'>) {
    this.#matching = matching;
    this.thin = matching.plane(width * height);
    this.wide = matching.plane(width * height);
  }

  fill(plane: Plane): void {
    this.count = this.#matching.edges(plane, this.thin, this.wide, EDGE_STEP);
  }
}

/** Planes that a map takes of a matching's memory. */
export const EDGE_PLANES = 2;

/**
 * Share of the later picture's edges without a counterpart within one pixel in the earlier one shifted by whole pixels
 * `(dx, dy)`, 0–1. Edges that the shift brings in from outside the picture are left out. (Edge change ratio after
 * Zabih, Miller and Mai, entering edges.)
 */
export function enteringEdges(
  matching: Matching,
  before: EdgeMap,
  after: EdgeMap,
  plane: Plane,
  dx: number,
  dy: number,
): number {
  const { all, entering } = matching.entering(after.thin, before.wide, plane, dx, dy);
  return entering / Math.max(all, LEAST_EDGES * plane.width * plane.height);
}

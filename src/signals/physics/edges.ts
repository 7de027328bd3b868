import type { Box } from '../../clip.ts';
import type { Sighting } from './paths.ts';

/** Whether a thing touches the edge of the picture, where it may come and go. */
export function atEdge({ seenX, seenY, width: w, height: h }: Sighting, width: number, height: number): boolean {
  const margin = 0.02 * width;
  return (
    seenX - w / 2 < margin ||
    seenX + w / 2 > width - margin ||
    seenY - h / 2 < margin ||
    seenY + h / 2 > height - margin
  );
}

/** Smallest box around sightings, source pixels. */
export function boxAround(points: readonly Sighting[]): Box {
  const left = Math.min(...points.map(p => p.seenX - p.width / 2));
  const top = Math.min(...points.map(p => p.seenY - p.height / 2));
  const right = Math.max(...points.map(p => p.seenX + p.width / 2));
  const bottom = Math.max(...points.map(p => p.seenY + p.height / 2));
  return [left, top, right - left, bottom - top];
}

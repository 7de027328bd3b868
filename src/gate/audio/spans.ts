/** A stretch in any unit: start inclusive, end exclusive. */
export interface Stretch {
  start: number;
  end: number;
}

/** What is left of a stretch, in order, when holes are cut out of it. */
export function without(stretch: Stretch, holes: readonly Stretch[]): Stretch[] {
  let parts = [{ start: stretch.start, end: stretch.end }];
  for (const hole of holes)
    parts = parts.flatMap(part =>
      [
        { start: part.start, end: Math.min(part.end, hole.start) },
        { start: Math.max(part.start, hole.end), end: part.end },
      ].filter(({ start, end }) => end > start),
    );
  return parts;
}

/** The common part of two stretches; null when there is none. */
export function common(a: Stretch, b: Stretch): Stretch | null {
  const both = { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) };
  return both.end > both.start ? both : null;
}

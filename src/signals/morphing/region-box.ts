import type { Box } from '../../clip.ts';

/**
 * Box of the cells that hang together with one of them at a limit or above, in source pixels.
 *
 * @param plane one value per cell, row-major
 */
export function boxAround(
  plane: Float32Array,
  place: number,
  { columns, rows }: { columns: number; rows: number },
  limit: number,
  source: { width: number; height: number },
): Box {
  const seen = new Set([place]);
  const queue = [place];
  let [left, right, top, bottom] = [columns, 0, rows, 0];
  for (let cell = queue.pop(); cell !== undefined; cell = queue.pop()) {
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    for (const [u, v] of [
      [x + 1, y],
      [x - 1, y],
      [x, y + 1],
      [x, y - 1],
    ]) {
      const next = v * columns + u;
      if (u < 0 || v < 0 || u >= columns || v >= rows || seen.has(next) || plane[next] < limit) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  const [across, down] = [source.width / columns, source.height / rows];
  return [left * across, top * down, (right - left) * across, (bottom - top) * down].map(Math.round) as unknown as Box;
}

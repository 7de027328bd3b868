/** A line of lettering: middle, length along the line and height across it, in pixels; angle of the line, clockwise, radians. */
export interface TextRegion {
  x: number;
  y: number;
  length: number;
  height: number;
  angle: number;
}

/** Probability from which a pixel belongs to lettering, and that a region must have on average. */
const PIXEL = 0.3;
const REGION = 0.6;
/** The network marks lines thinner than they are; they grow by this much of their area over their outline (Liao et al., AAAI 2020). */
const GROWTH = 1.5;
/** Marked pixels across a line, least. */
const THINNEST = 2;
/** A mark whose spread is much the same in all directions has no direction of its own. */
const ROUND = 1.3;

/**
 * Lines of lettering in a map of probabilities, the largest first: connected marks, each as a turned rectangle.
 * @param map row-major, `width × height`
 */
export function textRegions(map: Float32Array, width: number, height: number, most: number): TextRegion[] {
  const seen = new Uint8Array(width * height);
  const stack: number[] = [];
  const found: TextRegion[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || map[start] < PIXEL) continue;
    const marked: number[] = [];
    stack.push(start);
    seen[start] = 1;
    let sum = 0;
    while (stack.length > 0) {
      const at = stack.pop() as number;
      marked.push(at);
      sum += map[at];
      const column = at % width;
      for (const next of [column > 0 ? at - 1 : -1, column < width - 1 ? at + 1 : -1, at - width, at + width])
        if (next >= 0 && next < map.length && !seen[next] && map[next] >= PIXEL) {
          seen[next] = 1;
          stack.push(next);
        }
    }
    if (sum / marked.length < REGION) continue;
    const region = rectangleOf(marked, width);
    if (region !== null) found.push(region);
  }
  return found.sort((a, b) => b.length * b.height - a.length * a.height).slice(0, most);
}

/** Smallest rectangle along the marks' own direction, grown to the line's true size. */
function rectangleOf(marked: readonly number[], width: number): TextRegion | null {
  let [x, y] = [0, 0];
  for (const at of marked) {
    x += at % width;
    y += Math.floor(at / width);
  }
  x /= marked.length;
  y /= marked.length;
  let [xx, yy, xy] = [0, 0, 0];
  for (const at of marked) {
    const dx = (at % width) - x;
    const dy = Math.floor(at / width) - y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const spread = Math.hypot(xx - yy, 2 * xy);
  const round = xx + yy + spread < ROUND ** 2 * (xx + yy - spread);
  const angle = round ? 0 : 0.5 * Math.atan2(2 * xy, xx - yy);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const at of marked) {
    const dx = (at % width) - x;
    const dy = Math.floor(at / width) - y;
    const along = dx * cos + dy * sin;
    const across = dy * cos - dx * sin;
    left = Math.min(left, along);
    right = Math.max(right, along);
    top = Math.min(top, across);
    bottom = Math.max(bottom, across);
  }
  const [length, thick] = [right - left + 1, bottom - top + 1];
  if (thick < THINNEST || length < THINNEST) return null;
  const grow = (GROWTH * length * thick) / (length + thick);
  const [along, across] = [(left + right) / 2, (top + bottom) / 2];
  return {
    x: x + along * cos - across * sin + 0.5,
    y: y + along * sin + across * cos + 0.5,
    length: length + grow,
    height: thick + grow,
    angle,
  };
}

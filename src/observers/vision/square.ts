import type { Picture, PictureSize } from '../../media/frame.ts';

/**
 * A square cut out of a picture. `x` and `y` are its centre in pixels with pixel centres at .5, `angle` turns it
 * clockwise (radians): the square's up direction points to (sin angle, −cos angle) in the picture.
 */
export interface Square {
  x: number;
  y: number;
  side: number;
  angle: number;
}

/** The upright square that holds the whole picture, letterboxed. */
export const wholePicture = ({ width, height }: PictureSize): Square => ({
  x: width / 2,
  y: height / 2,
  side: Math.max(width, height),
  angle: 0,
});

/** Angle within −π … π. */
export const normaliseAngle = (angle: number): number =>
  angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));

/** The square as seen in a picture `factor` times as large. */
export const scaleSquare = (square: Square, factor: number): Square => ({
  x: square.x * factor,
  y: square.y * factor,
  side: square.side * factor,
  angle: square.angle,
});

/** Maps points given in a square's own frame (0–1 from its top left corner) to the picture; in place, `stride` values apart. */
export function squareToPicture(square: Square, points: Float32Array | number[], stride: number): void {
  const c = Math.cos(square.angle) * square.side;
  const s = Math.sin(square.angle) * square.side;
  for (let k = 0; k + 1 < points.length; k += stride) {
    const u = points[k] - 0.5;
    const v = points[k + 1] - 0.5;
    points[k] = square.x + u * c - v * s;
    points[k + 1] = square.y + u * s + v * c;
  }
}

/**
 * Square around a box that is turned by `angle`: the box is moved by `shiftY` of its height along its own up–down axis
 * (negative is up), then the longer side is taken `scale` times. As MediaPipe's rectangle transformation does.
 */
export function squareAround(
  box: { x: number; y: number; width: number; height: number; angle: number },
  { scale, shiftY = 0 }: { scale: number; shiftY?: number },
): Square {
  const { angle } = box;
  return {
    x: box.x - box.height * shiftY * Math.sin(angle),
    y: box.y + box.height * shiftY * Math.cos(angle),
    side: Math.max(box.width, box.height) * scale,
    angle,
  };
}

/** Centre and size of the box around points (`stride` values apart) in axes turned by `angle`. */
export function turnedBox(points: Float32Array, stride: number, angle: number, which?: readonly number[]) {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  const count = which?.length ?? Math.floor(points.length / stride);
  for (let n = 0; n < count; n++) {
    const k = (which ? which[n] : n) * stride;
    const u = points[k] * c + points[k + 1] * s;
    const v = points[k + 1] * c - points[k] * s;
    if (u < left) left = u;
    if (u > right) right = u;
    if (v < top) top = v;
    if (v > bottom) bottom = v;
  }
  const u = (left + right) / 2;
  const v = (top + bottom) / 2;
  return { x: u * c - v * s, y: u * s + v * c, width: right - left, height: bottom - top, angle };
}

/** Area two upright squares share over the area they cover together; their angles are ignored. */
export function squareOverlap(a: Square, b: Square): number {
  const width = Math.min(a.x + a.side / 2, b.x + b.side / 2) - Math.max(a.x - a.side / 2, b.x - b.side / 2);
  const height = Math.min(a.y + a.side / 2, b.y + b.side / 2) - Math.max(a.y - a.side / 2, b.y - b.side / 2);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.side * a.side + b.side * b.side - shared);
}

/** Whether any of the square lies inside the picture. */
export const touches = (square: Square, picture: PictureSize): boolean =>
  square.x + square.side / 2 > 0 &&
  square.y + square.side / 2 > 0 &&
  square.x - square.side / 2 < picture.width &&
  square.y - square.side / 2 < picture.height;

/**
 * Overlapping upright squares of `side` that cover the picture in as few rows and columns as leave `overlap` of the
 * side common to neighbours, in reading order.
 */
export function tiles(size: PictureSize, side: number, overlap = 0.25): Square[] {
  const along = (length: number): number[] => {
    if (length <= side) return [length / 2];
    const count = Math.ceil((length - side) / (side * (1 - overlap))) + 1;
    return Array.from({ length: count }, (_, k) => side / 2 + (k * (length - side)) / (count - 1));
  };
  return along(size.height).flatMap(y => along(size.width).map(x => ({ x, y, side, angle: 0 })));
}

/** Picture of half the size by 2 × 2 means; reuses `into` when it fits. For detectors that look at large areas. */
export function halvePicture(source: Picture, into: Picture | null): Picture {
  const width = Math.max(2, (source.width >> 2) << 1);
  const height = Math.max(2, (source.height >> 2) << 1);
  const target =
    into && into.width === width && into.height === height
      ? into
      : {
          width,
          height,
          stride: width,
          chromaStride: width / 2,
          y: new Uint8Array(width * height),
          u: new Uint8Array((width * height) / 4),
          v: new Uint8Array((width * height) / 4),
        };
  halvePlane(source.y, source.stride, source.width, source.height, target.y, width, height);
  halvePlane(source.u, source.chromaStride, source.width / 2, source.height / 2, target.u, width / 2, height / 2);
  halvePlane(source.v, source.chromaStride, source.width / 2, source.height / 2, target.v, width / 2, height / 2);
  return target;
}

function halvePlane(
  from: Uint8Array,
  stride: number,
  fromWidth: number,
  fromHeight: number,
  to: Uint8Array,
  width: number,
  height: number,
): void {
  let out = 0;
  for (let row = 0; row < height; row++) {
    const above = Math.min(2 * row, fromHeight - 1) * stride;
    const below = Math.min(2 * row + 1, fromHeight - 1) * stride;
    for (let column = 0; column < width; column++) {
      const left = Math.min(2 * column, fromWidth - 1);
      const right = Math.min(left + 1, fromWidth - 1);
      to[out++] = (from[above + left] + from[above + right] + from[below + left] + from[below + right] + 2) >> 2;
    }
  }
}

import { normaliseAngle, type Square, squareAround, squareToPicture } from './square.ts';

/** A detection in the detector's own square (0–1) or, after {@link toPicture}, in pixels. */
export interface Detection {
  score: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** x, y of each key point. */
  points: number[];
}

/** What a single-shot detector's raw outputs mean. */
export interface DetectorShape {
  /** Pixels of the square input; boxes and points are in these units relative to their anchor. */
  size: number;
  points: number;
  /** Grid layers in the order of the outputs: cells along one side and anchors in each cell. */
  layers: readonly { cells: number; perCell: number }[];
}

/** Shapes of MediaPipe's detectors, from their graph configurations (all anchors of unit size at cell centres). */
export const PALM: DetectorShape = {
  size: 192,
  points: 7,
  layers: [
    { cells: 24, perCell: 2 },
    { cells: 12, perCell: 6 },
  ],
};
export const FACE: DetectorShape = {
  size: 128,
  points: 6,
  layers: [
    { cells: 16, perCell: 2 },
    { cells: 8, perCell: 6 },
  ],
};
export const BODY: DetectorShape = {
  size: 224,
  points: 4,
  layers: [
    { cells: 28, perCell: 2 },
    { cells: 14, perCell: 2 },
    { cells: 7, perCell: 6 },
  ],
};

/** Overlap from which two boxes are one thing (MediaPipe's weighted suppression). */
const SAME = 0.3;

/** Centres of all anchors, x and y in 0–1, in the order of the outputs. */
export function anchorsOf(shape: DetectorShape): Float32Array {
  const centres: number[] = [];
  for (const { cells, perCell } of shape.layers)
    for (let row = 0; row < cells; row++)
      for (let column = 0; column < cells; column++)
        for (let k = 0; k < perCell; k++) centres.push((column + 0.5) / cells, (row + 0.5) / cells);
  return Float32Array.from(centres);
}

/**
 * Boxes with at least `leastScore`, overlapping ones blended.
 * @param boxes per anchor x, y, width, height and the points, in input pixels relative to the anchor
 * @param scores one logit per anchor
 */
export function readDetections(
  boxes: Float32Array,
  scores: Float32Array,
  shape: DetectorShape,
  anchors: Float32Array,
  leastScore: number,
): Detection[] {
  const leastLogit = Math.log(leastScore / (1 - leastScore));
  const width = 4 + 2 * shape.points;
  const { size } = shape;
  const found: Detection[] = [];
  for (let k = 0; k < scores.length; k++) {
    if (!(scores[k] >= leastLogit)) continue;
    const from = k * width;
    const ax = anchors[2 * k];
    const ay = anchors[2 * k + 1];
    const points: number[] = [];
    for (let p = from + 4; p < from + width; p += 2) points.push(boxes[p] / size + ax, boxes[p + 1] / size + ay);
    found.push({
      score: sigmoid(scores[k]),
      x: boxes[from] / size + ax,
      y: boxes[from + 1] / size + ay,
      width: boxes[from + 2] / size,
      height: boxes[from + 3] / size,
      points,
    });
  }
  return blend(found);
}

/** Weighted suppression: the best box takes in all that overlap it, each weighing as much as its score. */
export function blend(found: Detection[], same = SAME): Detection[] {
  let rest = [...found].sort((a, b) => b.score - a.score);
  const kept: Detection[] = [];
  while (rest.length > 0) {
    const best = rest[0];
    const group = rest.filter(other => other === best || overlap(best, other) > same);
    rest = rest.filter(other => !group.includes(other));
    const total = group.reduce((sum, { score }) => sum + score, 0);
    const mean = (read: (d: Detection) => number) => group.reduce((sum, d) => sum + d.score * read(d), 0) / total;
    const left = mean(d => d.x - d.width / 2);
    const right = mean(d => d.x + d.width / 2);
    const top = mean(d => d.y - d.height / 2);
    const bottom = mean(d => d.y + d.height / 2);
    kept.push({
      score: best.score,
      x: (left + right) / 2,
      y: (top + bottom) / 2,
      width: right - left,
      height: bottom - top,
      points: best.points.map((_, k) => mean(d => d.points[k])),
    });
  }
  return kept;
}

/** Shared area over covered area of two upright boxes given by centre and size. */
export function overlap(
  a: { x: number; y: number; width: number; height: number },
  b: { x: number; y: number; width: number; height: number },
): number {
  const width = Math.min(a.x + a.width / 2, b.x + b.width / 2) - Math.max(a.x - a.width / 2, b.x - b.width / 2);
  const height = Math.min(a.y + a.height / 2, b.y + b.height / 2) - Math.max(a.y - a.height / 2, b.y - b.height / 2);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** The detection in pixels of the picture that the (upright) detector square was cut from. */
export function toPicture(detection: Detection, square: Square): Detection {
  const points = [...detection.points];
  squareToPicture(square, points, 2);
  return {
    score: detection.score,
    x: square.x + (detection.x - 0.5) * square.side,
    y: square.y + (detection.y - 0.5) * square.side,
    width: detection.width * square.side,
    height: detection.height * square.side,
    points,
  };
}

/** Angle by which a square must turn so that the line from point `a` to point `b` has `target` in it (0 right, π/2 up). */
const turn = (points: readonly number[], a: number, b: number, target: number): number =>
  normaliseAngle(target - Math.atan2(-(points[2 * b + 1] - points[2 * a + 1]), points[2 * b] - points[2 * a]));

/** The landmark network's square for a palm: wrist below middle knuckle, 2.6 palms, moved half a palm towards the fingers. */
export const squareOfPalm = (palm: Detection): Square =>
  squareAround({ ...palm, angle: turn(palm.points, 0, 2, Math.PI / 2) }, { scale: 2.6, shiftY: -0.5 });

/** The mesh network's square for a face: eyes level, 1.5 face boxes. */
export const squareOfFace = (face: Detection): Square =>
  squareAround({ ...face, angle: turn(face.points, 0, 1, 0) }, { scale: 1.5 });

/** The pose network's square: around the hips' middle, through the point that gives size and direction. */
export const squareOfBody = (body: Detection): Square => squareFromHips(body.points);

/** As {@link squareOfBody}, from x, y of the hips' middle and of the point that gives size and direction. */
export function squareFromHips(points: readonly number[]): Square {
  const side = 2 * Math.hypot(points[2] - points[0], points[3] - points[1]);
  return { x: points[0], y: points[1], side: side * 1.25, angle: turn(points, 0, 1, Math.PI / 2) };
}

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

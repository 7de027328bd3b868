import type { ClipFacts } from '../../clip.ts';
import { type Faces, type Identities, pointsOf } from '../../landmarks.ts';
import type { ShapeSource } from './shape-course.ts';
import { type ShapeMeasure, type ShapeModel, shapeModel } from './shape-model.ts';

/** Two places of the face, each the middle of mesh points, and what part of the face their distance belongs to. */
type Span = readonly [part: FacePart, from: readonly number[], to: readonly number[]];
export type FacePart = 'eyes' | 'nose' | 'cheeks' | 'jaw' | 'forehead';

const EYES = [33, 133, 362, 263];
/** Distances on a face that moving it, speaking and looking change little. */
const SHAPE: readonly Span[] = [
  ['eyes', [33], [263]],
  ['eyes', [133], [362]],
  ['eyes', [33], [133]],
  ['eyes', [362], [263]],
  ['nose', [168], [2]],
  ['nose', [6], [4]],
  ['nose', [48], [278]],
  ['nose', EYES, [2]],
  ['cheeks', [127], [356]],
  ['cheeks', [234], [454]],
  ['cheeks', [50], [280]],
  ['cheeks', [116], [345]],
  ['jaw', [132], [361]],
  ['jaw', [58], [288]],
  ['jaw', [172], [397]],
  ['jaw', [136], [365]],
  ['forehead', EYES, [10]],
  ['forehead', [21], [251]],
  ['forehead', [54], [284]],
];
/** Distances that speaking and looking change: mouth's width, eyes to upper lip and chin, openings of the eyes and the mouth. */
const EXPRESSION: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[61], [291]],
  [EYES, [0]],
  [EYES, [152]],
  [[159], [145]],
  [[386], [374]],
  [[13], [14]],
];

export const SHAPE_PARTS: readonly FacePart[] = SHAPE.map(([part]) => part);
export const SHAPE_LENGTH = SHAPE.length;
/** Yaw and pitch in thirties of degrees, their squares and product, and expression. */
export const CONTEXT_LENGTH = 5 + EXPRESSION.length;
/** What a face must offer to be measured: degrees, source pixels across the mesh, presence. */
const GOOD = { yaw: 35, pitch: 28, size: 60, presence: 0.9 } as const;

/** A face in one frame as it is measured. */
export interface FaceMeasure extends ShapeMeasure {
  /** Geometric mean of the distances in source pixels: the face's size, however it moves. */
  scale: number;
}

/**
 * The shape of a face ({@link SHAPE_PARTS}, over their geometric mean), and what else moves its points: pose and expression; null where the face is too
 * small, turned away, or not wholly inside the picture.
 */
export function measureFace(
  faces: Faces,
  row: number,
  picture: { width: number; height: number },
  scratch?: Float32Array,
): FaceMeasure | null {
  const [yaw, pitch] = [faces.pose[3 * row], faces.pose[3 * row + 1]];
  const size = faces.place[3 * row + 2] / 1.5;
  const [x, y] = [faces.place[3 * row], faces.place[3 * row + 1]];
  if (faces.presence[row] < GOOD.presence || size < GOOD.size) return null;
  if (Math.abs(yaw) > GOOD.yaw || Math.abs(pitch) > GOOD.pitch) return null;
  if (Math.min(x, picture.width - x, y, picture.height - y) < size / 2) return null;
  const points = pointsOf(faces, row, scratch);
  const shape = Float64Array.from(SHAPE, ([, from, to]) => Math.log(Math.max(1e-3, distance(points, from, to))));
  const scale = shape.reduce((sum, value) => sum + value, 0) / shape.length;
  const [a, b] = [yaw / 30, pitch / 30];
  const context = Float64Array.from([
    ...[a, b, a * a, b * b, a * b],
    ...EXPRESSION.map(([from, to]) => distance(points, from, to) / Math.exp(scale)),
  ]);
  return { shape: shape.map(value => value - scale), context, yaw, pitch, size, scale: Math.exp(scale) };
}

function distance(points: Float32Array, from: readonly number[], to: readonly number[]): number {
  let squares = 0;
  for (let axis = 0; axis < 3; axis++) {
    let gap = 0;
    for (const point of from) gap += points[3 * point + axis] / from.length;
    for (const point of to) gap -= points[3 * point + axis] / to.length;
    squares += gap * gap;
  }
  return Math.sqrt(squares);
}

export const FACE_SHAPE_MODEL = 'retake-face-shape';

/** The product's own. Throws model-missing or model-corrupt. */
export const faceShapeModel = (): ShapeModel => shapeModel(FACE_SHAPE_MODEL, SHAPE_LENGTH, CONTEXT_LENGTH);

/** Seconds of a look; fewest frames in it. */
const LOOK = { seconds: 0.5, least: 4 } as const;

/** The shapes of all faces of a clip for `shapeCourse`; null when its faces have no full mesh. */
export function facesShaped(
  clip: Pick<ClipFacts, 'video'>,
  faces: Faces,
  identities: Identities | null,
  model: ShapeModel,
): ShapeSource | null {
  if (faces.points < 478) return null;
  const scratch = new Float32Array(3 * faces.points);
  const { num, den } = clip.video.fps;
  const count = Math.max(LOOK.least, Math.round((LOOK.seconds * num) / den / faces.step));
  return {
    faces,
    identities,
    model,
    parts: SHAPE_PARTS,
    step: faces.step,
    look: { count, hop: Math.floor(count / 2) },
    measure: row => measureFace(faces, row, clip.video, scratch),
  };
}

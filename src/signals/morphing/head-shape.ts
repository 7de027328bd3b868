import type { ClipFacts } from '../../clip.ts';
import { type Faces, type Identities, LOOK_PLANES, LOOK_REACH, LOOK_SIDE, type PersonLooks } from '../../landmarks.ts';
import { CONTEXT_LENGTH, measureFace } from './face-shape.ts';
import type { ShapeSource } from './shape-course.ts';
import { type ShapeMeasure, type ShapeModel, shapeModel } from './shape-model.ts';

/** Breadths of the head with its hair, from so many heights of the face above its middle to so many below. */
const BREADTHS = [
  ['crown', -0.62, -0.48],
  ['forehead', -0.46, -0.3],
  ['temples', -0.28, -0.12],
  ['cheeks', -0.1, 0.06],
  ['jaw', 0.12, 0.28],
] as const;
export const HEAD_PARTS: readonly string[] = BREADTHS.map(([part]) => part);
export const HEAD_LENGTH = HEAD_PARTS.length;

/** The plane of a look that says how much of each cell is a person's. */
const PERSON = 3;
const CELLS = LOOK_SIDE * LOOK_SIDE;
/** Heights of a face in a cell. */
const CELL = LOOK_REACH.side / LOOK_SIDE;
/** Share of a person, 0–255, below which somebody ends: what lies beyond belongs to others, or to a hand. */
const ENDS = 77;
/** Cells from which on a breadth is one. */
const LEAST = 2;

const cellAt = (offset: number): number => (offset + LOOK_REACH.side / 2) / CELL;

/**
 * The outline of a head with its hair, by the person's mask: breadths from the crown to the jaw over the size of the face's mesh,
 * with the pose and expression of the face. Null where the face cannot be measured or the picture's sides cut off one of the breadths.
 * @param look row of `looks` that was taken round this face
 */
export function measureHead(
  faces: Faces,
  row: number,
  looks: PersonLooks,
  look: number,
  picture: { width: number; height: number },
  scratch?: Float32Array,
): ShapeMeasure | null {
  const face = measureFace(faces, row, picture, scratch);
  if (face === null) return null;
  const mask = looks.pictures.subarray(
    (look * LOOK_PLANES + PERSON) * CELLS,
    (look * LOOK_PLANES + PERSON + 1) * CELLS,
  );
  const [x, y, side] = looks.place.subarray(3 * look, 3 * look + 3);
  const height = side / 1.5;
  // Cells that lie in the picture: beyond it the look repeats its edge, and what reaches there is cut off.
  const inside = {
    top: Math.max(0, Math.round(cellAt(-y / height - LOOK_REACH.below))),
    left: Math.max(0, Math.round(cellAt(-x / height))),
    right: Math.min(LOOK_SIDE, Math.round(cellAt((picture.width - x) / height))),
  };
  const values = BREADTHS.map(([, from, to]) => {
    const [first, last] = [from, to].map(offset => Math.floor(cellAt(offset - LOOK_REACH.below)));
    let sum = first < inside.top ? Number.NaN : 0;
    for (let line = first; line <= last; line++) sum += breadth(mask, line, inside);
    return sum / (last - first + 1);
  });
  // Sums of what is cut off are not numbers, and neither is their comparison.
  if (!values.every(value => value >= LEAST)) return null;
  const { context, yaw, pitch, size, scale } = face;
  const pixels = (CELL * height) / scale;
  return { shape: Float64Array.from(values, value => Math.log(value * pixels)), context, yaw, pitch, size };
}

/** Cells across that hang together with the middle of a line, whole and in part; NaN where they reach the picture's side. */
function breadth(mask: Uint8Array, line: number, { left, right }: { left: number; right: number }): number {
  const at = (x: number) => mask[line * LOOK_SIDE + x];
  let sum = 0;
  let x = LOOK_SIDE / 2;
  for (; x < right && at(x) >= ENDS; x++) sum += at(x);
  if (x === right) return Number.NaN;
  for (x = LOOK_SIDE / 2 - 1; x >= left && at(x) >= ENDS; x--) sum += at(x);
  return x < left ? Number.NaN : sum / 255;
}

export const HEAD_SHAPE_MODEL = 'retake-head-shape';

/** The product's own. Throws model-missing or model-corrupt. */
export const headShapeModel = (): ShapeModel => shapeModel(HEAD_SHAPE_MODEL, HEAD_LENGTH, CONTEXT_LENGTH);

/** Looks at heads are rare: three make one that counts, and each begins another. */
const LOOK = { count: 3, hop: 1 } as const;

/** The shapes of all heads of a clip for `shapeCourse`; null when its faces have no full mesh. */
export function headsShaped(
  clip: Pick<ClipFacts, 'video'>,
  faces: Faces,
  identities: Identities | null,
  looks: PersonLooks,
  model: ShapeModel,
): ShapeSource | null {
  if (faces.points < 478) return null;
  const scratch = new Float32Array(3 * faces.points);
  const lookOf = new Map<string, number>();
  looks.frames.forEach((frame, k) => {
    lookOf.set(`${frame}/${looks.lineage[k]}`, k);
  });
  return {
    faces,
    identities,
    model,
    parts: HEAD_PARTS,
    step: looks.step,
    look: LOOK,
    measure: (row, frame) => {
      const look = lookOf.get(`${frame}/${faces.lineage[row]}`);
      return look === undefined ? null : measureHead(faces, row, looks, look, clip.video, scratch);
    },
  };
}

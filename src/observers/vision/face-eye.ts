import type { Picture } from '../../media/frame.ts';
import type { Cropper } from './crop.ts';
import { FACE, sigmoid, squareOfFace } from './detections.ts';
import { type PictureNet, type Sighting, sharpnessOf } from './eye.ts';
import { EYE_A, EYE_B, EYE_OUTLINE, FACE_POINTS, IRIS_A, IRIS_B, LIPS, MESH_POINTS } from './face-mesh.ts';
import { type HeadPose, headPose } from './head-pose.ts';
import { type EyeKind, type EyeOptions, NetworkEye } from './network-eye.ts';
import { normaliseAngle, type Square, squareAround, squareToPicture, turnedBox } from './square.ts';

export interface FaceSighting extends Sighting {
  pose: HeadPose;
}

export interface FaceNets {
  detector: PictureNet;
  mesh: PictureNet;
}

const KIND: EyeKind = { shape: FACE, leastSide: 8, same: 0.3, crop: squareOfFace };

/** Short-range face detector and attention mesh with MediaPipe's geometry. */
export class FaceEye extends NetworkEye<FaceSighting> {
  readonly #mesh: PictureNet;

  constructor({ detector, mesh }: FaceNets, cropper: Cropper, options: EyeOptions) {
    super(KIND, detector, cropper, options);
    this.#mesh = mesh;
  }

  async measure(picture: Picture, square: Square, least = this.options.presence): Promise<FaceSighting | null> {
    const mesh = this.#mesh;
    this.cropper.cut(picture, square, mesh.size, mesh.input, mesh.normalisation, 'repeat');
    const outputs = await mesh.run();
    const presence = sigmoid(outputs[6][0]);
    if (!(presence >= least)) return null;
    const points = refine(outputs);
    for (let k = 0; k < points.length; k++) points[k] /= mesh.size;
    squareToPicture(square, points, 3);
    for (let k = 2; k < points.length; k += 3) points[k] *= square.side;
    const sharpness = sharpnessOf(mesh.input, mesh.size);
    return { square, points, presence, sharpness, pose: headPose(points) };
  }

  next({ points }: FaceSighting): Square {
    return squareOfMesh(points);
  }
}

/**
 * The mesh with lips, eyes and irises put in place.
 * @param outputs mesh (x, y, z), lips, eye A, eye B, iris A, iris B (x, y each), in pixels of the input
 */
function refine([mesh, lips, eyeA, eyeB, irisA, irisB]: Float32Array[]): Float32Array {
  const points = new Float32Array(FACE_POINTS * 3);
  points.set(mesh.subarray(0, MESH_POINTS * 3));
  const place = (which: readonly number[], from: Float32Array) => {
    for (let k = 0; k < which.length; k++) {
      points[3 * which[k]] = from[2 * k];
      points[3 * which[k] + 1] = from[2 * k + 1];
    }
  };
  place(LIPS, lips);
  place(EYE_A, eyeA);
  place(EYE_B, eyeB);
  const iris = (first: number, eye: readonly number[], from: Float32Array) => {
    let depth = 0;
    for (let k = 0; k < EYE_OUTLINE; k++) depth += points[3 * eye[k] + 2] / EYE_OUTLINE;
    for (let k = 0; k < 5; k++) points.set([from[2 * k], from[2 * k + 1], depth], 3 * (first + k));
  };
  iris(IRIS_A, EYE_A, irisA);
  iris(IRIS_B, EYE_B, irisB);
  return points;
}

/** The crop for a face whose mesh is known: outer eye corners level, 1.5 times the upright box around it (as MediaPipe has it). */
export function squareOfMesh(points: Float32Array): Square {
  const angle = normaliseAngle(
    -Math.atan2(-(points[263 * 3 + 1] - points[33 * 3 + 1]), points[263 * 3] - points[33 * 3]),
  );
  return squareAround({ ...turnedBox(points, 3, 0), angle }, { scale: 1.5 });
}

import type { Picture } from '../../media/frame.ts';
import type { Cropper } from './crop.ts';
import { anchorsOf, FACE, readDetections, sigmoid, squareOfFace, toPicture } from './detections.ts';
import { type Candidate, type Eye, FAINT, meanDistance, type PictureNet, type Sighting, sharpnessOf } from './eye.ts';
import { EYE_A, EYE_B, EYE_OUTLINE, FACE_POINTS, IRIS_A, IRIS_B, LIPS, MESH_POINTS } from './face-mesh.ts';
import { type HeadPose, headPose } from './head-pose.ts';
import { normaliseAngle, type Square, squareAround, squareToPicture, turnedBox } from './square.ts';

export interface FaceSighting extends Sighting {
  pose: HeadPose;
}

export interface FaceNets {
  detector: PictureNet;
  mesh: PictureNet;
}

export interface FaceEyeOptions {
  limit: number;
  /** Least score of the detector and of the mesh network's face flag; MediaPipe's defaults are 0.5. */
  detection: number;
  presence: number;
  /** Least detector score in areas that are only tried on the chance. */
  chance: number;
}

/** Two meshes are one face when their points lie closer than this share of the larger face. */
const SAME_FACE = 0.3;
/** A second look at a face moves its points by less than this share of the face. */
const CONFIRMED = 0.15;

/** Short-range face detector and attention mesh with MediaPipe's geometry. */
export class FaceEye implements Eye<FaceSighting> {
  readonly limit: number;
  readonly #nets: FaceNets;
  readonly #cropper: Cropper;
  readonly #options: FaceEyeOptions;
  readonly #anchors = anchorsOf(FACE);

  constructor(nets: FaceNets, cropper: Cropper, options: FaceEyeOptions) {
    this.#nets = nets;
    this.#cropper = cropper;
    this.#options = options;
    this.limit = options.limit;
  }

  async detect(picture: Picture, area: Square, chance: boolean): Promise<Candidate[]> {
    const { detector } = this.#nets;
    this.#cropper.cut(picture, area, detector.size, detector.input, detector.normalisation);
    const [boxes, scores] = await detector.run();
    const sure = chance ? this.#options.chance : this.#options.detection;
    return readDetections(boxes, scores, FACE, this.#anchors, Math.min(sure, FAINT))
      .map(detection => ({ square: squareOfFace(toPicture(detection, area)), sure: detection.score >= sure }))
      .filter(({ square }) => square.side > 8);
  }

  async measure(picture: Picture, square: Square, least = this.#options.presence): Promise<FaceSighting | null> {
    const { mesh } = this.#nets;
    this.#cropper.cut(picture, square, mesh.size, mesh.input, mesh.normalisation, 'repeat');
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

  confirms(first: FaceSighting, second: FaceSighting): boolean {
    return meanDistance(first.points, second.points) < CONFIRMED * Math.max(extent(first), extent(second));
  }

  same(a: FaceSighting, b: FaceSighting): boolean {
    return meanDistance(a.points, b.points) < SAME_FACE * Math.max(extent(a), extent(b));
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

const extent = (seen: FaceSighting): number => {
  const box = turnedBox(seen.points, 3, 0);
  return Math.max(box.width, box.height);
};

import type { Picture } from '../../media/frame.ts';
import type { Cropper } from './crop.ts';
import { BODY, sigmoid, squareFromHips, squareOfBody } from './detections.ts';
import { type PictureNet, type Sighting, sharpnessOf } from './eye.ts';
import { turnWorld } from './hand-eye.ts';
import { type EyeKind, type EyeOptions, NetworkEye } from './network-eye.ts';
import { type Square, squareOverlap, squareToPicture } from './square.ts';

export const BODY_POINTS = 33;
/** The network gives 33 points of the body and six that steer the crop: 33 is the hips' middle, 34 size and direction. */
const NET_POINTS = 39;
const VALUES = 5;
/** Cells of the heat map around a point that may correct it, and the least belief to do so (MediaPipe's settings). */
const REFINE_RADIUS = 3;
const REFINE_FROM = 0.5;

export interface BodySighting extends Sighting {
  /** Probability per point that it is in the picture and not hidden, 0–1. */
  visibility: Float32Array;
  /** 33 × (x, y, z) in metres from the hips' middle, axes of the picture. */
  world: Float32Array;
  /** x, y of the two points that place the next crop. */
  hips: [number, number, number, number];
}

export interface BodyNets {
  detector: PictureNet;
  pose: PictureNet;
}

const KIND: EyeKind = { shape: BODY, leastSide: 16, same: 0.15, crop: squareOfBody };
/** Two poses are also one body when their crops coincide to this degree. */
const SAME_CROP = 0.75;

/** Pose detector and pose landmark network with MediaPipe's geometry. */
export class BodyEye extends NetworkEye<BodySighting> {
  readonly #pose: PictureNet;

  constructor({ detector, pose }: BodyNets, cropper: Cropper, options: EyeOptions) {
    super(KIND, detector, cropper, options);
    this.#pose = pose;
  }

  async measure(picture: Picture, square: Square, least = this.options.presence): Promise<BodySighting | null> {
    const pose = this.#pose;
    this.cropper.cut(picture, square, pose.size, pose.input, pose.normalisation);
    const { raw, flag, heat, metric } = poseOutputs(await pose.run());
    if (!(flag[0] >= least)) return null;
    const all = new Float32Array(NET_POINTS * 3);
    const visibility = new Float32Array(BODY_POINTS);
    for (let k = 0; k < NET_POINTS; k++) {
      for (let c = 0; c < 3; c++) all[3 * k + c] = raw[VALUES * k + c] / pose.size;
      if (k < BODY_POINTS) visibility[k] = sigmoid(Math.min(raw[VALUES * k + 3], raw[VALUES * k + 4]));
    }
    if (heat) refine(all, heat);
    squareToPicture(square, all, 3);
    for (let k = 2; k < all.length; k += 3) all[k] *= square.side;
    return {
      square,
      points: all.slice(0, BODY_POINTS * 3),
      presence: flag[0],
      sharpness: sharpnessOf(pose.input, pose.size),
      visibility,
      world: turnWorld(metric.slice(0, BODY_POINTS * 3), square.angle),
      hips: [all[99], all[100], all[102], all[103]],
    };
  }

  next({ hips }: BodySighting): Square {
    return squareFromHips(hips);
  }

  override same(a: BodySighting, b: BodySighting): boolean {
    return super.same(a, b) || squareOverlap(this.next(a), this.next(b)) > SAME_CROP;
  }
}

/** Tells the pose network's outputs by their lengths: which of them a build of the network keeps is its own affair. */
function poseOutputs(outputs: Float32Array[]) {
  const of = (length: number) => outputs.find(values => values.length === length);
  const raw = of(NET_POINTS * VALUES);
  const flag = of(1);
  const metric = of(NET_POINTS * 3);
  if (!raw || !flag || !metric) throw new Error('the pose network lacks an output');
  return { raw, flag, metric, heat: outputs.find(values => values.length === 64 * 64 * NET_POINTS) };
}

/** Moves each point to the centre of mass of its heat map nearby, where the map is sure of it. */
function refine(points: Float32Array, heat: Float32Array): void {
  const cells = 64;
  for (let k = 0; k < NET_POINTS; k++) {
    const column = Math.floor(points[3 * k] * cells);
    const row = Math.floor(points[3 * k + 1] * cells);
    if (column < 0 || row < 0 || column >= cells || row >= cells) continue;
    let sum = 0;
    let x = 0;
    let y = 0;
    let most = 0;
    for (let r = Math.max(0, row - REFINE_RADIUS); r <= Math.min(cells - 1, row + REFINE_RADIUS); r++) {
      for (let c = Math.max(0, column - REFINE_RADIUS); c <= Math.min(cells - 1, column + REFINE_RADIUS); c++) {
        const belief = sigmoid(heat[(r * cells + c) * NET_POINTS + k]);
        sum += belief;
        x += c * belief;
        y += r * belief;
        if (belief > most) most = belief;
      }
    }
    if (most < REFINE_FROM || sum <= 0) continue;
    points[3 * k] = x / sum / cells;
    points[3 * k + 1] = y / sum / cells;
  }
}

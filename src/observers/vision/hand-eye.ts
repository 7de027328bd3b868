import type { Picture } from '../../media/frame.ts';
import type { Cropper } from './crop.ts';
import { PALM, squareOfPalm } from './detections.ts';
import { type PictureNet, type Sighting, sharpnessOf } from './eye.ts';
import { type EyeKind, type EyeOptions, NetworkEye } from './network-eye.ts';
import { normaliseAngle, type Square, squareAround, squareToPicture, turnedBox } from './square.ts';

const POINTS = 21;

export interface HandSighting extends Sighting {
  /** Probability of a right hand in a picture that is not mirrored. */
  right: number;
  /** 21 × (x, y, z) in metres, axes of the picture. */
  world: Float32Array;
}

export interface HandNets {
  palm: PictureNet;
  full: PictureNet;
}

/** Points that stay put when fingers bend: wrist, thumb base, both inner joints of the fingers; they place the next crop. */
const STEADY = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18] as const;
/** The network's depth is in units of this share of its input's width (MediaPipe's `normalize_z`). */
const DEPTH_UNIT = 0.4;
/**
 * The network counts pixels by their index, so that their centres lie half a pixel further on (MediaPipe's tasks take it
 * so, and points of mirrored pictures come closer to each other with it). The face mesh has no such shift.
 */
const HALF_PIXEL = 0.5;
/**
 * With its edge repeated a picture that a forearm or fingers run out of shows them whole, and a hand that fills it is one
 * among other things; black around the same picture is a dark place in which others are found.
 */
const KIND: EyeKind = { shape: PALM, leastSide: 8, same: 0.25, beyond: ['repeat', 'black'], crop: squareOfPalm };

/** Palm detector and hand landmark network with MediaPipe's geometry. */
export class HandEye extends NetworkEye<HandSighting> {
  readonly #net: PictureNet;

  constructor({ palm, full }: HandNets, cropper: Cropper, options: EyeOptions) {
    super(KIND, palm, cropper, options);
    this.#net = full;
  }

  async measure(picture: Picture, square: Square, least = this.options.presence): Promise<HandSighting | null> {
    const net = this.#net;
    this.cropper.cut(picture, square, net.size, net.input, net.normalisation, 'repeat');
    const [raw, presence, right, metric] = await net.run();
    if (!(presence[0] >= least)) return null;
    const points = new Float32Array(POINTS * 3);
    for (let k = 0; k < points.length; k++) points[k] = (raw[k] + (k % 3 < 2 ? HALF_PIXEL : 0)) / net.size;
    squareToPicture(square, points, 3);
    for (let k = 2; k < points.length; k += 3) points[k] *= square.side / DEPTH_UNIT;
    return {
      square,
      points,
      presence: presence[0],
      sharpness: sharpnessOf(net.input, net.size),
      right: right[0],
      world: turnWorld(metric, square.angle),
    };
  }

  next({ points }: HandSighting): Square {
    return squareOfHand(points);
  }
}

/** The crop for a hand whose points are known: wrist below the middle of the knuckles, twice the palm's extent. */
export function squareOfHand(points: Float32Array): Square {
  const x = (points[15] + points[39]) / 4 + points[27] / 2;
  const y = (points[16] + points[40]) / 4 + points[28] / 2;
  const angle = normaliseAngle(Math.PI / 2 - Math.atan2(points[1] - y, x - points[0]));
  return squareAround(turnedBox(points, 3, angle, STEADY), { scale: 2, shiftY: -0.1 });
}

/** World points come in the crop's axes. */
export function turnWorld(metric: Float32Array, angle: number): Float32Array {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const out = new Float32Array(metric.length);
  for (let k = 0; k < metric.length; k += 3) {
    out[k] = metric[k] * c - metric[k + 1] * s;
    out[k + 1] = metric[k] * s + metric[k + 1] * c;
    out[k + 2] = metric[k + 2];
  }
  return out;
}

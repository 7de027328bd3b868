import type { Picture } from '../../media/frame.ts';
import type { Cropper } from './crop.ts';
import { anchorsOf, PALM, readDetections, squareOfPalm, toPicture } from './detections.ts';
import { type Candidate, type Eye, FAINT, meanDistance, type PictureNet, type Sighting, sharpnessOf } from './eye.ts';
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

export interface HandEyeOptions {
  /** Most hands in a frame. */
  limit: number;
  /** Least score of the palm detector and of the landmark network's presence; MediaPipe's defaults are 0.5. */
  detection: number;
  presence: number;
  /** Least detector score in areas that are only tried on the chance. */
  chance: number;
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
/** Two sightings are one hand when their points lie closer than this share of the larger hand. */
const SAME_HAND = 0.25;
/** A second look at a hand moves its points by less than this share of the hand: real ones stayed below 0.1, chance finds lay around 0.2. */
const CONFIRMED = 0.15;

/** Palm detector and hand landmark network with MediaPipe's geometry. */
export class HandEye implements Eye<HandSighting> {
  readonly limit: number;
  readonly #nets: HandNets;
  readonly #cropper: Cropper;
  readonly #options: HandEyeOptions;
  readonly #anchors = anchorsOf(PALM);

  constructor(nets: HandNets, cropper: Cropper, options: HandEyeOptions) {
    this.#nets = nets;
    this.#cropper = cropper;
    this.#options = options;
    this.limit = options.limit;
  }

  async detect(picture: Picture, area: Square, chance: boolean): Promise<Candidate[]> {
    const { palm } = this.#nets;
    this.#cropper.cut(picture, area, palm.size, palm.input, palm.normalisation);
    const [boxes, scores] = await palm.run();
    const sure = chance ? this.#options.chance : this.#options.detection;
    return readDetections(boxes, scores, PALM, this.#anchors, Math.min(sure, FAINT))
      .map(detection => ({ square: squareOfPalm(toPicture(detection, area)), sure: detection.score >= sure }))
      .filter(({ square }) => square.side > 8);
  }

  async measure(picture: Picture, square: Square, least = this.#options.presence): Promise<HandSighting | null> {
    const { full: net } = this.#nets;
    this.#cropper.cut(picture, square, net.size, net.input, net.normalisation, 'repeat');
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

  confirms(first: HandSighting, second: HandSighting): boolean {
    return meanDistance(first.points, second.points) < CONFIRMED * Math.max(extent(first), extent(second));
  }

  same(a: HandSighting, b: HandSighting): boolean {
    return meanDistance(a.points, b.points) < SAME_HAND * Math.max(extent(a), extent(b));
  }
}

/** The crop for a hand whose points are known: wrist below the middle of the knuckles, twice the palm's extent. */
export function squareOfHand(points: Float32Array): Square {
  const x = (points[15] + points[39]) / 4 + points[27] / 2;
  const y = (points[16] + points[40]) / 4 + points[28] / 2;
  const angle = normaliseAngle(Math.PI / 2 - Math.atan2(points[1] - y, x - points[0]));
  return squareAround(turnedBox(points, 3, angle, STEADY), { scale: 2, shiftY: -0.1 });
}

const extent = (seen: HandSighting): number => {
  const box = turnedBox(seen.points, 3, 0);
  return Math.max(box.width, box.height);
};

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

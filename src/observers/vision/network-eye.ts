import type { Picture } from '../../media/frame.ts';
import type { Cropper, Edge } from './crop.ts';
import { anchorsOf, type Detection, type DetectorShape, readDetections, toPicture } from './detections.ts';
import { type Candidate, type Eye, FAINT, meanDistance, type PictureNet, type Sighting } from './eye.ts';
import { type Square, turnedBox } from './square.ts';

export interface EyeOptions {
  /** Most things in a frame. */
  limit: number;
  /** Least score of the detector and of the landmark network's presence; MediaPipe's defaults are 0.5. */
  detection: number;
  presence: number;
  /** Least detector score in areas that are only tried on the chance. */
  chance: number;
}

/** What sets one kind of thing apart for the detector and for telling sightings apart. */
export interface EyeKind {
  shape: DetectorShape;
  /** Pixels that a crop must have across. */
  leastSide: number;
  /** Two sightings are one thing when their points lie closer than this share of the larger one. */
  same: number;
  /** See {@link Eye.beyond}; black when absent. */
  beyond?: readonly Edge[];
  /** The landmark network's first crop for a detection in pixels of the picture. */
  crop(detection: Detection): Square;
}

/**
 * A second look moves the points of a real thing by less than this share of it: real hands stayed below 0.1, chance
 * finds lay around 0.2.
 */
const CONFIRMED = 0.15;

/** A single-shot detector that finds places and a landmark network that measures them, with MediaPipe's geometry. */
export abstract class NetworkEye<Seen extends Sighting> implements Eye<Seen> {
  readonly limit: number;
  readonly beyond: readonly Edge[];
  protected readonly cropper: Cropper;
  protected readonly options: EyeOptions;
  readonly #detector: PictureNet;
  readonly #kind: EyeKind;
  readonly #anchors: Float32Array;

  constructor(kind: EyeKind, detector: PictureNet, cropper: Cropper, options: EyeOptions) {
    this.limit = options.limit;
    this.beyond = kind.beyond ?? ['black'];
    this.cropper = cropper;
    this.options = options;
    this.#detector = detector;
    this.#kind = kind;
    this.#anchors = anchorsOf(kind.shape);
  }

  abstract measure(picture: Picture, square: Square, least?: number): Promise<Seen | null>;
  abstract next(seen: Seen): Square;

  async detect(picture: Picture, area: Square, chance: boolean, edge: Edge = 'black'): Promise<Candidate[]> {
    const { size, input, normalisation } = this.#detector;
    this.cropper.cut(picture, area, size, input, normalisation, edge);
    const [boxes, scores] = await this.#detector.run();
    const sure = chance ? this.options.chance : this.options.detection;
    const { shape, crop, leastSide } = this.#kind;
    return readDetections(boxes, scores, shape, this.#anchors, Math.min(sure, FAINT))
      .map(detection => ({ square: crop(toPicture(detection, area)), sure: detection.score >= sure }))
      .filter(({ square }) => square.side > leastSide);
  }

  confirms(first: Seen, second: Seen): boolean {
    return apart(first, second) < CONFIRMED;
  }

  same(a: Seen, b: Seen): boolean {
    return apart(a, b) < this.#kind.same;
  }
}

/** Mean distance of the points of two sightings over the longer side of the larger one. */
const apart = (a: Sighting, b: Sighting): number =>
  meanDistance(a.points, b.points) / Math.max(extent(a), extent(b), Number.MIN_VALUE);

const extent = (seen: Sighting): number => {
  const box = turnedBox(seen.points, 3, 0);
  return Math.max(box.width, box.height);
};

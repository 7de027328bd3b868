import type { Frame } from '../media/frame.ts';
import { blockMatchBytes } from './block-match.ts';
import { EDGE_PLANES } from './edges.ts';
import { type Translation, translationBetween } from './global-motion.ts';
import { ALIGNMENT, HISTOGRAM_COUNTS, JOINT_COUNTS, Matching } from './matching.ts';
import type { ObserveContext } from './observer.ts';
import { type Plane, Pyramid } from './pyramid.ts';

/** Two frames that follow each other and how the picture moved from one to the other. */
export interface CameraStep {
  /** The frame before; equals `after` in content at a clip's first frame. */
  before: Pyramid;
  after: Pyramid;
  /** Luma of the small pictures. */
  smallBefore: Plane;
  small: Plane;
  /** Chroma of the later one, half of its size, without padding. */
  blue: Uint8Array;
  red: Uint8Array;
  /** Translation of the picture in pixels of the finest level; zero when nothing changed at all. */
  translation: Readonly<Translation>;
  /** Nothing changed since the frame before, or there is none. */
  still: boolean;
}

/** Pyramids and the picture's motion of the frame at hand, measured once for all who ask. */
export class Camera {
  /** Its memory has room for what those who ask keep there: edge maps, histograms, motions of blocks. */
  readonly matching: Matching;
  readonly #step: Omit<CameraStep, 'translation'> & { translation: Translation };
  /** Motion of the last frame that was not a repeat: motion goes on after one. */
  readonly #motion: Translation = { x: 0, y: 0 };
  #index = -1;

  constructor(small: ObserveContext['small']) {
    const sizes = Pyramid.sizes(small).map(({ width, height }) => width * height);
    const edges = new Array<number>(2 * EDGE_PLANES).fill(sizes[0]);
    const pixels = small.width * small.height;
    const chroma = (small.width >> 1) * (small.height >> 1);
    const blocks = blockMatchBytes(Pyramid.sizes(small)[1]);
    const counts = [HISTOGRAM_COUNTS, JOINT_COUNTS, JOINT_COUNTS].map(count => 4 * count + ALIGNMENT);
    const extra = [...counts, 256, blocks, blocks];
    const matching = new Matching([...sizes, ...sizes, ...edges, pixels, pixels, chroma, chroma, ...extra]);
    const plane = () => ({ width: small.width, height: small.height, data: matching.plane(pixels) });
    this.matching = matching;
    this.#step = {
      before: new Pyramid(small, matching),
      after: new Pyramid(small, matching),
      smallBefore: plane(),
      small: plane(),
      blue: matching.plane(chroma),
      red: matching.plane(chroma),
      translation: { x: 0, y: 0 },
      still: true,
    };
  }

  /** Sizes of the planes, and how many small-picture pixels make one of the finest level. */
  get pyramid(): Pyramid {
    return this.#step.after;
  }

  /** The step that ends at this frame. Frames come in order; what it returns is overwritten by the next one. */
  step({ index, small }: Frame): CameraStep {
    const step = this.#step;
    if (index === this.#index) return step;
    const first = this.#index < 0;
    this.#index = index;
    [step.before, step.after] = [step.after, step.before];
    [step.smallBefore, step.small] = [step.small, step.smallBefore];
    const { width, height } = small;
    keep(small.y, small.stride, width, height, step.small.data);
    keep(small.u, small.chromaStride, width >> 1, height >> 1, step.blue);
    keep(small.v, small.chromaStride, width >> 1, height >> 1, step.red);
    step.after.fill(step.small);
    if (first) {
      step.smallBefore.data.set(step.small.data);
      step.before.fill(step.small);
    }
    step.still = first || this.matching.same(step.before.levels[0], step.after.levels[0]);
    if (!step.still) translationBetween(this.matching, step.before, step.after, this.#motion, this.#motion);
    step.translation.x = step.still ? 0 : this.#motion.x;
    step.translation.y = step.still ? 0 : this.#motion.y;
    return step;
  }
}

/** Copies a plane without its padding. */
function keep(plane: Uint8Array, stride: number, width: number, height: number, copy: Uint8Array): void {
  if (stride === width) copy.set(plane.subarray(0, width * height));
  else for (let row = 0; row < height; row++) copy.set(plane.subarray(row * stride, row * stride + width), row * width);
}

const cameras = new WeakMap<ObserveContext, Camera>();

/** The camera of one run: all observers that were started with the same context share it. */
export function cameraOf(context: ObserveContext): Camera {
  let camera = cameras.get(context);
  if (!camera) {
    camera = new Camera(context.small);
    cameras.set(context, camera);
  }
  return camera;
}

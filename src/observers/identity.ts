import { IDENTITY_LENGTH, type Identities } from '../landmarks.ts';
import type { Picture } from '../media/frame.ts';
import { defineObserver, type Observer } from './observer.ts';
import type { Cropper } from './vision/crop.ts';
import type { PictureNet } from './vision/eye.ts';
import type { FaceSighting } from './vision/face-eye.ts';
import { openPictureNet } from './vision/nets.ts';
import { clipRate } from './vision/rate.ts';
import { closeLook, type SampleOptions } from './vision/run.ts';
import { BUDGET } from './vision/scene.ts';

/** Seconds between two samples of one face; doubled whenever the budget is full. */
const EVERY_SECONDS = 0.4;
/** The network's picture of a face relative to the mesh network's crop, which is 1.5 times the mesh. */
const IDENTITY_CROP = 0.9;
/** What a frame must offer to tell a face by: degrees, analysis pixels across the mesh, sharpness, presence. */
const GOOD = { yaw: 40, pitch: 30, size: 48, sharpness: 0.06, presence: 0.9 } as const;

/** Whether a face can be told by this sighting: near frontal, large and sharp enough, inside the picture. */
function isGood(seen: FaceSighting, picture: { width: number; height: number }): boolean {
  const { pose, square, sharpness, presence } = seen;
  const size = square.side / 1.5;
  return (
    presence >= GOOD.presence &&
    sharpness >= GOOD.sharpness &&
    Math.abs(pose.yaw) <= GOOD.yaw &&
    Math.abs(pose.pitch) <= GOOD.pitch &&
    size >= GOOD.size &&
    square.x - size / 2 > 0 &&
    square.y - size / 2 > 0 &&
    square.x + size / 2 < picture.width &&
    square.y + size / 2 < picture.height
  );
}

/** Collects samples within the budget: when it is full, every second one goes and the cadence halves. */
class IdentityStore {
  #frames: number[] = [];
  #lineage: number[] = [];
  #place: number[] = [];
  #vectors: Int16Array[] = [];
  readonly #most = Math.floor(BUDGET.identities / (2 * IDENTITY_LENGTH));
  /** Frames between two samples of one face. */
  every: number;

  constructor(every: number) {
    this.every = every;
  }

  add(frame: number, lineage: number, place: [number, number, number], embedding: Float32Array): void {
    let squares = 0;
    for (const value of embedding) squares += value * value;
    const scale = 32767 / (Math.sqrt(squares) || 1);
    this.#frames.push(frame);
    this.#lineage.push(lineage);
    this.#place.push(...place);
    this.#vectors.push(Int16Array.from(embedding, value => Math.round(value * scale)));
    if (this.#frames.length > this.#most) this.#thin();
  }

  finish(): Identities {
    const vectors = new Int16Array(this.#vectors.length * IDENTITY_LENGTH);
    this.#vectors.forEach((vector, k) => {
      vectors.set(vector, k * IDENTITY_LENGTH);
    });
    return {
      frames: Uint32Array.from(this.#frames),
      lineage: Uint32Array.from(this.#lineage),
      place: Float32Array.from(this.#place),
      vectors,
    };
  }

  #thin(): void {
    this.every *= 2;
    const odd = (_: unknown, k: number) => k % 2 === 0;
    this.#frames = this.#frames.filter(odd);
    this.#lineage = this.#lineage.filter(odd);
    this.#vectors = this.#vectors.filter(odd);
    this.#place = this.#place.filter((_, k) => Math.floor(k / 3) % 2 === 0);
  }
}

/** Appearance vector of one face in one frame; valid until the next call. */
export async function embed(net: PictureNet, cropper: Cropper, picture: Picture, seen: FaceSighting) {
  const square = { ...seen.square, side: seen.square.side * IDENTITY_CROP };
  cropper.cut(picture, square, net.size, net.input, net.normalisation, 'repeat');
  const [embedding] = await net.run();
  return embedding;
}

/** What each face looks like, for telling people apart: sampled on good frames, a few times a second per face. */
export const identityObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'identities'> =>
  defineObserver({
    id: 'identity',
    provides: ['identities'],
    models: ['face-identity', 'face-detection', 'face-mesh'],
    start: context =>
      closeLook(
        context,
        { watch: scene => scene.faces(sample), net: () => openPictureNet('face-identity') },
        ({ scene, watch, net, scale, free }) => {
          const store = new IdentityStore(Math.max(1, Math.round(clipRate(context.clip) * EVERY_SECONDS)));
          const latest = new Map<number, number>();
          return {
            async frame(frame) {
              const faces = (await watch.look(frame)) ?? [];
              for (const { seen, lineage } of faces) {
                if (frame.index - (latest.get(lineage) ?? Number.NEGATIVE_INFINITY) < store.every) continue;
                if (!isGood(seen, frame.analysis)) continue;
                latest.set(lineage, frame.index);
                const { x, y, side } = seen.square;
                const embedding = await embed(net, scene.cropper, frame.analysis, seen);
                store.add(frame.index, lineage, [x * scale.x, y * scale.y, side * scale.x], embedding);
              }
            },
            finish: () => ({ identities: store.finish() }),
            ended: free,
            close: free,
          };
        },
      ),
  });

export const identity = identityObserver();

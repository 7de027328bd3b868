import { WORLD_STEP } from '../../landmarks.ts';
import type { Frame } from '../../media/frame.ts';
import type { ObserveContext } from '../observer.ts';
import { BODY_POINTS, BodyEye, type BodySighting } from './body-eye.ts';
import { Cropper } from './crop.ts';
import { FaceEye, type FaceSighting } from './face-eye.ts';
import { FACE_POINTS } from './face-mesh.ts';
import { HandEye, type HandSighting } from './hand-eye.ts';
import { openNets } from './nets.ts';
import { clipRate } from './rate.ts';
import { type Square, turnedBox } from './square.ts';
import { toShort } from './table.ts';
import { Views } from './views.ts';
import { Watch } from './watch.ts';

const MIB = 2 ** 20;
/**
 * Bytes that the rows of one clip may take, together 108 MiB; a longer clip is kept at a lower density. A face row has
 * 2904 bytes: 23,000 of them, or 13 minutes of one face at 30 frames a second, are kept at every frame, two hours at
 * every 16th. A hand row has 280 bytes (25 minutes of two hands), a body row 453 (58 minutes of one at 8 a second).
 */
export const BUDGET = { faces: 64 * MIB, hands: 24 * MIB, bodies: 12 * MIB, identities: 8 * MIB } as const;

/** Most things of a kind in one frame. */
const LIMIT = { faces: 16, hands: 12, bodies: 6 } as const;
/** MediaPipe's default for detection and presence of all three. */
const LEAST = { detection: 0.5, presence: 0.5, chance: 0.65 } as const;
/** Bodies are slow to change shape and costly to measure. */
const BODIES_PER_SECOND = 8;
/** A wrist leads to a hand when the pose network believes it visible to this degree. */
const VISIBLE_WRIST = 0.5;

/** What is watched in one clip, shared by the observers of one run, so that each thing is measured once. */
export class Scene {
  readonly cropper: Cropper;
  readonly #context: ObserveContext;
  readonly #views = new Views();
  readonly #rate: number;
  #faces: Promise<Watch<FaceSighting>> | null = null;
  #hands: Promise<Watch<HandSighting>> | null = null;
  #bodies: Promise<Watch<BodySighting>> | null = null;
  #wrists: Square[] = [];
  #users = 0;

  constructor(context: ObserveContext) {
    this.#context = context;
    this.cropper = new Cropper(context.clip.video.colour, context.clip.video.height);
    this.#rate = clipRate(context.clip);
  }

  /** Frames in so many seconds of looking every `step` frames, at least 1. */
  #looks(seconds: number, step: number): number {
    return Math.max(1, Math.round((seconds * this.#rate) / step));
  }

  faces(step = 1): Promise<Watch<FaceSighting>> {
    this.#faces ??= this.#openFaces(step);
    return this.#faces;
  }

  hands(step = 1): Promise<Watch<HandSighting>> {
    this.#hands ??= this.#openHands(step);
    return this.#hands;
  }

  /** Looks at least every `step` frames and no oftener than the rate at which bodies are measured. */
  bodies(step = 1): Promise<Watch<BodySighting>> {
    this.#bodies ??= this.#openBodies(Math.max(step, Math.round(this.#rate / BODIES_PER_SECOND)));
    return this.#bodies;
  }

  /** Counts an observer in and returns how it leaves, once however often it is called. */
  enter(): () => Promise<void> {
    this.#users++;
    let left: Promise<void> | null = null;
    return () => {
      left ??= this.#leave();
      return left;
    };
  }

  /** Frees the networks when the last observer leaves. */
  async #leave(): Promise<void> {
    if (--this.#users > 0) return;
    for (const watch of [this.#faces, this.#hands, this.#bodies]) await (await watch?.catch(() => null))?.close();
  }

  async #openFaces(step: number) {
    const nets = await openNets({ detector: 'face-detection', mesh: 'face-mesh' });
    return new Watch<FaceSighting>(
      {
        eye: new FaceEye(nets, this.cropper, { limit: LIMIT.faces, ...LEAST }),
        nets,
        cadence: {
          whole: this.#looks(0.25, step),
          idle: this.#looks(0.1, step),
          tile: this.#looks(0.2, step),
          tilesAcross: 3,
          memory: this.#looks(0.5, step),
        },
        points: FACE_POINTS,
        columns: { pose: { of: 'float', values: 3 } },
        budget: BUDGET.faces,
        step,
        extra: ({ pose }) => ({ pose: [pose.yaw, pose.pitch, pose.roll] }),
      },
      this.#views,
      this.#context,
    );
  }

  async #openHands(step: number) {
    const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
    return new Watch<HandSighting>(
      {
        eye: new HandEye(nets, this.cropper, { limit: LIMIT.hands, ...LEAST }),
        nets,
        cadence: {
          whole: this.#looks(0.25, step),
          idle: this.#looks(0.1, step),
          tile: this.#looks(0.4, step),
          tilesAcross: 2.2,
          memory: this.#looks(0.5, step),
        },
        points: 21,
        columns: { right: { of: 'float', values: 1 }, world: { of: 'short', values: 63 } },
        budget: BUDGET.hands,
        step,
        extra: ({ right, world }) => ({ right: [right], world: metres(world) }),
        hints: frame => this.#wristAreas(frame),
        rejects: frame => this.#notOnFaces(frame, step),
      },
      this.#views,
      this.#context,
    );
  }

  async #openBodies(step: number) {
    const nets = await openNets({ detector: 'pose-detection', pose: 'pose-landmarks' });
    return new Watch<BodySighting>(
      {
        eye: new BodyEye(nets, this.cropper, { limit: LIMIT.bodies, ...LEAST }),
        nets,
        cadence: {
          whole: this.#looks(0.5, step),
          idle: this.#looks(0.25, step),
          tile: 0,
          tilesAcross: 1,
          memory: this.#looks(0.5, step),
        },
        points: BODY_POINTS,
        columns: { visibility: { of: 'byte', values: BODY_POINTS }, world: { of: 'short', values: BODY_POINTS * 3 } },
        budget: BUDGET.bodies,
        step,
        extra: ({ visibility, world }) => ({
          visibility: Uint8Array.from(visibility, v => Math.round(v * 255)),
          world: metres(world),
        }),
      },
      this.#views,
      this.#context,
    );
  }

  async #notOnFaces(frame: Frame, step: number): Promise<(hand: HandSighting) => boolean> {
    const faces = (await (await this.faces(step)).look(frame)) ?? [];
    return hand =>
      isPatchOfFace(
        hand,
        faces.map(({ seen }) => seen),
      );
  }

  /** Areas around the visible wrists of the bodies in this frame, or in the latest one that bodies were measured in. */
  async #wristAreas(frame: Frame): Promise<Square[]> {
    const bodies = await (await this.bodies()).look(frame);
    if (bodies) this.#wrists = bodies.flatMap(({ seen }) => wristAreas(seen));
    return this.#wrists;
  }
}

/** A hand is about as long as a face; what lies on a face and is smaller than this share of it is a patch of skin. */
const LEAST_OF_FACE = 0.45;

/** Whether a sighting is one of those that smooth foreheads and cheeks give rise to, given the faces in the frame. */
export function isPatchOfFace(hand: HandSighting, faces: readonly FaceSighting[]): boolean {
  const box = turnedBox(hand.points, 3, 0);
  return faces.some(face => {
    const on = turnedBox(face.points, 3, 0);
    const inside = Math.abs(box.x - on.x) < on.width / 2 && Math.abs(box.y - on.y) < on.height * 0.6;
    return inside && Math.max(box.width, box.height) < LEAST_OF_FACE * Math.max(on.width, on.height);
  });
}

/**
 * Upright squares in which the hands of a body should lie: around the middle of wrist and knuckles, as wide as the
 * forearm is long or five times the palm, whichever is more.
 */
export function wristAreas({ points, visibility }: BodySighting): Square[] {
  const at = (point: number) => ({ x: points[3 * point], y: points[3 * point + 1] });
  const areas: Square[] = [];
  for (const [elbow, wrist, little, index] of [
    [13, 15, 17, 19],
    [14, 16, 18, 20],
  ]) {
    if (visibility[wrist] < VISIBLE_WRIST) continue;
    const [e, w, l, i] = [at(elbow), at(wrist), at(little), at(index)];
    const x = (l.x + i.x) / 2;
    const y = (l.y + i.y) / 2;
    const side = Math.max(1.2 * Math.hypot(w.x - e.x, w.y - e.y), 5 * Math.hypot(x - w.x, y - w.y));
    if (side > 8) areas.push({ x: (x + w.x) / 2, y: (y + w.y) / 2, side, angle: 0 });
  }
  return areas;
}

const metres = (world: Float32Array): Int16Array => Int16Array.from(world, v => toShort(v * WORLD_STEP));

const scenes = new WeakMap<ObserveContext, Scene>();

/** The scene of a run: the same for every observer that was started with this context. */
export function sceneOf(context: ObserveContext): Scene {
  const known = scenes.get(context);
  if (known) return known;
  const scene = new Scene(context);
  scenes.set(context, scene);
  return scene;
}

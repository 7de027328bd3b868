import { LOOK_PLANES, LOOK_REACH, LOOK_SIDE, type PersonLooks } from '../landmarks.ts';
import type { Picture } from '../media/frame.ts';
import { defineObserver, type Observer } from './observer.ts';
import { Shelf } from './shelf.ts';
import type { Cropper } from './vision/crop.ts';
import type { PictureNet } from './vision/eye.ts';
import type { FaceSighting } from './vision/face-eye.ts';
import { openPictureNet } from './vision/nets.ts';
import { clipRate } from './vision/rate.ts';
import { closeLook, type SampleOptions } from './vision/run.ts';

/** Looks a second at everybody: clothes that turn within half a second are seen before, during and after. */
const LOOKS_PER_SECOND = 5;
/** Most people looked at in one frame, the largest ones. */
const MOST_PEOPLE = 3;
/** Bytes of looks that are kept; when there are more, every second look goes. A quarter of an hour of one person. */
const BUDGET = 24 * 2 ** 20;
/** What a face must offer: analysis pixels across the mesh, presence. */
const LEAST = { size: 28, presence: 0.7 } as const;
/** Bytes of one look. */
export const LOOK_BYTES = LOOK_PLANES * LOOK_SIDE * LOOK_SIDE;

/** Upright square round a face from above the hair to the chest, in the units of the face's. */
export const squareOfLook = ({ x, y, side }: { x: number; y: number; side: number }) => ({
  x,
  y: y + (LOOK_REACH.below * side) / 1.5,
  side: (LOOK_REACH.side * side) / 1.5,
  angle: 0,
});

/**
 * Reduces the network's input (red, green, blue planes, 0–1) and its mask to one look: means of red, green and blue, share
 * of person, deviation of luma within the cell times 4; bytes, one plane of {@link LOOK_SIDE}² after the other.
 */
export function reduceLook(input: Float32Array, mask: Float32Array, size: number): Uint8Array {
  const look = new Uint8Array(LOOK_BYTES);
  const cells = LOOK_SIDE * LOOK_SIDE;
  const cell = size / LOOK_SIDE;
  const plane = size * size;
  const pixels = cell * cell;
  for (let at = 0; at < cells; at++) {
    const first = cell * (Math.floor(at / LOOK_SIDE) * size + (at % LOOK_SIDE));
    let [red, green, blue, person, sum, squares] = [0, 0, 0, 0, 0, 0];
    for (let row = first; row < first + cell * size; row += size)
      for (let i = row; i < row + cell; i++) {
        const [r, g, b] = [input[i], input[i + plane], input[i + 2 * plane]];
        const luma = 0.299 * r + 0.587 * g + 0.114 * b;
        red += r;
        green += g;
        blue += b;
        person += mask[i];
        sum += luma;
        squares += luma * luma;
      }
    const deviation = Math.sqrt(Math.max(0, squares / pixels - (sum / pixels) ** 2));
    [red / pixels, green / pixels, blue / pixels, person / pixels, 4 * deviation].forEach((value, k) => {
      look[k * cells + at] = Math.round(255 * Math.min(1, Math.max(0, value)));
    });
  }
  return look;
}

/** The look at one person; valid for as long as the caller keeps it. */
async function lookAt(net: PictureNet, cropper: Cropper, picture: Picture, seen: FaceSighting): Promise<Uint8Array> {
  cropper.cut(picture, squareOfLook(seen.square), net.size, net.input, net.normalisation, 'repeat');
  const [mask] = await net.run();
  return reduceLook(net.input, mask, net.size);
}

/** Rows as they come, bounded: when there are too many, every second look is dropped and the rest come half as often. */
class LookStore {
  #rows: { frame: number; lineage: number; place: [number, number, number]; at: number }[] = [];
  readonly #shelf = new Shelf();
  step: number;

  constructor(step: number) {
    this.step = step;
  }

  add(frame: number, lineage: number, place: [number, number, number], look: Uint8Array): void {
    this.#rows.push({ frame, lineage, place, at: this.#shelf.put(look) });
    if (this.#rows.length * LOOK_BYTES <= BUDGET) return;
    this.step *= 2;
    this.#rows = this.#rows.filter(row => row.frame % this.step === 0);
  }

  finish(): PersonLooks {
    const pictures = new Uint8Array(this.#rows.length * LOOK_BYTES);
    this.#rows.forEach(({ at }, k) => {
      this.#shelf.read(at, pictures.subarray(k * LOOK_BYTES, (k + 1) * LOOK_BYTES));
    });
    this.#shelf.close();
    return {
      step: this.step,
      frames: Uint32Array.from(this.#rows, row => row.frame),
      lineage: Uint32Array.from(this.#rows, row => row.lineage),
      place: Float32Array.from(this.#rows.flatMap(row => row.place)),
      pictures,
    };
  }

  close(): void {
    this.#shelf.close();
  }
}

/** What people wear and their hair: small pictures of everybody from the hair to the chest, a few times a second. */
export const clothesObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'personLooks'> =>
  defineObserver({
    id: 'clothes',
    provides: ['personLooks'],
    models: ['person-mask', 'face-detection', 'face-mesh'],
    start: context =>
      closeLook(
        context,
        { watch: scene => scene.faces(sample), net: () => openPictureNet('person-mask') },
        ({ scene, watch, net, scale, free }) => {
          const every = Math.max(1, Math.round(clipRate(context.clip) / LOOKS_PER_SECOND / sample)) * sample;
          const store = new LookStore(every);
          return {
            async frame(frame) {
              const faces = (await watch.look(frame)) ?? [];
              if (frame.index % store.step !== 0) return;
              const people = faces
                .filter(({ seen }) => seen.presence >= LEAST.presence && seen.square.side / 1.5 >= LEAST.size)
                .sort((a, b) => b.seen.square.side - a.seen.square.side)
                .slice(0, MOST_PEOPLE);
              for (const { seen, lineage } of people) {
                const { x, y, side } = seen.square;
                const look = await lookAt(net, scene.cropper, frame.analysis, seen);
                store.add(frame.index, lineage, [x * scale.x, y * scale.y, side * scale.x], look);
              }
            },
            finish: () => ({ personLooks: store.finish() }),
            ended: free,
            async close() {
              store.close();
              await free();
            },
          };
        },
      ),
  });

export const clothes = clothesObserver();

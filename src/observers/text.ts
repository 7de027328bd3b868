import { openSession, type Session } from '../inference/onnx.ts';
import { loadModel } from '../inference/store.ts';
import type { Picture, PictureSize } from '../media/frame.ts';
import type { Lettering } from '../signals.ts';
import { defineObserver } from './observer.ts';
import { Resampler } from './semantic/resample.ts';
import { characterList, readLine } from './text/characters.ts';
import { cutLine, type LumaRange, lineLength } from './text/line.ts';
import { type TextRegion, textRegions } from './text/regions.ts';
import { clipRate } from './vision/rate.ts';

/** Seconds between two looks, most and least; within that as many as make so many looks in a clip. */
const EVERY_SECONDS = { most: 1, least: 0.4 } as const;
const LOOKS = 9;
/** After so many looks in a row that showed nothing legible, mean certainty of a line below which it is not, only every so many seconds. */
const BARE = { looks: 2, certainty: 0.5, seconds: 2 } as const;
/** Longer side of the picture in which lettering is searched for, and what its sides are multiples of. */
const SEARCH_SIDE = 512;
const MULTIPLE = 32;
/** Means and deviations of the colours that the search network was trained with, blue green red. */
const COLOURS = [
  [0.485, 0.229],
  [0.456, 0.224],
  [0.406, 0.225],
] as const;
/** Lines read per look, at most: the largest. */
const MOST_LINES = 6;
/** A line is read when it is so many analysis pixels high, so many times as long as high, and lies within so many radians of level. */
const LEAST_HEIGHT = 9;
const LEAST_ASPECT = 1.2;
const MOST_TURN = 0.8;
/** Lengths of the reading network's picture: the shortest that holds the line. */
const LENGTHS = [96, 160, 240, 320, 480];
/** Rows kept of one clip, at most. */
const MOST_ROWS = 60_000;

/**
 * What is written in the picture: lines are searched for about once a second and read, each on its own, by the two networks
 * of PP-OCR. Colour is not looked at. Lettering that stands upright or that is smaller than some nine pixels is not read.
 */
export const text = defineObserver({
  id: 'text',
  provides: ['lettering'],
  models: ['text-regions', 'text-reading', 'text-characters'],
  async start({ clip, analysis }) {
    const size = searchSize(analysis);
    const search = await openSession('text-regions', { dimensions: { ...size }, warm: false });
    const readers = new Map<number, Session>();
    const characters = characterList(await loadModel('text-characters'));
    const resampler = new Resampler(analysis, size);
    const grey = new Float32Array(size.width * size.height);
    const range: LumaRange = clip.video.colour.range === 'full' ? { black: 0, white: 255 } : { black: 16, white: 235 };
    const seconds = clip.times.length / clipRate(clip) / LOOKS;
    const every = Math.min(EVERY_SECONDS.most, Math.max(EVERY_SECONDS.least, seconds));
    const step = Math.max(1, Math.round(clipRate(clip) * every));
    const rest = Math.max(step, Math.round(clipRate(clip) * BARE.seconds));
    let next = 0;
    let bare = 0;
    const [scaleX, scaleY] = [clip.video.width / analysis.width, clip.video.height / analysis.height];
    const store = new LetteringStore();

    async function find(picture: Picture): Promise<TextRegion[]> {
      resampler.resample(picture.y, picture.stride, grey);
      const input = search.inputs.x;
      COLOURS.forEach(([mean, deviation], k) => {
        const gain = 1 / (range.white - range.black) / deviation;
        const offset = -range.black * gain - mean / deviation;
        for (let i = 0, at = k * grey.length; i < grey.length; i++, at++) input[at] = grey[i] * gain + offset;
      });
      const map = Object.values(await search.run())[0];
      const [across, down] = [picture.width / size.width, picture.height / size.height];
      return textRegions(map, size.width, size.height, MOST_LINES)
        .map(region => ({
          ...region,
          x: region.x * across,
          y: region.y * down,
          length: region.length * across,
          height: region.height * down,
        }))
        .filter(
          ({ length, height, angle }) =>
            height >= LEAST_HEIGHT && length >= LEAST_ASPECT * height && Math.abs(angle) <= MOST_TURN,
        );
    }

    async function read(picture: Picture, region: TextRegion) {
      const length = LENGTHS.find(longest => longest >= lineLength(region)) ?? LENGTHS[LENGTHS.length - 1];
      let session = readers.get(length);
      if (session === undefined) {
        session = await openSession('text-reading', { dimensions: { width: length }, warm: false });
        readers.set(length, session);
      }
      const sharpness = cutLine(picture, region, range, session.inputs.x, length);
      const [name, probabilities] = Object.entries(await session.run())[0];
      const steps = session.shapes[name][1];
      const line = readLine(probabilities, steps, characters);
      // The network's steps go over its whole picture, the line may be shorter.
      const used = (steps * Math.min(length, lineLength(region))) / length;
      return { ...line, places: line.steps.map(step => (step + 0.5) / used), sharpness };
    }

    async function freeReaders(): Promise<void> {
      const sessions = [...readers.values()];
      readers.clear();
      await Promise.all(sessions.map(session => session.dispose()));
    }
    const free = async () => {
      await freeReaders();
      await search.dispose();
    };

    return {
      async frame({ index, analysis: picture }) {
        if (index < next || store.full) return;
        store.look(index);
        let legible = false;
        for (const region of await find(picture)) {
          const { text, certainty, places, sharpness } = await read(picture, region);
          const { x, y, length, height, angle } = region;
          const place = [x * scaleX, y * scaleY, length * scaleX, height * scaleY, angle];
          if (text === '') continue;
          store.add(place, text, certainty, places, sharpness);
          legible ||= certainty.reduce((sum, value) => sum + value, 0) >= BARE.certainty * certainty.length;
        }
        bare = legible ? 0 : bare + 1;
        // The reading network is the larger one; where nothing is written it need not lie in memory.
        if (bare === BARE.looks) await freeReaders();
        next = index + (bare >= BARE.looks ? rest : step);
      },
      ended: free,
      finish: () => ({ lettering: store.finish() }),
      close: free,
    };
  },
});

/** Size of the picture in which lettering is searched for: the same shape, never larger than the picture but for rounding. */
function searchSize({ width, height }: PictureSize): PictureSize {
  const scale = Math.min(1, SEARCH_SIDE / Math.max(width, height));
  const side = (length: number) => Math.max(MULTIPLE, Math.round((length * scale) / MULTIPLE) * MULTIPLE);
  return { width: side(width), height: side(height) };
}

class LetteringStore {
  readonly #frames: number[] = [];
  readonly #rows: number[] = [];
  readonly #place: number[] = [];
  readonly #texts: string[] = [];
  readonly #certainty: Uint8Array[] = [];
  readonly #places: Uint8Array[] = [];
  readonly #sharpness: number[] = [];

  get full(): boolean {
    return this.#texts.length >= MOST_ROWS;
  }

  look(frame: number): void {
    this.#frames.push(frame);
    this.#rows.push(this.#texts.length);
  }

  add(
    place: readonly number[],
    text: string,
    certainty: readonly number[],
    places: readonly number[],
    sharpness: number,
  ): void {
    this.#place.push(...place);
    this.#texts.push(text);
    this.#certainty.push(Uint8Array.from(certainty, value => Math.round(255 * value)));
    this.#places.push(Uint8Array.from(places, value => Math.round(255 * Math.min(1, value))));
    this.#sharpness.push(sharpness);
  }

  finish(): Lettering {
    return {
      frames: Uint32Array.from(this.#frames),
      rows: Uint32Array.from([...this.#rows, this.#texts.length]),
      place: Float32Array.from(this.#place),
      texts: this.#texts,
      certainty: this.#certainty,
      places: this.#places,
      sharpness: Float32Array.from(this.#sharpness),
    };
  }
}

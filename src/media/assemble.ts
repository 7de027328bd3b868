import type { Frame, Picture, PictureSize } from './frame.ts';

/** Frames held at once: one with the consumer, up to two complete, one being filled. */
const POOL = 4;

/** One buffer with the views that make it a frame. */
interface Slot {
  bytes: Uint8Array;
  analysis: Picture;
  small: Picture;
}

/** Bytes of one stacked yuv420p frame: the small picture stands under the analysis picture, padded to its width. */
export const stackedBytes = (analysis: PictureSize, small: PictureSize): number =>
  (analysis.width * (analysis.height + small.height) * 3) / 2;

function makeSlot(analysis: PictureSize, small: PictureSize): Slot {
  const bytes = new Uint8Array(stackedBytes(analysis, small));
  const stride = analysis.width;
  const chromaStride = stride / 2;
  const rows = analysis.height + small.height;
  const planes = [0, stride * rows, stride * rows + (chromaStride * rows) / 2];
  const view = (size: PictureSize, top: number): Picture => {
    const plane = (which: number, line: number) => {
      const from = planes[which] + (which === 0 ? top : top / 2) * line;
      return bytes.subarray(from, from + (which === 0 ? size.height : size.height / 2) * line);
    };
    const [y, u, v] = [plane(0, stride), plane(1, chromaStride), plane(2, chromaStride)];
    return { width: size.width, height: size.height, y, u, v, stride, chromaStride };
  };
  return { bytes, analysis: view(analysis, 0), small: view(small, analysis.height) };
}

/**
 * Cuts a byte stream into frames. Bytes are read straight into the frames' own buffers: a decode of any length allocates
 * nothing per frame (buffers of Node's own making would set off a garbage collection every few dozen frames). A fixed
 * pool is reused; while none is free the stream is paused, so the decoder waits for the consumer. A last frame that came
 * only in part is dropped.
 */
export class FrameAssembler {
  readonly #free: Slot[] = [];
  readonly #ready: Slot[] = [];
  /** There is always one to read into: the stream pauses when this is the last one, before a byte is in it. */
  #filling: Slot;
  #filled = 0;
  #lent: Slot | null = null;
  #ended = false;
  #paused = false;
  #wake: (() => void) | null = null;
  /** Goes on reading after a pause; set by whoever owns the stream. */
  resume: () => void = () => {};
  /** Frames handed out. */
  count = 0;

  constructor(analysis: PictureSize, small: PictureSize) {
    for (let i = 1; i < POOL; i++) this.#free.push(makeSlot(analysis, small));
    this.#filling = makeSlot(analysis, small);
  }

  /** Where the next bytes go; never empty. */
  room(): Uint8Array {
    return this.#filling.bytes.subarray(this.#filled);
  }

  /** Takes note of `length` bytes put into {@link room}. False: no more until `resume` is called. */
  filled(length: number): boolean {
    this.#filled += length;
    if (this.#filled < this.#filling.bytes.length) return true;
    this.#ready.push(this.#filling);
    this.#filling = this.#free.pop()!;
    this.#filled = 0;
    this.#paused = this.#free.length === 0;
    this.#wake?.();
    return !this.#paused;
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Takes back the frame that was lent and goes on reading. */
  #release(): void {
    if (this.#lent === null) return;
    this.#free.push(this.#lent);
    this.#lent = null;
    if (!this.#paused) return;
    this.#paused = false;
    this.resume();
  }

  /** The next frame, or null after the last. The one handed out before is reused from now on. */
  async next(): Promise<Frame | null> {
    this.#release();
    while (this.#ready.length === 0 && !this.#ended) {
      await new Promise<void>(wake => {
        this.#wake = wake;
      });
      this.#wake = null;
    }
    const slot = this.#ready.shift();
    if (slot === undefined) return null;
    this.#lent = slot;
    const frame = { index: this.count, analysis: slot.analysis, small: slot.small };
    this.count += 1;
    return frame;
  }
}

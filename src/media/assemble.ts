import type { Frame, Picture, PictureSize } from './frame.ts';

/** Pictures held at once: one with the consumer, up to two complete, one being filled. */
const POOL = 4;
/** The small ones wait for their large companions: a few more may be ahead, so that neither stream can block the other. */
const SMALL_POOL = 12;

/** One buffer with the view that makes it a picture. */
interface Slot {
  bytes: Uint8Array;
  picture: Picture;
}

/** Bytes of one yuv420p picture. */
export const pictureBytes = ({ width, height }: PictureSize): number => (width * height * 3) / 2;

function makeSlot(size: PictureSize): Slot {
  const { width, height } = size;
  const bytes = new Uint8Array(pictureBytes(size));
  const luma = width * height;
  const [y, u, v] = [bytes.subarray(0, luma), bytes.subarray(luma, luma * 1.25), bytes.subarray(luma * 1.25)];
  return { bytes, picture: { width, height, y, u, v, stride: width, chromaStride: width / 2 } };
}

/**
 * Cuts a byte stream into pictures. Bytes are read straight into the pictures' own buffers: a decode of any length
 * allocates nothing per frame (buffers of Node's own making would set off a garbage collection every few dozen frames).
 * A fixed pool is reused; while none is free the stream is paused, so the decoder waits for the consumer. A last picture
 * that came only in part is dropped.
 */
export class PictureStream {
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

  constructor(size: PictureSize, pool = POOL) {
    for (let i = 1; i < pool; i++) this.#free.push(makeSlot(size));
    this.#filling = makeSlot(size);
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

  /** Takes back the picture that was lent and goes on reading. */
  #release(): void {
    if (this.#lent === null) return;
    this.#free.push(this.#lent);
    this.#lent = null;
    if (!this.#paused) return;
    this.#paused = false;
    this.resume();
  }

  /** The next picture, or null after the last. The one handed out before is reused from now on. */
  async next(): Promise<Picture | null> {
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
    return slot.picture;
  }
}

/** Joins the two streams of one decode into frames: the n-th picture of each is the same moment. */
export class FrameAssembler {
  readonly analysis: PictureStream;
  readonly small: PictureStream;
  /** Frames handed out. */
  count = 0;

  constructor(analysis: PictureSize, small: PictureSize) {
    this.analysis = new PictureStream(analysis);
    this.small = new PictureStream(small, SMALL_POOL);
  }

  /** The next frame, or null after the last for which both pictures came whole. The one handed out before is reused. */
  async next(): Promise<Frame | null> {
    const analysis = await this.analysis.next();
    const small = await this.small.next();
    if (analysis === null || small === null) return null;
    const frame = { index: this.count, analysis, small };
    this.count += 1;
    return frame;
  }
}

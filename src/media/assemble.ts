import type { Readable } from 'node:stream';
import type { Frame, Picture, PictureSize } from './frame.ts';

/** Frames held at once: one with the consumer, one complete, one being filled. */
const POOL = 3;

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
 * Cuts a byte stream into frames. A fixed pool of buffers is reused; while none is free the stream is paused, so the
 * decoder waits for the consumer. A last frame that came only in part is dropped.
 */
export class FrameAssembler {
  readonly #source: Readable;
  readonly #free: Slot[] = [];
  readonly #ready: Slot[] = [];
  #rest: Uint8Array[] = [];
  #filling: Slot | null = null;
  #filled = 0;
  #lent: Slot | null = null;
  #ended = false;
  #wake: (() => void) | null = null;
  /** Frames handed out. */
  count = 0;
  /** Frames received in full. */
  received = 0;

  constructor(source: Readable, analysis: PictureSize, small: PictureSize) {
    this.#source = source;
    for (let i = 0; i < POOL; i++) this.#free.push(makeSlot(analysis, small));
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    source.once('end', end).once('close', end).once('error', end);
  }

  #take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      this.#filling ??= this.#free.pop() ?? null;
      if (this.#filling === null) {
        this.#rest.push(chunk.subarray(at));
        this.#source.pause();
        return;
      }
      const { bytes } = this.#filling;
      const length = Math.min(chunk.length - at, bytes.length - this.#filled);
      bytes.set(at === 0 && length === chunk.length ? chunk : chunk.subarray(at, at + length), this.#filled);
      at += length;
      this.#filled += length;
      if (this.#filled === bytes.length) {
        this.#ready.push(this.#filling);
        this.#filling = null;
        this.#filled = 0;
        this.received += 1;
        this.#wake?.();
      }
    }
  }

  /** Takes back the frame that was lent and goes on reading. */
  #release(): void {
    if (this.#lent === null) return;
    this.#free.push(this.#lent);
    this.#lent = null;
    const rest = this.#rest;
    this.#rest = [];
    for (const chunk of rest) this.#take(chunk);
    if (this.#rest.length === 0) this.#source.resume();
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

import type { Clip } from '../../clip.ts';
import type { Picture, PictureSize } from '../../media/frame.ts';
import type { Measured } from '../../signals.ts';
import type { SampleOptions } from '../vision/run.ts';

/** What a thread is started with. */
export interface ThreadStart {
  ids: readonly string[];
  options: SampleOptions;
  clip: Clip;
  analysis: PictureSize;
  small: PictureSize;
  /** {@link SLOTS} frames of {@link slotBytes} each. */
  memory: SharedArrayBuffer;
}

export type ToThread = { frame: number; slot: number } | 'ended' | 'finish' | 'close';

export interface PlainError {
  code: string;
  message: string;
  hint?: string;
}

export type FromThread =
  /** The frame in this slot has been measured. */
  | { free: number }
  /** Nothing more is looked at, and networks are gone. */
  | 'ended'
  /** What one observer came to. */
  | { id: string; signals: Measured }
  | { id: string; error: PlainError };

/** Frames on their way at once: the thread falls behind on one and catches up on the next without anybody waiting. */
export const SLOTS = 4;

const bytesOf = ({ width, height }: PictureSize): number => (width * height * 3) / 2;

/** Bytes of the two pictures of a frame, without padding. */
export const slotBytes = (analysis: PictureSize, small: PictureSize): number => bytesOf(analysis) + bytesOf(small);

/** Views of the pictures in a slot. */
export function slotPictures(
  { analysis, small, memory }: Pick<ThreadStart, 'analysis' | 'small' | 'memory'>,
  slot: number,
): { analysis: Picture; small: Picture } {
  const start = slot * slotBytes(analysis, small);
  return { analysis: pictureAt(memory, start, analysis), small: pictureAt(memory, start + bytesOf(analysis), small) };
}

function pictureAt(memory: SharedArrayBuffer, start: number, { width, height }: PictureSize): Picture {
  const luma = width * height;
  const y = new Uint8Array(memory, start, luma);
  const u = new Uint8Array(memory, start + luma, luma / 4);
  const v = new Uint8Array(memory, start + luma * 1.25, luma / 4);
  return { width, height, y, u, v, stride: width, chromaStride: width / 2 };
}

/** Copies a picture of the same size; rows may be padded in `from`. */
export function copyPicture(from: Picture, to: Picture): void {
  copyPlane(from.y, from.stride, to.y, to.width, to.height);
  copyPlane(from.u, from.chromaStride, to.u, to.width / 2, to.height / 2);
  copyPlane(from.v, from.chromaStride, to.v, to.width / 2, to.height / 2);
}

function copyPlane(from: Uint8Array, stride: number, to: Uint8Array, width: number, height: number): void {
  if (stride === width) {
    to.set(from.subarray(0, width * height));
    return;
  }
  for (let row = 0; row < height; row++) to.set(from.subarray(row * stride, row * stride + width), row * width);
}

import type { Clip } from '../../clip.ts';
import type { Picture } from '../../media/frame.ts';
import { observe } from '../../observe.ts';
import type { AnyObserver } from '../../observers/observer.ts';
import { CELLS, type Fingerprint, VIEW } from './fingerprint.ts';

/** Luma up to which a row or column belongs to a bar: black of limited range with coding noise, 8-bit codes. */
const BLACK = 34;
/** Bars leave at least this share of each side, or they are a dark picture. */
const LEAST = 0.35;
/** Deviation of the cells' luma below which a view shows nothing to tell it by. */
const FLAT = 2.5;

/** An observer that keeps fingerprints beside the signals: one pass over the clip serves both. */
export function fingerprintCollector(): { observer: AnyObserver; fingerprint(clip: Pick<Clip, 'video'>): Fingerprint } {
  let whole = new Float32Array(CELLS * 256);
  let inside = new Float32Array(CELLS * 256);
  let frames = 0;
  const grow = (view: Float32Array): Float32Array<ArrayBuffer> => {
    const larger = new Float32Array(view.length * 2);
    larger.set(view);
    return larger;
  };
  const observer: AnyObserver = {
    id: 'fingerprint',
    provides: [],
    start: () => ({
      frame({ small }) {
        if ((frames + 1) * CELLS > whole.length) [whole, inside] = [grow(whole), grow(inside)];
        view(small, { left: 0, top: 0, right: small.width, bottom: small.height }, whole.subarray(frames * CELLS));
        view(small, activeArea(small), inside.subarray(frames * CELLS));
        frames++;
      },
      finish: () => ({}),
    }),
  };
  return {
    observer,
    fingerprint: ({ video }) => ({
      fps: video.fps,
      frames,
      whole: whole.slice(0, frames * CELLS),
      inside: inside.slice(0, frames * CELLS),
    }),
  };
}

/** Decodes a clip for its fingerprint alone. Throws what decoding throws. */
export async function fingerprintOf(clip: Clip, options: { signal?: AbortSignal } = {}): Promise<Fingerprint> {
  const collector = fingerprintCollector();
  await observe({ ...clip, audio: null }, [collector.observer], options);
  return collector.fingerprint(clip);
}

interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The picture without rows and columns at its edges that are black throughout. */
function activeArea({ y, width, height, stride }: Picture): Area {
  const lit = (from: number, step: number, count: number): boolean => {
    for (let i = 0, p = from; i < count; i++, p += step) if (y[p] > BLACK) return true;
    return false;
  };
  let [top, bottom, left, right] = [0, height, 0, width];
  while (top < bottom && !lit(top * stride, 1, width)) top++;
  while (bottom > top && !lit((bottom - 1) * stride, 1, width)) bottom--;
  while (left < right && !lit(left, stride, height)) left++;
  while (right > left && !lit(right - 1, stride, height)) right--;
  if (bottom - top < LEAST * height || right - left < LEAST * width)
    return { left: 0, top: 0, right: width, bottom: height };
  return { left, top, right, bottom };
}

/** Means of luma over the area's cells, freed of level and contrast, into `out`. */
function view({ y, stride }: Picture, area: Area, out: Float32Array): void {
  const across = (area.right - area.left) / VIEW.columns;
  const down = (area.bottom - area.top) / VIEW.rows;
  let total = 0;
  let squares = 0;
  for (let row = 0, cell = 0; row < VIEW.rows; row++) {
    const top = Math.floor(area.top + row * down);
    const bottom = Math.max(top + 1, Math.floor(area.top + (row + 1) * down));
    for (let column = 0; column < VIEW.columns; column++, cell++) {
      const left = Math.floor(area.left + column * across);
      const right = Math.max(left + 1, Math.floor(area.left + (column + 1) * across));
      let sum = 0;
      for (let line = top; line < bottom; line++)
        for (let p = line * stride + left, end = line * stride + right; p < end; p++) sum += y[p];
      const mean = sum / ((bottom - top) * (right - left));
      out[cell] = mean;
      total += mean;
      squares += mean * mean;
    }
  }
  const mean = total / CELLS;
  const deviation = Math.sqrt(Math.max(0, squares / CELLS - mean * mean));
  const scale = deviation < FLAT ? 0 : 1 / (deviation * Math.sqrt(CELLS));
  for (let cell = 0; cell < CELLS; cell++) out[cell] = (out[cell] - mean) * scale;
}

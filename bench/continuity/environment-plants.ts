import { type Film, planesOf } from './frames.ts';

/** A fault put into a film, and the frames in which it unfolds. */
export interface Planted {
  film: Film;
  start: number;
  end: number;
}

const map = (film: Film, change: (frame: Uint8Array, index: number) => Uint8Array): Film => ({
  ...film,
  frames: film.frames.map(change),
});

const clamp = (value: number): number => (value < 16 ? 16 : value > 240 ? 240 : value);

/** Share of the change that has happened by a frame: 0 before `start`, 1 from `end` on. */
const risen = (index: number, start: number, end: number): number =>
  end <= start ? Number(index >= start) : Math.min(1, Math.max(0, (index - start + 1) / (end - start + 1)));

/** The light turns: luma above black grows by `slope` (logarithm) from the middle to the edge that `angle` points to. */
export function turnLight(film: Film, slope: number, angle: number, start: number, end: number): Planted {
  const { width, height } = film;
  const [across, down] = [slope * Math.cos(angle), slope * Math.sin(angle)];
  const changed = map(film, (frame, index) => {
    const share = risen(index, start, end);
    if (share === 0) return frame;
    const out = frame.slice();
    const columns = Float64Array.from({ length: width }, (_, x) => Math.exp(share * across * ((2 * x) / width - 1)));
    const { y } = planesOf(film, out);
    for (let row = 0; row < height; row++) {
      const gain = Math.exp(share * down * ((2 * row) / height - 1));
      for (let i = row * width, x = 0; x < width; i++, x++) y[i] = clamp(16 + (y[i] - 16) * gain * columns[x]);
    }
    return out;
  });
  return { film: changed, start, end };
}

/** The white balance moves: red and blue are multiplied by exp(`warm`) and exp(`cool`) at most. */
export function moveWhite(film: Film, warm: number, cool: number, start: number, end: number): Planted {
  const changed = map(film, (frame, index) => {
    const share = risen(index, start, end);
    if (share === 0) return frame;
    const out = frame.slice();
    const { y, u, v } = planesOf(film, out);
    const half = film.width >> 1;
    const [r1, b1] = [Math.exp(share * warm), Math.exp(share * cool)];
    for (let i = 0; i < u.length; i++) {
      const at = 2 * Math.floor(i / half) * film.width + 2 * (i % half);
      const mean = (y[at] + y[at + 1] + y[at + film.width] + y[at + film.width + 1]) / 4;
      const l = 1.164 * (mean - 16);
      const r = l + 1.793 * (v[i] - 128);
      const g = l - 0.213 * (u[i] - 128) - 0.533 * (v[i] - 128);
      const b = l + 2.112 * (u[i] - 128);
      const luma = 0.2126 * r * r1 + 0.7152 * g + 0.0722 * b * b1;
      const step = (luma - l) / 1.164;
      u[i] = clamp(128 + (b * b1 - luma) / 2.112);
      v[i] = clamp(128 + (r * r1 - luma) / 1.793);
      for (const k of [at, at + 1, at + film.width, at + film.width + 1]) y[k] = clamp(y[k] + step);
    }
    return out;
  });
  return { film: changed, start, end };
}

/** Pixels of the picture (luma) that ever leave the film's own background, grown and smoothed: where things are alive. */
export function livingMatte(film: Film): { matte: Uint8Array; share: number } {
  const { width, height, frames } = film;
  const size = width * height;
  const picked = Array.from({ length: 15 }, (_, k) => frames[Math.floor((k * (frames.length - 1)) / 14)]);
  const alive = new Uint8Array(size);
  const values = new Uint8Array(picked.length);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < picked.length; k++) values[k] = picked[k][i];
    values.sort();
    if (values[13] - values[1] > 16) alive[i] = 1;
  }
  const grown = box(box(alive, width, height, 7, 0.12), width, height, 5, 0.3);
  return { matte: grown, share: grown.reduce((sum, value) => sum + value, 0) / size };
}

/** 1 where more than `share` of the square of `2 · radius + 1` around is set. */
function box(mask: Uint8Array, width: number, height: number, radius: number, share: number): Uint8Array {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0, row = 0; x < width; x++) {
      row += mask[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  const out = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height, y + radius + 1)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - radius), Math.min(width, x + radius + 1)];
      const sum =
        sums[bottom * (width + 1) + right] -
        sums[top * (width + 1) + right] -
        sums[bottom * (width + 1) + left] +
        sums[top * (width + 1) + left];
      out[y * width + x] = Number(sum > share * (bottom - top) * (right - left));
    }
  }
  return out;
}

/** Where a swap shows: 1 in pixels that become the other place. */
export type Region = (x: number, y: number) => boolean;

/** Behind what the matte keeps, the region becomes `other` (a frame of the same size), within `[start, end)`. */
export function swapBackground(
  film: Film,
  matte: Uint8Array,
  other: Uint8Array,
  region: Region,
  start: number,
  end: number,
): Planted {
  const { width } = film;
  const changed = map(film, (frame, index) => {
    const share = risen(index, start, end - 1);
    if (share === 0) return frame;
    const out = frame.slice();
    mix(film, out, other, i => (matte[i] || !region(i % width, Math.floor(i / width)) ? 0 : share));
    return out;
  });
  return { film: changed, start, end };
}

/**
 * An occluder (a piece of another film, as tall as the picture) passes from left to right between `start` and `end`. What
 * it has passed within the region becomes `other`, or stays as it is when `other` is null. It may stop on its way.
 */
export function passBy(
  film: Film,
  occluder: Film,
  other: Uint8Array | null,
  region: Region,
  start: number,
  end: number,
  { share = 0.3, stopAt = null, from = null }: { share?: number; stopAt?: number | null; from?: number | null } = {},
): Planted {
  const { width, height } = film;
  const wide = 2 * Math.round((share * width) / 2);
  const changed = map(film, (frame, index) => {
    const out = frame.slice();
    const time = (index - start) / Math.max(1, end - start);
    const place = stopAt === null ? time : Math.min(time, stopAt);
    const at = from === null ? place : Math.max(from, time);
    const left = 2 * Math.round((-wide + at * (width + wide)) / 2);
    if (other && time > 0) {
      mix(film, out, other, i => Number(i % width < left + wide / 2 && region(i % width, Math.floor(i / width))));
    }
    const moving = occluder.frames[index % occluder.frames.length];
    if (time < 0 && from === null) return out;
    paste(film, out, occluder, moving, left, wide, height);
    return out;
  });
  return { film: changed, start, end };
}

/** Copies the left part of another film's picture into a frame at a column, all rows; the edges are soft. */
function paste(
  film: Film,
  out: Uint8Array,
  source: Film,
  picture: Uint8Array,
  left: number,
  wide: number,
  tall: number,
): void {
  const moved = new Uint8Array(out.length);
  const weight = new Float32Array(film.width * tall);
  const to = planesOf(film, moved);
  const from = planesOf(source, picture);
  for (let y = 0; y < tall; y++) {
    const sy = Math.floor((y * source.height) / tall);
    for (let x = Math.max(0, left); x < Math.min(film.width, left + wide); x++) {
      const sx = Math.min(source.width - 1, Math.floor(((x - left) * source.width * 0.5) / wide + source.width * 0.25));
      to.y[y * film.width + x] = from.y[sy * source.width + sx];
      const c = (y >> 1) * (film.width >> 1) + (x >> 1);
      const sc = Math.min(from.u.length - 1, (sy >> 1) * (source.width >> 1) + (sx >> 1));
      to.u[c] = from.u[sc];
      to.v[c] = from.v[sc];
      weight[y * film.width + x] = Math.min(1, (x - left + 1) / 3, (left + wide - x) / 3);
    }
  }
  mix(film, out, moved, i => weight[i]);
}

/** Blends `other` into `out`, weight 0–1 per luma pixel. */
function mix(film: Film, out: Uint8Array, other: Uint8Array, weight: (i: number) => number): void {
  const { width, height } = film;
  const to = planesOf(film, out);
  const from = planesOf(film, other);
  for (let i = 0; i < width * height; i++) {
    const w = weight(i);
    if (w > 0) to.y[i] += w * (from.y[i] - to.y[i]);
  }
  const half = width >> 1;
  for (let i = 0; i < to.u.length; i++) {
    const w = weight(2 * Math.floor(i / half) * width + 2 * (i % half));
    if (w <= 0) continue;
    to.u[i] += w * (from.u[i] - to.u[i]);
    to.v[i] += w * (from.v[i] - to.v[i]);
  }
}

/** One frame of another film fitted to this one's size (nearest). */
export function fitted(film: Film, source: Film, frame: Uint8Array): Uint8Array {
  const out = new Uint8Array((film.width * film.height * 3) / 2);
  const to = planesOf(film, out);
  const from = planesOf(source, frame);
  const sample = (target: Uint8Array, plane: Uint8Array, w: number, h: number, sw: number, sh: number) => {
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) target[y * w + x] = plane[Math.floor((y * sh) / h) * sw + Math.floor((x * sw) / w)];
  };
  sample(to.y, from.y, film.width, film.height, source.width, source.height);
  sample(to.u, from.u, film.width >> 1, film.height >> 1, source.width >> 1, source.height >> 1);
  sample(to.v, from.v, film.width >> 1, film.height >> 1, source.width >> 1, source.height >> 1);
  return out;
}

/** Another region of the same place: the picture mirrored left to right. */
export function mirrored(film: Film, frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(frame.length);
  const flip = (target: Uint8Array, plane: Uint8Array, w: number) => {
    for (let i = 0; i < plane.length; i++) target[i] = plane[i - (i % w) + w - 1 - (i % w)];
  };
  const to = planesOf(film, out);
  const from = planesOf(film, frame);
  flip(to.y, from.y, film.width);
  flip(to.u, from.u, film.width >> 1);
  flip(to.v, from.v, film.width >> 1);
  return out;
}

/**
 * A camera that pans away and comes back: a window of 62 % of the width moves to the right and returns. With `other`, the
 * place that was out of the picture meanwhile has become that of the other frame.
 */
export function panAndReturn(film: Film, other: Uint8Array | null, region: Region): Planted {
  const count = film.frames.length;
  const wide = 2 * Math.round((film.width * 0.5) / 2);
  const path = (index: number): number => {
    const t = index / (count - 1);
    const rise = (a: number, b: number) => {
      const s = Math.min(1, Math.max(0, (t - a) / (b - a)));
      return s * s * (3 - 2 * s);
    };
    return (film.width - wide) * (rise(0.2, 0.45) - rise(0.55, 0.8));
  };
  const start = Math.round(count * 0.5);
  const frames = film.frames.map((frame, index) => {
    const source = frame.slice();
    if (other && index >= start)
      mix(film, source, other, i => Number(region(i % film.width, Math.floor(i / film.width))));
    return window(film, source, path(index), wide);
  });
  return { film: { ...film, width: wide, frames }, start, end: count };
}

/** Columns of a frame from a fractional place on, linear between pixels. */
function window(film: Film, frame: Uint8Array, left: number, wide: number): Uint8Array {
  const out = new Uint8Array((wide * film.height * 3) / 2);
  const take = (target: Uint8Array, plane: Uint8Array, w: number, tw: number, from: number) => {
    const whole = Math.floor(from);
    const share = from - whole;
    for (let i = 0; i < target.length; i++) {
      const at = Math.floor(i / tw) * w + whole + (i % tw);
      const next = whole + (i % tw) + 1 < w ? at + 1 : at;
      target[i] = plane[at] + share * (plane[next] - plane[at]);
    }
  };
  const to = planesOf({ width: wide, height: film.height }, out);
  const from = planesOf(film, frame);
  take(to.y, from.y, film.width, wide, left);
  take(to.u, from.u, film.width >> 1, wide >> 1, left / 2);
  take(to.v, from.v, film.width >> 1, wide >> 1, left / 2);
  return out;
}

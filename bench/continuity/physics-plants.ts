import { type Film, planesOf } from './frames.ts';

/** A piece of another film that is moved about: an ellipse with soft edges. */
export interface Sprite {
  source: Film;
  frame: Uint8Array;
  /** Top left and size in the source's pixels, even. */
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where a sprite's middle is and how wide it is, in pixels of the film; null when it is not there. */
export type Course = (time: number) => { x: number; y: number; size: number } | null;

/** Share of the frame's time that the shutter is open, and pictures that are averaged over it. */
const SHUTTER = 0.5;
const EXPOSURES = 4;

/** The film with a sprite on a course (time in frames), blurred by its own motion. */
export function animate(film: Film, sprite: Sprite, course: Course): Film {
  return {
    ...film,
    frames: film.frames.map((frame, index) => {
      const places = Array.from({ length: EXPOSURES }, (_, k) => course(index + (SHUTTER * k) / EXPOSURES)).filter(
        place => place !== null,
      );
      if (places.length === 0) return frame;
      const out = frame.slice();
      draw(film, out, sprite, places);
      return out;
    }),
  };
}

function draw(
  film: Film,
  out: Uint8Array,
  sprite: Sprite,
  places: readonly { x: number; y: number; size: number }[],
): void {
  const { width, height } = film;
  const tall = sprite.height / sprite.width;
  const reach = places.map(({ x, y, size }) => [x - size, y - size * tall, x + size, y + size * tall]);
  const left = Math.max(0, 2 * Math.floor(Math.min(...reach.map(r => r[0])) / 2));
  const top = Math.max(0, 2 * Math.floor(Math.min(...reach.map(r => r[1])) / 2));
  const right = Math.min(width, Math.ceil(Math.max(...reach.map(r => r[2]))));
  const bottom = Math.min(height, Math.ceil(Math.max(...reach.map(r => r[3]))));
  const to = planesOf(film, out);
  const from = planesOf(sprite.source, sprite.frame);
  const at = (plane: Uint8Array, stride: number, x: number, y: number, scale: number): number => {
    const sx = Math.min(sprite.width - 1, Math.max(0, Math.floor((x * 0.5 + 0.5) * sprite.width)));
    const sy = Math.min(sprite.height - 1, Math.max(0, Math.floor((y * 0.5 + 0.5) * sprite.height)));
    return plane[Math.floor((sprite.top + sy) / scale) * stride + Math.floor((sprite.left + sx) / scale)];
  };
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      let cover = 0;
      let [luma, blue, red] = [0, 0, 0];
      for (const place of places) {
        const u = (x + 0.5 - place.x) / (place.size / 2);
        const v = (y + 0.5 - place.y) / ((place.size * tall) / 2);
        const radius = Math.hypot(u, v);
        const alpha = Math.min(1, Math.max(0, (1 - radius) * (place.size / 4)));
        if (alpha <= 0) continue;
        cover += alpha;
        luma += alpha * at(from.y, sprite.source.width, u, v, 1);
        blue += alpha * at(from.u, sprite.source.width >> 1, u, v, 2);
        red += alpha * at(from.v, sprite.source.width >> 1, u, v, 2);
      }
      if (cover <= 0) continue;
      const weight = cover / places.length;
      const i = y * width + x;
      to.y[i] += weight * (luma / cover - to.y[i]);
      if (x % 2 === 1 || y % 2 === 1) continue;
      const c = (y >> 1) * (width >> 1) + (x >> 1);
      to.u[c] += weight * (blue / cover - to.u[c]);
      to.v[c] += weight * (red / cover - to.v[c]);
    }
  }
}

/** Cuts a sprite that stands out from the film: of several pieces of the source the one with the most contrast to it. */
export function cutSprite(film: Film, source: Film, random: () => number): Sprite {
  let best: Sprite | null = null;
  let most = -1;
  const mean = average(film);
  for (let attempt = 0; attempt < 12; attempt++) {
    const width = 2 * Math.round((source.width * (0.12 + 0.12 * random())) / 2);
    const height = 2 * Math.round((width * (0.8 + 0.5 * random())) / 2);
    const left = 2 * Math.floor((random() * (source.width - width)) / 2);
    const top = 2 * Math.floor((random() * Math.max(2, source.height - height)) / 2);
    const frame = source.frames[Math.floor(random() * source.frames.length)];
    if (top + height > source.height) continue;
    let sum = 0;
    for (let y = 0; y < height; y += 2)
      for (let x = 0; x < width; x += 2) sum += frame[(top + y) * source.width + left + x];
    const contrast = Math.abs((4 * sum) / (width * height) - mean);
    if (contrast <= most) continue;
    most = contrast;
    best = { source, frame, left, top, width, height };
  }
  if (!best) throw new Error('the source is too small for a sprite');
  return best;
}

function average({ width, height, frames }: Film): number {
  let sum = 0;
  for (let i = 0; i < width * height; i += 7) sum += frames[0][i];
  return sum / Math.ceil((width * height) / 7);
}

/** Enlarges a film steadily about its middle, up to `most` times: a zoom of the camera. */
export function zoomIn(film: Film, most: number): Film {
  const { width, height, frames } = film;
  return {
    ...film,
    frames: frames.map((frame, index) => {
      const scale = most ** (index / Math.max(1, frames.length - 1));
      const out = new Uint8Array(frame.length);
      const take = (target: Uint8Array, plane: Uint8Array, w: number, h: number) => {
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            const sx = Math.floor((x - w / 2) / scale + w / 2);
            const sy = Math.floor((y - h / 2) / scale + h / 2);
            target[y * w + x] = plane[sy * w + sx];
          }
      };
      const to = planesOf(film, out);
      const from = planesOf(film, frame);
      take(to.y, from.y, width, height);
      take(to.u, from.u, width >> 1, height >> 1);
      take(to.v, from.v, width >> 1, height >> 1);
      return out;
    }),
  };
}

import { type Lab, labOf } from '../../src/colour.ts';
import { type Film, planesOf } from './frames.ts';
import { MASK_BELOW, MASK_SIDE, MASK_SPAN, type PersonMask } from './people-masks.ts';

/** What part of a person is changed. */
export type Region = 'clothes' | 'hair';
/** A change of colour in L*a*b*, or stripes in code values of luma, fully there at 1. */
export type Change = { shift: Lab } | { stripes: number } | { shade: number };

/** Full at 1, absent at 0; by frame. */
export type Course = (frame: number) => number;

const SKIN = { chroma: 9, lightness: 22 };

/** Changes the part of the person in every frame by the share that the course says. */
export function change(
  film: Film,
  masks: readonly (PersonMask | null)[],
  region: Region,
  { ...what }: Change,
  course: Course,
): Film {
  return {
    ...film,
    frames: film.frames.map((frame, index) => {
      const share = course(index);
      const mask = masks[index];
      if (share <= 0 || !mask) return frame;
      const out = frame.slice();
      paint(film, out, mask, region, what, share);
      return out;
    }),
  };
}

function paint(film: Film, out: Uint8Array, person: PersonMask, region: Region, what: Change, share: number): void {
  const { width, height } = film;
  const { y: luma, u, v } = planesOf(film, out);
  const face = person.size * width;
  const [cx, cy] = [person.x * width, person.y * height];
  const [skinL, skinA, skinB] = labOf(...(person.skin.map(value => 255 * value) as [number, number, number]));
  const half = (MASK_SPAN * face) / 2;
  const top = Math.max(0, 2 * Math.floor((cy + MASK_BELOW * face - half) / 2));
  const bottom = Math.min(height, Math.ceil(cy + MASK_BELOW * face + half));
  const left = Math.max(0, 2 * Math.floor((cx - half) / 2));
  const right = Math.min(width, Math.ceil(cx + half));
  for (let y = top; y < bottom; y += 2)
    for (let x = left; x < right; x += 2) {
      const [fx, fy] = [(x + 1 - cx) / face, (y + 1 - cy) / face];
      const place = region === 'clothes' ? clothesAt(fx, fy) : hairAt(fx, fy);
      if (place <= 0) continue;
      const column = Math.min(MASK_SIDE - 1, Math.floor(((fx + MASK_SPAN / 2) / MASK_SPAN) * MASK_SIDE));
      const row = Math.min(MASK_SIDE - 1, Math.floor(((fy - MASK_BELOW + MASK_SPAN / 2) / MASK_SPAN) * MASK_SIDE));
      const inside = Math.max(0, Math.min(1, (person.mask[row * MASK_SIDE + column] - 96) / 80));
      if (inside <= 0) continue;
      const c = (y >> 1) * (width >> 1) + (x >> 1);
      const at = [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1];
      const mean = (luma[at[0]] + luma[at[1]] + luma[at[2]] + luma[at[3]]) / 4;
      const [l, a, b] = labOfCodes(mean, u[c], v[c]);
      const skin = Math.hypot(a - skinA, b - skinB) / SKIN.chroma + Math.abs(l - skinL) / SKIN.lightness;
      const worn = Math.max(0, Math.min(1, 3 * (skin - 1)));
      const weight = share * place * inside * worn;
      if (weight <= 0) continue;
      if ('stripes' in what) {
        // Stripes of a seventh of the face, which go with it.
        const wave = Math.sin(2 * Math.PI * (fy + 0.3 * fx) * 3.5) > 0 ? 1 : -1;
        for (const i of at) luma[i] = clamp(luma[i] + weight * wave * what.stripes, 16, 235);
      } else if ('shade' in what) {
        for (const i of at) luma[i] = clamp(16 + (luma[i] - 16) * (1 + weight * what.shade), 16, 235);
      } else {
        const [dl, da, db] = what.shift;
        const [nl, nu, nv] = codesOfLab(l + weight * dl, a + weight * da, b + weight * db);
        for (const i of at) luma[i] = clamp(luma[i] + nl - mean, 16, 235);
        u[c] = clamp(nu, 16, 240);
        v[c] = clamp(nv, 16, 240);
      }
    }
}

/** Below the chin, over the shoulders. */
const clothesAt = (x: number, y: number): number =>
  Math.max(0, Math.min(1, 8 * (y - (Math.abs(x) < 0.35 ? 0.8 : 0.6))));
/** Round the forehead, down to the ears. */
const hairAt = (x: number, y: number): number =>
  y > 0.3 ? 0 : Math.max(0, Math.min(1, 8 * (Math.hypot(x / 0.42, (y - 0.05) / 0.48) - 1)));

/** Gain of light and of blue against red over the whole picture. */
export function relight(film: Film, gain: (frame: number) => number, warmth: (frame: number) => number): Film {
  return {
    ...film,
    frames: film.frames.map((frame, index) => {
      const out = frame.slice();
      const { y, u, v } = planesOf(film, out);
      const [g, w] = [gain(index), warmth(index)];
      for (let i = 0; i < y.length; i++) y[i] = clamp(16 + (y[i] - 16) * g, 16, 235);
      for (let i = 0; i < u.length; i++) {
        u[i] = clamp(128 + (u[i] - 128) * g - w, 16, 240);
        v[i] = clamp(128 + (v[i] - 128) * g + w, 16, 240);
      }
      return out;
    }),
  };
}

/** A panel, filled by a frame of another film, that comes from the left, covers all of the picture and goes to the right. */
export function passPanel(film: Film, other: Film, from: number, to: number): Film {
  const { width, height } = film;
  const steps = to - from;
  return {
    ...film,
    frames: film.frames.map((frame, index) => {
      if (index < from || index >= to) return frame;
      const out = frame.slice();
      const t = (index - from + 0.5) / steps;
      // A panel 1.6 pictures wide.
      const end = 2 * Math.round((2.6 * t * width) / 2);
      const begin = Math.max(0, end - 2 * Math.round(0.8 * width));
      const take = (target: Uint8Array, source: Uint8Array, w: number, h: number, a: number, b: number) => {
        const [sw, sh] = [other.width * (w / width), other.height * (h / height)];
        for (let y = 0; y < h; y++)
          for (let x = Math.max(0, a); x < Math.min(w, b); x++)
            target[y * w + x] =
              source[Math.floor((y / h) * sh) * Math.round(sw) + Math.floor(((x - a) / (1.6 * w)) * sw)];
      };
      const to3 = planesOf(film, out);
      const from3 = planesOf(other, other.frames[0]);
      take(to3.y, from3.y, width, height, begin, end);
      take(to3.u, from3.u, width >> 1, height >> 1, begin >> 1, end >> 1);
      take(to3.v, from3.v, width >> 1, height >> 1, begin >> 1, end >> 1);
      return out;
    }),
  };
}

/** From a frame on another framing: enlarged about a point of the picture (shares), which stays where it is. */
export function reframe(film: Film, from: number, scale: number, x: number, y: number): Film {
  return {
    ...film,
    frames: film.frames.map((frame, index) => {
      if (index < from) return frame;
      const out = new Uint8Array(frame.length);
      const take = (target: Uint8Array, source: Uint8Array, w: number, h: number) => {
        for (let r = 0; r < h; r++)
          for (let c = 0; c < w; c++)
            target[r * w + c] =
              source[Math.floor((r - y * h) / scale + y * h) * w + Math.floor((c - x * w) / scale + x * w)];
      };
      const [a, b] = [planesOf(film, out), planesOf(film, frame)];
      take(a.y, b.y, film.width, film.height);
      take(a.u, b.u, film.width >> 1, film.height >> 1);
      take(a.v, b.v, film.width >> 1, film.height >> 1);
      return out;
    }),
  };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.round(value)));

/** BT.601 limited codes, as untagged small films are read. */
function labOfCodes(y: number, u: number, v: number): Lab {
  const l = (255 / 219) * (y - 16);
  const [b, r] = [((u - 128) * 255) / 224, ((v - 128) * 255) / 224];
  const byte = (value: number) => Math.min(255, Math.max(0, value));
  return labOf(byte(l + 1.402 * r), byte(l - 0.344136 * b - 0.714136 * r), byte(l + 1.772 * b));
}

function codesOfLab(l: number, a: number, b: number): [number, number, number] {
  const fy = (l + 16) / 116;
  const back = (t: number) => (t > 6 / 29 ? t ** 3 : (116 * t - 16) / 903.3);
  const [x, y, z] = [0.95047 * back(fy + a / 500), back(fy), 1.08883 * back(fy - b / 200)];
  const code = (light: number) => {
    const value = Math.min(1, Math.max(0, light));
    return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  };
  const red = code(3.2406 * x - 1.5372 * y - 0.4986 * z);
  const green = code(-0.9689 * x + 1.8758 * y + 0.0415 * z);
  const blue = code(0.0557 * x - 0.204 * y + 1.057 * z);
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [
    16 + (219 / 255) * luma,
    128 + ((224 / 255) * (blue - luma)) / 1.772,
    128 + ((224 / 255) * (red - luma)) / 1.402,
  ];
}

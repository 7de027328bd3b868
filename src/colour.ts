/** CIE L*a*b*, D65. */
export type Lab = readonly [number, number, number];

const linear = (code: number): number => (code <= 10.31475 ? code / 3294.6 : ((code / 255 + 0.055) / 1.055) ** 2.4);
const cube = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);

/** Light, 0–1, of every sRGB code (IEC 61966-2-1). */
export const LIGHT: Float64Array = Float64Array.from({ length: 256 }, (_, code) => linear(code));

/** Red, green and blue light (0–1) to CIE L*a*b*. */
export function labOfLight(r: number, g: number, b: number): Lab {
  const x = cube((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = cube(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = cube((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** sRGB codes (IEC 61966-2-1) to CIE L*a*b*. */
export const labOf = (red: number, green: number, blue: number): Lab =>
  labOfLight(linear(red), linear(green), linear(blue));

/** Distance of two colours with lightness counted half: exposure moves more between shots than hue does. */
export const colourDistance = (a: Lab, b: Lab): number => Math.hypot((a[0] - b[0]) / 2, a[1] - b[1], a[2] - b[2]);

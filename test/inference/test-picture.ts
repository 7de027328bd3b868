type Colour = readonly [number, number, number];
type Ellipse = readonly [x: number, y: number, radiusX: number, radiusY: number, colour: Colour];

/** A drawn person in fractions of the picture, later shapes on top: hair, shoulders, neck, face, eyes, mouth. */
const FIGURE: readonly Ellipse[] = [
  [0.5, 0.31, 0.17, 0.2, [60, 42, 35]],
  [0.5, 0.98, 0.36, 0.36, [52, 78, 140]],
  [0.5, 0.58, 0.07, 0.12, [196, 150, 126]],
  [0.5, 0.36, 0.14, 0.18, [214, 168, 142]],
  [0.445, 0.33, 0.022, 0.012, [40, 30, 30]],
  [0.555, 0.33, 0.022, 0.012, [40, 30, 30]],
  [0.5, 0.45, 0.045, 0.013, [150, 70, 75]],
];

/**
 * A picture without footage that the networks still take for something: a drawn person before soft waves, with repeatable grain. Bytes,
 * row-major, channels-last (RGB).
 */
export function testPicture(width: number, height: number): Uint8Array {
  const picture = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      const shape = FIGURE.findLast(([cx, cy, rx, ry]) => ((u - cx) / rx) ** 2 + ((v - cy) / ry) ** 2 < 1);
      for (let c = 0; c < 3; c += 1) {
        const i = (y * width + x) * 3 + c;
        const wave = 150 + 40 * Math.sin(5 * u + c) * Math.cos(4 * v - c / 2);
        const shade = shape === undefined ? wave : shape[4][c] * (1.1 - 0.3 * u);
        const grain = ((i * 7919) % 13) - 6;
        picture[i] = Math.round(Math.min(255, Math.max(0, shade + grain)));
      }
    }
  return picture;
}

/** Channels-first floats, `byte · scale + offset`, as the models take them. */
export function toPlanes(picture: Uint8Array, scale: number, offset: number, planes: Float32Array): void {
  const pixels = picture.length / 3;
  for (let p = 0; p < pixels; p += 1)
    for (let c = 0; c < 3; c += 1) planes[c * pixels + p] = picture[3 * p + c] * scale + offset;
}

/** At most `count` values, evenly spread. */
export function spread(values: ArrayLike<number>, count: number): number[] {
  const step = Math.max(1, Math.floor(values.length / count));
  return Array.from({ length: Math.min(count, values.length) }, (_, i) => values[i * step]);
}

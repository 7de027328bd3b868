/**
 * A picture without footage that still has edges, colours and texture: soft waves with repeatable grain. Bytes, row-major, channels-last (RGB).
 */
export function testPicture(width: number, height: number): Uint8Array {
  const picture = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let c = 0; c < 3; c += 1) {
        const i = (y * width + x) * 3 + c;
        const wave = Math.sin((9 * x) / width + c) * Math.cos((7 * y) / height - c / 2);
        const disc = Math.hypot(x - width / 2, y - height / 2.2) < width / 4 ? 40 : -20;
        const grain = ((i * 7919) % 31) - 15;
        picture[i] = Math.round(Math.min(255, Math.max(0, 120 + 60 * wave + disc + grain)));
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

import { describe, expect, it } from 'vitest';
import { toPicture } from '../../../fixtures/photos.ts';
import type { Picture } from '../../../src/media/frame.ts';
import { Cropper, colourMatrix } from '../../../src/observers/vision/crop.ts';
import type { Square } from '../../../src/observers/vision/square.ts';

const PLAIN = { scale: 1 / 255, offset: 0 };
const sd = { range: 'limited', matrix: 'smpte170m' } as const;

/** Smooth colours, so that the size of a chroma sample does not matter. */
function gradient(width: number, height: number): { picture: Picture; at(x: number, y: number): number[] } {
  const at = (x: number, y: number) => [
    60 + (130 * x) / width,
    70 + (110 * y) / height,
    90 + (60 * (x + y)) / (width + height),
  ];
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      data.set(at(column + 0.5, row + 0.5).map(Math.round), 3 * (row * width + column));
  return { picture: toPicture({ data, width, height }), at };
}

function cut(picture: Picture, square: Square, size: number, edge?: 'black' | 'repeat'): Float32Array {
  const out = new Float32Array(3 * size * size);
  new Cropper(sd, 480).cut(picture, square, size, out, PLAIN, edge);
  return out;
}

describe('Cropper', () => {
  it.each([
    ['upright, enlarged', { x: 100, y: 70, side: 30, angle: 0 }],
    ['upright, reduced', { x: 100, y: 70, side: 120, angle: 0 }],
    ['turned', { x: 110, y: 72, side: 60, angle: 0.7 }],
    ['upside down', { x: 90, y: 75, side: 50, angle: Math.PI }],
    ['turned left', { x: 90, y: 75, side: 50, angle: -2.1 }],
  ])('reads the colour that lies under each output pixel: %s', (_, square) => {
    const { picture, at } = gradient(200, 140);
    const size = 48;
    const out = cut(picture, square, size);
    const c = Math.cos(square.angle);
    const s = Math.sin(square.angle);
    let worst = 0;
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const u = ((column + 0.5) / size - 0.5) * square.side;
        const v = ((row + 0.5) / size - 0.5) * square.side;
        const expected = at(square.x + u * c - v * s, square.y + u * s + v * c);
        expected.forEach((value, channel) => {
          const got = out[channel * size * size + row * size + column] * 255;
          worst = Math.max(worst, Math.abs(got - value));
        });
      }
    expect(worst).toBeLessThan(3);
  });

  it('is exact for a pixel-for-pixel crop of grey', () => {
    const width = 64;
    const data = new Uint8Array(width * width * 3);
    for (let i = 0; i < width * width; i++) data.fill((i * 37) % 200, 3 * i, 3 * i + 3);
    const picture = toPicture({ data, width, height: width });
    const out = cut(picture, { x: 32, y: 32, side: 32, angle: 0 }, 32);
    for (let row = 0; row < 32; row++)
      for (let column = 0; column < 32; column++) {
        const luma = picture.y[(row + 16) * width + column + 16];
        expect(out[row * 32 + column] * 219 + 16).toBeCloseTo(luma, 3);
      }
  });

  it('is black outside the picture, or repeats its edge', () => {
    const { picture } = gradient(64, 64);
    const outside = { x: 0, y: 32, side: 64, angle: 0 };
    expect(cut(picture, outside, 32)[16 * 32 + 2]).toBe(0);
    const repeated = cut(picture, outside, 32, 'repeat');
    expect(repeated[16 * 32 + 2]).toBeCloseTo(repeated[16 * 32 + 14], 1);
    expect(repeated[16 * 32 + 2]).toBeGreaterThan(0.2);
  });

  it.each([
    ['inside', { x: 33, y: 16, side: 12, angle: 0.4 }, 21],
    ['over the upper left corner', { x: 3, y: 2, side: 40, angle: -0.3 }, 22],
    ['over the lower right corner', { x: 60, y: 33, side: 50, angle: 2.2 }, 23],
    ['wider than the picture', { x: 30, y: 15, side: 150, angle: 1.1 }, 64],
    ['far below', { x: 30, y: 300, side: 60, angle: 0.2 }, 8],
  ])('interpolates between pixels and repeats the outermost: %s', (_, square, size) => {
    const width = 62;
    const height = 34;
    const y = Uint8Array.from({ length: width * height }, (_, i) => 40 + ((i * 7919) % 173));
    const grey = new Uint8Array((width / 2) * (height / 2)).fill(128);
    const picture = { width, height, stride: width, chromaStride: width / 2, y, u: grey, v: grey };
    const at = (column: number, row: number) =>
      y[Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))];
    const out = cut(picture, square, size, 'repeat');
    let worst = 0;
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const u = ((column + 0.5) / size - 0.5) * square.side;
        const v = ((row + 0.5) / size - 0.5) * square.side;
        const px = square.x + u * Math.cos(square.angle) - v * Math.sin(square.angle) - 0.5;
        const py = square.y + u * Math.sin(square.angle) + v * Math.cos(square.angle) - 0.5;
        const [x, line] = [Math.floor(px), Math.floor(py)];
        const above = at(x, line) + (at(x + 1, line) - at(x, line)) * (px - x);
        const below = at(x, line + 1) + (at(x + 1, line + 1) - at(x, line + 1)) * (px - x);
        const expected = above + (below - above) * (py - line);
        worst = Math.max(worst, Math.abs(out[row * size + column] * 219 + 16 - expected));
      }
    expect(worst).toBeLessThan(1.5);
  });

  it('stays inside its buffers for squares anywhere', () => {
    const { picture } = gradient(62, 34);
    for (const angle of [0, 0.5, Math.PI / 2, 3])
      for (const [x, y, side] of [
        [-500, -500, 100],
        [31, 17, 5000],
        [62, 34, 10],
        [0, 0, 3],
      ]) {
        const out = cut(picture, { x, y, side, angle }, 33, 'repeat');
        expect(out.every(value => value >= 0 && value <= 1)).toBe(true);
      }
  });

  it('honours range, matrix and the network’s normalisation', () => {
    const picture: Picture = {
      width: 8,
      height: 8,
      stride: 8,
      chromaStride: 4,
      y: new Uint8Array(64).fill(235),
      u: new Uint8Array(16).fill(128),
      v: new Uint8Array(16).fill(128),
    };
    const square = { x: 4, y: 4, side: 4, angle: 0 };
    const out = new Float32Array(3 * 16);
    new Cropper(sd, 480).cut(picture, square, 4, out, { scale: 2 / 255, offset: -1 });
    expect(out[5]).toBeCloseTo(1, 5);
    new Cropper({ range: 'full', matrix: 'bt709' }, 1080).cut(picture, square, 4, out, PLAIN);
    expect(out[5]).toBeCloseTo(235 / 255, 5);
    expect(colourMatrix({ range: 'limited', matrix: 'unknown' }, 1080)).toEqual(
      colourMatrix({ range: 'limited', matrix: 'bt709' }, 100),
    );
    // Pure red of BT.709, limited range.
    const red = {
      ...picture,
      y: new Uint8Array(64).fill(63),
      u: new Uint8Array(16).fill(102),
      v: new Uint8Array(16).fill(240),
    };
    new Cropper({ range: 'limited', matrix: 'bt709' }, 1080).cut(red, square, 4, out, PLAIN);
    expect([out[5], out[21], out[37]].map(v => Math.round(v * 100) / 100)).toEqual([1, 0, 0]);
  });
});

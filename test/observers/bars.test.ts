import { describe, expect, it } from 'vitest';
import { bars } from '../../src/observers/bars.ts';
import { grey, paint, see, texture } from './pictures.ts';
import { noise } from './scenes.ts';

const W = 320;
const H = 180;

/** The texture inside the margins, and black with coding noise around it. */
const framed = (top: number, bottom: number, left: number, right: number, black = 16) =>
  paint(W, H, (x, y) =>
    y >= top && y < H - bottom && x >= left && x < W - right
      ? texture(x, y)
      : [Math.round(black + 4 * (noise(x, y, 9) - 0.5)), 128, 128],
  );

async function margins(picture: ReturnType<typeof paint>, video = {}): Promise<number[]> {
  const { bars: found } = await see(bars, [{ analysis: picture }], video);
  return [found.top[0], found.bottom[0], found.left[0], found.right[0]];
}

describe('bars', () => {
  it.each([
    [0, 0, 0, 0],
    [23, 23, 0, 0],
    [23, 30, 0, 0],
    [0, 0, 40, 40],
    [12, 14, 33, 35],
    [3, 0, 0, 0],
  ])('finds margins of %i, %i, %i and %i px', async (...sides) => {
    expect(await margins(framed(...(sides as [number, number, number, number])))).toEqual(sides);
  });

  it('does not mind a line that scaling left outside a bar', async () => {
    const picture = framed(20, 20, 0, 0);
    picture.y.fill(90, (H - 1) * picture.stride, (H - 1) * picture.stride + W);
    expect(await margins(picture)).toEqual([20, 20, 0, 0]);
  });

  it('takes no line or two of black for a bar', async () => {
    expect(await margins(framed(2, 0, 1, 0))).toEqual([0, 0, 0, 0]);
  });

  it('gives them in source pixels', async () => {
    expect(await margins(framed(20, 20, 0, 0), { width: 3 * W, height: 3 * H })).toEqual([60, 60, 0, 0]);
  });

  it('reads black of full range too', async () => {
    expect(await margins(framed(20, 20, 0, 0, 2))).toEqual([20, 20, 0, 0]);
  });

  it('says nothing about a picture that is dark all over', async () => {
    expect(await margins(paint(W, H, grey(18)))).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it('does not take the dark around a lamp for bars', async () => {
    const lamp = paint(W, H, (x, y) => [Math.hypot(x - 160, y - 90) < 30 ? 180 : 18, 128, 128]);
    expect(await margins(lamp)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    // A lit floor and a moon: the first bright line from above is the moon's, and not straight.
    const moon = paint(W, H, (x, y) => [y > 120 || Math.hypot(x - 60, y - 40) < 12 ? 120 : 18, 128, 128]);
    expect((await margins(moon))[0]).toBeNaN();
  });

  it('does not call dark grey a bar', async () => {
    expect(await margins(framed(20, 20, 0, 0, 45))).toEqual([0, 0, 0, 0]);
  });
});

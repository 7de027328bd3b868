import { describe, expect, it } from 'vitest';
import { sharpness } from '../../src/observers/sharpness.ts';
import { blurred, grey, type Paint, paint, see, texture } from './pictures.ts';

const of = async (at: Paint): Promise<number> =>
  (await see(sharpness, [{ analysis: paint(320, 180, at) }])).sharpness[0];

describe('sharpness', () => {
  it('falls with blur', async () => {
    const [sharp, soft, softer] = [
      await of(texture),
      await of(blurred(texture, 1, 1)),
      await of(blurred(texture, 3, 3)),
    ];
    expect(soft).toBeLessThan(0.75 * sharp);
    expect(softer).toBeLessThan(0.4 * sharp);
  });

  it('does not fall much with blur in one direction, as of a pan', async () => {
    const sharp = await of(texture);
    expect(await of(blurred(texture, 3, 0))).toBeGreaterThan(0.6 * sharp);
    expect(await of(blurred(texture, 0, 3))).toBeGreaterThan(0.6 * sharp);
  });

  it('does not change when focus goes from one part to another', async () => {
    const soft = blurred(texture, 3, 3);
    const left = await of((x, y) => (x < 160 ? texture(x, y) : soft(x, y)));
    const right = await of((x, y) => (x < 160 ? soft(x, y) : texture(x, y)));
    expect(right / left).toBeGreaterThan(0.85);
    expect(right / left).toBeLessThan(1.15);
    expect(right).toBeGreaterThan(2 * (await of(soft)));
  });

  it('hardly depends on contrast', async () => {
    const faded: Paint = (x, y) => [Math.round(60 + texture(x, y)[0] / 2), 128, 128];
    expect((await of(faded)) / (await of(texture))).toBeGreaterThan(0.9);
    expect((await of(faded)) / (await of(texture))).toBeLessThan(1.1);
  });

  it('has no value where there is nothing to be sharp', async () => {
    expect(await of(grey(100))).toBeNaN();
    expect((await see(sharpness, [{ analysis: paint(8, 8, texture) }])).sharpness[0]).toBeNaN();
  });
});

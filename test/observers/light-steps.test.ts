import { describe, expect, it } from 'vitest';
import { backgroundViews } from '../../src/observers/background-views.ts';
import { planeThrough } from '../../src/observers/plane-fit.ts';
import { LIGHT_STEP_VALUES } from '../../src/signals.ts';
import { see } from './pictures.ts';
import { grainy, HEIGHT, type Painting, relit, scene, times, WIDTH } from './scenes.ts';

const AT = 6;
const size = { width: WIDTH, height: HEIGHT, stride: WIDTH, chromaStride: WIDTH / 2 };

/** Steps between frames of a camera that pans, changed from one frame on. */
async function stepsOf(change: (painting: Painting) => Painting, pan = 4, full = false) {
  const paintings = times(12, i => (i < AT ? scene(3, pan * i) : change(scene(3, pan * i))));
  const frames = paintings.map((painting, i) => {
    const picture = grainy(painting, 1, i);
    return { analysis: { ...size, ...(full ? stretched(picture) : picture) } };
  });
  const colour = { range: full ? 'full' : 'limited', primaries: '', transfer: '', matrix: '', hdr: null } as const;
  const { lightSteps } = await see(backgroundViews, frames, { width: WIDTH, height: HEIGHT, colour });
  expect(lightSteps).toHaveLength(12 * LIGHT_STEP_VALUES.length);
  return (frame: number) =>
    Object.fromEntries(LIGHT_STEP_VALUES.map((name, k) => [name, lightSteps[frame * LIGHT_STEP_VALUES.length + k]]));
}

/** A painting in the codes of full range. */
const stretched = ({ y, u, v }: Painting): Painting => ({
  y: y.map(code => Math.min(255, Math.max(0, Math.round(((code - 16) * 255) / 219)))),
  u: u.map(code => Math.min(255, Math.max(0, Math.round(128 + ((code - 128) * 255) / 224)))),
  v: v.map(code => Math.min(255, Math.max(0, Math.round(128 + ((code - 128) * 255) / 224)))),
});

describe('steps of light', () => {
  it('are told on the frame while the camera pans', async () => {
    const at = await stepsOf(painting =>
      relit(painting, (luma, i) => 16 + (luma - 16) * Math.exp(0.2 * (((i % WIDTH) / WIDTH) * 2 - 1))),
    );
    expect(at(AT).across).toBeGreaterThan(0.16);
    expect(at(AT).across).toBeLessThan(0.22);
    expect(Math.abs(at(AT).down)).toBeLessThan(0.03);
    expect(at(AT).lightShare).toBeGreaterThan(0.5);
    for (const frame of [1, AT - 1, AT + 1, 11]) expect(Math.abs(at(frame).across)).toBeLessThan(0.03);
  });

  it('tell warm from cold', async () => {
    const at = await stepsOf(({ y, u, v }) => ({ y, u: u.map(value => value - 8), v: v.map(value => value + 8) }));
    expect(at(AT).warm).toBeGreaterThan(0.05);
    expect(at(AT).cool).toBeLessThan(-0.05);
    expect(at(AT).across).toBe(0);
    for (const frame of [1, AT - 1, AT + 1, 11]) expect(at(frame).warm).toBe(0);
  });

  it.each(['across', 'warm'] as const)('are the same in full range: %s', async name => {
    const change = (painting: Painting) => {
      const { y, u, v } = relit(
        painting,
        (luma, i) => 16 + (luma - 16) * Math.exp(0.2 * (((i % WIDTH) / WIDTH) * 2 - 1)),
      );
      return { y, u: u.map(value => value - 8), v: v.map(value => value + 8) };
    };
    const [limited, full] = [(await stepsOf(change))(AT), (await stepsOf(change, 4, true))(AT)];
    expect(Math.abs(limited[name])).toBeGreaterThan(0.05);
    expect(Math.abs(full[name] / limited[name] - 1)).toBeLessThan(0.05);
  });

  it('are none where the picture becomes another one', async () => {
    const other = scene(17, 900);
    const at = await stepsOf(() => other);
    expect(at(AT).lightShare).toBeLessThan(0.3);
  });
});

describe('a plane', () => {
  it('goes through most points and not between them and the others', () => {
    const points = Array.from({ length: 100 }, (_, i) => {
      const [x, y] = [(i % 10) / 5 - 0.9, Math.floor(i / 10) / 5 - 0.9];
      return { x, y, z: i % 5 === 0 ? 3 : 0.1 + 0.2 * x - 0.3 * y };
    });
    const { fit, spread } = planeThrough(points);
    expect(fit[0]).toBeCloseTo(0.1, 1);
    expect(fit[1]).toBeCloseTo(0.2, 1);
    expect(fit[2]).toBeCloseTo(-0.3, 1);
    expect(spread).toBeLessThan(0.02);
  });
});

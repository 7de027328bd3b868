import { describe, expect, it } from 'vitest';
import { motion } from '../../src/observers/motion.ts';
import { flat, grainy, HEIGHT, mix, noise, type Painting, relit, scene, times, WIDTH, watch } from './scenes.ts';

/** Source pixels per pixel of the small picture in these tests. */
const SCALE = 5;

describe('global motion', () => {
  it.each([
    ['nothing', 0, 0],
    ['one pixel right', 1, 0],
    ['a slow diagonal pan', -2, 1.5],
    ['a pan', 9, 0],
    ['a tilt', 0, -12],
    ['a whip pan', 60, 0],
    ['a whip pan the other way', -75, 10],
  ])('finds %s', async (_, dx, dy) => {
    // The picture moves right when the window moves left.
    const { motionX, motionY, motionFit } = await watch(motion, [scene(1), scene(1, -dx, -dy)]);
    expect(motionX[0]).toBe(0);
    expect(Math.abs(motionX[1] / SCALE - dx)).toBeLessThan(0.5);
    expect(Math.abs(motionY[1] / SCALE - dy)).toBeLessThan(0.5);
    expect(motionFit[1]).toBeGreaterThan(0.9);
  });

  it('follows handheld shake frame by frame', async () => {
    const path = times(20, i => scene(1, noise(i, 0, 3) * 16, noise(i, 1, 3) * 16));
    const { motionX, motionY, motionFit, edgeChange, matchError } = await watch(motion, path);
    for (let i = 1; i < 20; i++) {
      const dx = (noise(i - 1, 0, 3) - noise(i, 0, 3)) * 16;
      const dy = (noise(i - 1, 1, 3) - noise(i, 1, 3)) * 16;
      expect(Math.abs(motionX[i] / SCALE - dx)).toBeLessThan(0.6);
      expect(Math.abs(motionY[i] / SCALE - dy)).toBeLessThan(0.6);
      expect(motionFit[i]).toBeGreaterThan(0.9);
      expect(edgeChange[i]).toBeLessThan(0.15);
      expect(matchError[i]).toBeLessThan(0.35);
    }
  });

  it('is not pulled away by a large object that moves over a still background', async () => {
    const withBox = (left: number): Painting =>
      relit(scene(1), (luma, i) => (i % WIDTH >= left && i % WIDTH < left + 70 && i > 30 * WIDTH ? 30 : luma));
    const { motionX, motionY } = await watch(motion, [withBox(20), withBox(45), withBox(70)]);
    for (const i of [1, 2]) expect(Math.hypot(motionX[i], motionY[i]) / SCALE).toBeLessThan(0.5);
  });

  it('is not pulled away by a change of exposure', async () => {
    const { motionX, motionY } = await watch(motion, [scene(1), scene(1, -6, 0, 20)]);
    expect(Math.abs(motionX[1] / SCALE - 6)).toBeLessThan(0.6);
    expect(Math.abs(motionY[1] / SCALE)).toBeLessThan(0.6);
  });

  it('reports none, and a perfect fit, for repeats and flat pictures', async () => {
    const signals = await watch(motion, [scene(2), scene(2), flat(16), flat(16), flat(17)]);
    for (const i of [1, 3, 4]) {
      expect(signals.motionX[i]).toBe(0);
      expect(signals.motionY[i]).toBe(0);
      expect(signals.motionFit[i]).toBe(1);
      expect(signals.edgeChange[i]).toBe(0);
      expect(signals.matchError[i]).toBeLessThan(0.01);
    }
    expect(signals.motionResidual[1]).toBe(0);
  });
});

describe('what motion does not explain', () => {
  it('is nearly everything at a cut, nearly nothing in noise', async () => {
    const signals = await watch(motion, [grainy(scene(1), 2, 0), grainy(scene(1), 2, 1), grainy(scene(9), 2, 2)]);
    expect(signals.motionFit[1]).toBeGreaterThan(0.97);
    expect(signals.matchError[1]).toBeLessThan(0.15);
    expect(signals.edgeChange[1]).toBeLessThan(0.1);
    expect(signals.motionFit[2]).toBeLessThan(0.6);
    expect(signals.matchError[2]).toBeGreaterThan(0.6);
    expect(signals.edgeChange[2]).toBeGreaterThan(0.2);
    expect(signals.motionResidual[2]).toBeGreaterThan(5 * signals.motionResidual[1]);
  });

  it('finds blocks that move on their own, as a large object does', async () => {
    const inFront = (shift: number): Painting => {
      const far = scene(1);
      const near = scene(5, -shift);
      return relit(far, (luma, i) => {
        const column = i % WIDTH;
        return column >= 60 + shift && column < 160 + shift ? near.y[i] : luma;
      });
    };
    const moving = await watch(motion, [inFront(0), inFront(16)]);
    const replaced = await watch(motion, [inFront(0), mix(scene(11), flat(0), 0)]);
    expect(moving.matchError[1]).toBeLessThan(0.45);
    expect(replaced.matchError[1]).toBeGreaterThan(moving.matchError[1] * 1.5);
  });

  it('sees new edges once, when they come', async () => {
    const box = relit(flat(60), (_, i) =>
      Math.abs((i % WIDTH) - 128) < 40 && Math.abs(i / WIDTH - HEIGHT / 2) < 40 ? 200 : 60,
    );
    const { edgeChange } = await watch(motion, [flat(60), box, box, flat(60)]);
    expect(edgeChange[1]).toBeGreaterThan(0.9);
    expect(edgeChange[2]).toBe(0);
    expect(edgeChange[3]).toBe(0);
  });
});

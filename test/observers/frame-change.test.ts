import { describe, expect, it } from 'vitest';
import { frameChange } from '../../src/observers/frame-change.ts';
import { flat, grainy, relit, scene, WIDTH, watch } from './scenes.ts';

describe('frame change', () => {
  it('is exactly 0 at the first frame and for an exact repeat', async () => {
    const picture = scene(1);
    const signals = await watch(frameChange, [picture, picture, picture]);
    for (const series of Object.values(signals)) expect([...series]).toEqual([0, 0, 0]);
  });

  it('measures a uniform step', async () => {
    const signals = await watch(frameChange, [flat(100), flat(104), flat(124)]);
    expect([...signals.frameDifference]).toEqual([0, 4, 20]);
    // Four values are within what a second encoding does, twenty are not.
    expect([...signals.changedShare]).toEqual([0, 0, 1]);
  });

  it('counts the share of pixels that changed', async () => {
    const quarter = relit(flat(100), (_, i) => (i % WIDTH < WIDTH / 4 ? 140 : 100));
    const { changedShare, frameDifference } = await watch(frameChange, [flat(100), quarter]);
    expect(changedShare[1]).toBeCloseTo(0.25, 5);
    expect(frameDifference[1]).toBeCloseTo(10, 5);
  });

  it('counts no pixel as changed for coding noise of ±2 around a repeat', async () => {
    const pictures = [0, 1, 2, 3].map(frame => grainy(scene(1), 2, frame));
    const { changedShare, frameDifference } = await watch(frameChange, pictures);
    expect(Math.max(...changedShare)).toBe(0);
    expect(Math.max(...frameDifference)).toBeLessThan(2);
  });

  it('tells colour and level distributions apart', async () => {
    const { histogramDistance } = await watch(frameChange, [
      flat(100),
      flat(100, 90, 160),
      flat(40, 90, 160),
      scene(1),
    ]);
    expect(histogramDistance[1]).toBe(1);
    expect(histogramDistance[2]).toBe(1);
    expect(histogramDistance[3]).toBeGreaterThan(0.8);
  });

  it('hardly moves for a pan', async () => {
    const { histogramDistance } = await watch(frameChange, [scene(1), scene(1, 8)]);
    expect(histogramDistance[1]).toBeLessThan(0.15);
  });
});

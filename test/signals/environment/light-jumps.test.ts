import { describe, expect, it } from 'vitest';
import { lightJumps } from '../../../src/signals/environment/light-jumps.ts';
import { LIGHT_STEP_VALUES } from '../../../src/signals.ts';

const WIDE = LIGHT_STEP_VALUES.length;
const FRAMES = 40;
const whole = { start: 0, end: FRAMES };

/** Steps of light across, all cells the same but for a little disagreement. */
function stepped(at: Record<number, number>, share = 0.8, rest = 0): Float32Array {
  const steps = new Float32Array(WIDE * FRAMES);
  for (let frame = 1; frame < FRAMES; frame++) {
    const across = at[frame] ?? rest * (frame % 2 === 0 ? 1 : -1);
    steps.set([across, 0, 0.01, share, 0, across, 0.01, share], frame * WIDE);
  }
  return steps;
}

describe('jumps of light', () => {
  it('are steps that stand out and stay, of light and of colour alike', () => {
    const [jump, ...others] = lightJumps(stepped({ 20: 0.2 }), 'light', 0.15, whole);
    expect(others).toEqual([]);
    expect(jump).toMatchObject({ start: 19, end: 20, agreement: expect.closeTo(20, 3) });
    expect(jump.size).toBeCloseTo(0.2, 5);
    expect(jump.parts[0]).toBeCloseTo(0.2, 5);
    expect(lightJumps(stepped({ 20: 0.2 }), 'colour', 0.15, whole)[0].parts[1]).toBeCloseTo(0.2, 5);
    expect(lightJumps(stepped({ 20: 0.1 }), 'light', 0.15, whole)).toEqual([]);
  });

  it('are no flashes', () => {
    expect(lightJumps(stepped({ 20: 0.2, 23: -0.2 }), 'light', 0.15, whole)).toEqual([]);
    expect(lightJumps(stepped({ 20: 0.2, 35: -0.2 }), 'light', 0.15, whole)).toHaveLength(2);
  });

  it('are not told where the picture steps all the time, or shows little of what it did', () => {
    expect(lightJumps(stepped({ 20: 0.2 }, 0.8, 0.05), 'light', 0.15, whole)).toEqual([]);
    expect(lightJumps(stepped({ 20: 0.2 }, 0.2), 'light', 0.15, whole)).toEqual([]);
  });

  it('are not told at the ends of what is looked at', () => {
    expect(lightJumps(stepped({ 20: 0.2 }), 'light', 0.15, { start: 0, end: 22 })).toEqual([]);
    expect(lightJumps(stepped({ 20: 0.2 }), 'light', 0.15, { start: 19, end: FRAMES })).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { HAND_GATES } from '../../src/landmarks.ts';
import { gateHand, gateLook, gateNumber, JUDGED } from '../../src/observers/hand-gate.ts';
import type { HandSighting } from '../../src/observers/vision/hand-eye.ts';
import { flat, openHand } from './open-hand.ts';

const sighting = (more: Partial<HandSighting> = {}, shift = 0): HandSighting => {
  const points = flat(openHand());
  for (let k = 0; k < points.length; k += 3) points[k] += shift;
  return {
    points,
    square: { x: 80, y: 80, side: 160, angle: 0 },
    presence: 0.95,
    sharpness: 0.1,
    right: 1,
    world: new Float32Array(63),
    ...more,
  };
};
const picture = { width: 400, height: 160 };
const gate = (hand: HandSighting, others: HandSighting[] = [], size = picture, scale = 1) =>
  gateHand(hand, others, size, scale);

describe('which hands can be judged', () => {
  it('judges a clear hand on its own, and beside another that keeps its distance', () => {
    expect(gate(sighting())).toBe('judged');
    expect(gate(sighting(), [sighting({}, 150)])).toBe('judged');
  });

  it('says why not', () => {
    expect(gate(sighting({}, -50))).toBe('outside');
    expect(gate(sighting(), [], { width: 400, height: 120 })).toBe('outside');
    expect(gate(sighting({ presence: 0.7 }))).toBe('faint');
    expect(gate(sighting(), [], picture, 0.4)).toBe('small');
    expect(gate(sighting({ sharpness: 0.01 }))).toBe('blurred');
    expect(gate(sighting(), [sighting({}, 60)])).toBe('crowded');
  });

  it('refuses a hand that something lies in front of, once it was looked at', () => {
    expect(gateLook({ hidden: 0.02 })).toBe('judged');
    expect(gateLook({ hidden: JUDGED.hidden + 0.01 })).toBe('hidden');
  });

  it('stores each reason as a number of its own', () => {
    expect(HAND_GATES.map(gateNumber)).toEqual(HAND_GATES.map((_, k) => k));
  });
});

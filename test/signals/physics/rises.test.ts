import { describe, expect, it } from 'vitest';
import { risingOf } from '../../../src/signals/physics/rises.ts';

const picture = { width: 256, height: 144 };
const GRAVITY = 1.5;
const FLOOR = 130;

/** Falls to the floor at speed `before` and leaves it at `after`, pixels per picture: some pictures up to it, twelve from it on. */
function bounce(before: number, after: number, across: (k: number) => number, pictures = 10) {
  const y = Array.from({ length: pictures + 12 }, (_, k) => {
    const t = k - pictures + 0.5;
    return t < 0 ? FLOOR + before * t + 0.5 * GRAVITY * t * t : FLOOR - after * t + 0.5 * GRAVITY * t * t;
  });
  const x = y.map((_, k) => across(k));
  return risingOf({ x, y, otherY: y, start: pictures - 1 }, picture);
}

describe('what rises', () => {
  it('gains where it goes up faster than it came', () => {
    const found = bounce(10, 15, k => 60 + 2 * k);
    expect(found?.way).toBe('gain');
    expect(found?.measured).toBeCloseTo(1.5, 1);
    expect(bounce(15, 11, k => 60 + 2 * k)?.measured).toBeLessThan(1);
  });

  it('is known by its way over the top as well', () => {
    // Five pictures down from the top, and before them as many up to it.
    const found = bounce(7, 13, k => 60 + 2 * k);
    expect(found?.way).toBe('gain');
    expect(found?.begin).toBe(0);
    // Those five alone are too few.
    expect(bounce(7, 13, k => 60 + 2 * k, 5)).toBeNull();
  });

  it('does not gain where something that goes astray meets it', () => {
    const astray = [0, -5, -9, -10, -9, -5, 1, -18, -40, -63];
    expect(bounce(10, 15, k => 60 + 2 * k + (astray[k] ?? 0))).toBeNull();
  });
});

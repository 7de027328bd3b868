import { describe, expect, it } from 'vitest';
import { hiddenShare } from '../../src/observers/hand-hidden.ts';
import { strongestOn } from '../../src/observers/hand-local.ts';
import { openHand } from './open-hand.ts';

const SIZE = 160;
const GRID = 20;
/** A map with ones where `where` holds, in crop pixels of the cells' centres. */
const mapOf = (where: (x: number, y: number) => boolean, grid = GRID): Float32Array =>
  Float32Array.from({ length: grid * grid }, (_, k) =>
    where((((k % grid) + 0.5) * SIZE) / grid, ((Math.floor(k / grid) + 0.5) * SIZE) / grid) ? 1 : 0,
  );

describe('the share of a hand that is hidden', () => {
  const hand = openHand();

  it('is nothing of a free hand, all of a covered one, and half of one that is half covered', () => {
    expect(
      hiddenShare(
        mapOf(() => false),
        hand,
        SIZE,
      ),
    ).toBe(0);
    expect(
      hiddenShare(
        mapOf(() => true),
        hand,
        SIZE,
      ),
    ).toBe(1);
    const middle = hand[18];
    const half = hiddenShare(
      mapOf(x => x < middle),
      hand,
      SIZE,
    );
    expect(half).toBeGreaterThan(0.25);
    expect(half).toBeLessThan(0.75);
  });

  it('is not moved by what lies beside the hand', () => {
    const [wristX, wristY] = hand;
    expect(
      hiddenShare(
        mapOf((x, y) => Math.hypot(x - wristX, y - wristY) > 150),
        hand,
        SIZE,
      ),
    ).toBe(0);
    expect(
      hiddenShare(
        mapOf((_, y) => y > wristY + 25),
        hand,
        SIZE,
      ),
    ).toBe(0);
  });
});

describe('the strongest places of a map', () => {
  const hand = openHand();

  it('count on the hand only, whatever the size of the cells', () => {
    const [x, y] = [hand[18], hand[19]];
    for (const grid of [28, 80]) {
      const near = mapOf((u, v) => Math.hypot(u - x, v - y) < 16, grid);
      expect(strongestOn(near, hand, SIZE, 0.04)).toBeGreaterThan(0.9);
      expect(
        strongestOn(
          mapOf((_, v) => v > hand[1] + 25, grid),
          hand,
          SIZE,
          0.04,
        ),
      ).toBe(0);
    }
  });
});

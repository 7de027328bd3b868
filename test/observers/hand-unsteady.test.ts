import { describe, expect, it } from 'vitest';
import { toFrame } from '../../fixtures/photos.ts';
import {
  disagreement,
  type HandMeasure,
  JITTERS,
  jittered,
  UnsteadyTurns,
  unsteadyOf,
} from '../../src/observers/hand-unsteady.ts';
import { squareOfHand } from '../../src/observers/vision/hand-eye.ts';
import { type Square, squareToPicture } from '../../src/observers/vision/square.ts';
import { flat, openHand } from './open-hand.ts';

const hand = flat(openHand());

/** The same points moved, turned and scaled in the plane. */
function carried(points: Float32Array, [dx, dy, turn, scale]: readonly number[]): Float32Array {
  const [c, s] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
  return points.map((_, k) => {
    const p = k - (k % 3);
    const [x, y] = [points[p], points[p + 1]];
    return [dx + c * x - s * y, dy + s * x + c * y, points[p + 2]][k % 3];
  });
}

describe('disagreement of landmarks', () => {
  it('is none where only place, turn and size differ', () => {
    for (const by of [
      [30, -12, 0.4, 1.3],
      [0, 0, -2.8, 0.5],
    ])
      expect(Math.max(...disagreement(hand, carried(hand, by)))).toBeLessThan(1e-4);
  });

  it('shows the point that moved, in sizes of the hand whatever the scale', () => {
    const moved = hand.slice();
    moved[3 * 8] += 20;
    const far = disagreement(hand, moved);
    expect(far.indexOf(Math.max(...far))).toBe(8);
    expect(far[8]).toBeGreaterThan(4 * far[0]);
    const twice = disagreement(carried(hand, [0, 0, 0, 2]), carried(moved, [5, 5, 1, 2]));
    far.forEach((value, k) => {
      expect(twice[k]).toBeCloseTo(value, 4);
    });
  });
});

describe('a changed crop', () => {
  it('differs in place, size and turn, and its axes go with it', () => {
    const square: Square = { x: 50, y: 40, side: 100, angle: Math.PI / 2 };
    const other = jittered(square, { right: 0.1, down: 0.2, grow: 0.5, turn: 0.1 });
    // Turned by a quarter, right is down in the picture and down is left.
    expect(other.x).toBeCloseTo(30, 6);
    expect(other.y).toBeCloseTo(50, 6);
    expect(other).toMatchObject({ side: 150, angle: Math.PI / 2 + 0.1 });
  });
});

describe('an unsteady hand', () => {
  const picture = async () =>
    (await toFrame({ data: new Uint8Array(64 * 64 * 3).fill(90), width: 64, height: 64 })).analysis;
  /** Landmarks that stay in the picture, but for a share of the crop by which tips follow it. */
  const eye = (follow: number, squares: Square[] = []): HandMeasure => ({
    async measure(_, square) {
      squares.push(square);
      const points = hand.slice();
      for (const tip of [4, 8, 12, 16, 20].flatMap(t => [t, t - 1])) {
        const at = [0.5 + (tip % 3) / 10, 0.2];
        squareToPicture(square, at, 2);
        points[3 * tip] += follow * (at[0] - points[3 * tip]);
        points[3 * tip + 1] += follow * (at[1] - points[3 * tip + 1]);
      }
      return { points };
    },
  });

  it('is none whose landmarks stay where they are in every crop', async () => {
    const squares: Square[] = [];
    expect(await unsteadyOf(eye(0, squares), await picture(), { points: hand })).toBeLessThan(1e-6);
    expect(squares).toEqual(JITTERS.map(jitter => jittered(squareOfHand(hand), jitter)));
    expect(squares[0].angle).not.toBeCloseTo(squares[1].angle, 1);
  });

  it('is one whose tips go with the crop, the more the surer', async () => {
    const [little, much] = [0.2, 0.8].map(async share => unsteadyOf(eye(share), await picture(), { points: hand }));
    expect(await little).toBeGreaterThan(0.01);
    expect(await much).toBeGreaterThan(2 * (await little));
  });

  it('is as unsteady as can be where a crop shows no hand', async () => {
    let asked = 0;
    const blind: HandMeasure = { measure: async () => (asked++ === 0 ? { points: hand } : null) };
    expect(await unsteadyOf(blind, await picture(), { points: hand })).toBe(1);
  });
});

describe('turns', () => {
  it('come at the first and every fourth judged look at each hand', () => {
    const turns = new UnsteadyTurns();
    const asked = Array.from({ length: 9 }, () => turns.due(7));
    expect(asked).toEqual([true, false, false, false, true, false, false, false, true]);
    expect(turns.due(8)).toBe(true);
  });
});

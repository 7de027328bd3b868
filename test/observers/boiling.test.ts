import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { boilModel, boilsIn } from '../../src/signals/morphing/boil.ts';
import { BOIL_BANDS, BOIL_MEASURES, type TextureChanges } from '../../src/signals.ts';
import { around, blotches, type Field, FRAMES, redrawn, SOURCE, seen, still } from './standing-texture.ts';

const found = (changes: TextureChanges) =>
  boilsIn(boilModel(), changes, { id: 's1', start: 0, end: FRAMES }, SOURCE, 0.5).found;
const grain = (frame: number, amount: number): Field => {
  const random = seeded(frame + 100);
  return () => amount * (random() + random() + random() - 1.5);
};

describe('boiling', () => {
  it('looks at eleven pictures a second and passes over repeated ones', async () => {
    const changes = await seen(frame => (x, y) => still(x + 0.8 * (frame >> 1), y));
    expect([...changes.starts]).toEqual([0, 25]);
    expect([...changes.ends]).toEqual([20, 44]);
    expect(changes.values).toHaveLength(2 * BOIL_BANDS * BOIL_MEASURES.length * 32 * 18);
  });

  it('gives all four changes alike where every picture is new, and little where the texture glides', async () => {
    const [fresh, glides] = await Promise.all([
      seen(frame => {
        const drawn = blotches(frame + 3, 5);
        return (x, y) => 120 + 60 * drawn(x, y);
      }, 12),
      seen(frame => (x, y) => still(x + 0.4 * frame, y), 12),
    ]);
    const cells = 32 * 18;
    const mean = ({ values }: TextureChanges, measure: number) => {
      const from = (BOIL_MEASURES.length + measure) * cells;
      return values.subarray(from, from + cells).reduce((sum, value) => sum + value, 0) / cells;
    };
    for (const measure of [1, 2, 3]) expect(mean(fresh, measure) / mean(fresh, 0)).toBeCloseTo(1, 0);
    expect(mean(glides, 0)).toBeLessThan(0.2 * mean(glides, 3));
  });

  it.each([1, 2])('finds texture that is drawn anew with every %d. picture, and where', async hold => {
    const [first, ...more] = found(await seen(redrawn(hold)));
    expect(more).toEqual([]);
    const [left, top, width, height] = first.box;
    expect(Math.abs(left + width / 2 - 450)).toBeLessThan(120);
    expect(Math.abs(top + height / 2 - 350)).toBeLessThan(120);
    expect(width).toBeLessThan(700);
    expect(first.start).toBeLessThanOrEqual(first.peak);
    expect(first.peak).toBeLessThan(first.end);
  });

  it.each<[string, (frame: number) => Field]>([
    ['stands still', () => still],
    [
      'has grain',
      frame => {
        const dust = grain(frame, 8);
        return (x, y) => still(x, y) + dust(x, y);
      },
    ],
    [
      'has grain in one place',
      frame => {
        const dust = grain(frame, 5);
        return (x, y) => still(x, y) + Math.min(1, 2 * around(x, y)) * dust(x, y);
      },
    ],
    ['glides', frame => (x, y) => still(x + 0.7 * frame, y)],
    ['sways in one place', frame => (x, y) => still(x + 3 * around(x, y) * Math.sin(frame / 4), y)],
    ['flickers as a whole', frame => (x, y) => still(x, y) * (frame % 2 ? 1 : 0.94)],
  ])('does not say that texture boils that %s', async (_, luma) => {
    expect(found(await seen(luma))).toEqual([]);
  });

  it('keeps to the shot', async () => {
    const changes = await seen(frame => (x, y) => still(x + 0.7 * frame, y));
    expect(boilsIn(boilModel(), changes, { id: 's2', start: 5, end: FRAMES }, SOURCE, 0.5).bursts).toBe(1);
  });
});

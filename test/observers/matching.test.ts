import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { Matching } from '../../src/observers/matching.ts';

describe('matching in the memory of a kernel', () => {
  const [width, height] = [37, 21];
  const matching = new Matching([width * height, width * height]);
  const random = seeded(5);
  const planes = [0, 1].map(() => {
    const data = matching.plane(width * height);
    for (let i = 0; i < data.length; i++) data[i] = Math.floor(random() * 256);
    return { width, height, data };
  });
  const [a, b] = planes;
  const mean = (data: Uint8Array) => data.reduce((sum, value) => sum + value, 0) / data.length;

  it('sums as a plain loop does', () => {
    expect(matching.mean(a)).toBeCloseTo(mean(a.data), 10);
    const middle = Math.round(mean(b.data));
    const apart = b.data.reduce((sum, value) => sum + Math.abs(value - middle), 0) / b.data.length;
    expect(matching.deviation(b)).toBeCloseTo(apart, 10);
  });

  it.each([
    [0, 0, 1],
    [5, -3, 2],
    [-11, 4, 1],
    [30, 0, 1],
  ])('compares planes moved by (%i, %i), every %i. row', (dx, dy, rowStep) => {
    let sum = 0;
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y += rowStep)
      for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x++)
        sum += Math.min(40, Math.abs(b.data[y * width + x] - a.data[(y - dy) * width + x - dx] + 7));
    const options = { level: -7, rowStep, most: 40, stop: Number.POSITIVE_INFINITY };
    expect(matching.shifted(a, b, dx, dy, options)).toBe(sum);
    expect(matching.shifted(a, b, dx, dy, { ...options, stop: sum })).toBe(sum);
    expect(matching.shifted(a, b, dx, dy, { ...options, stop: sum - 1 })).toBe(-1);
  });

  it('compares blocks', () => {
    const [from, to] = [3 * width + 4, 9 * width + 20];
    let sum = 0;
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++) sum += Math.abs(b.data[to + y * width + x] - a.data[from + y * width + x] - 12);
    expect(matching.block(a, b, from, to, 12)).toBe(sum);
  });

  it('tells the same from what differs in the last pixel', () => {
    const other = new Matching([50, 50]);
    const [p, q] = [0, 1].map(() => ({ width: 10, height: 5, data: other.plane(50) }));
    expect(other.same(p, q)).toBe(true);
    q.data[49] = 1;
    expect(other.same(p, q)).toBe(false);
  });
});

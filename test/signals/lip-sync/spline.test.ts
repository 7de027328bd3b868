import { describe, expect, it } from 'vitest';
import { splineRows } from '../../../src/signals/lip-sync/spline.ts';

const times = Float64Array.of(0, 0.04, 0.08, 0.13, 0.16, 0.2, 0.25, 0.3);

describe('splineRows', () => {
  it('goes through every row', () => {
    const rows = Float32Array.from(times, (_, k) => Math.sin(k) + 2);
    const out = splineRows(times, rows, 1, times);
    rows.forEach((value, k) => {
      expect(out[k]).toBeCloseTo(value, 5);
    });
  });

  it('follows a smooth course between uneven times, column by column', () => {
    const course = (t: number) => [Math.sin(12 * t), 3 - 7 * t];
    const rows = Float32Array.from([...times].flatMap(course));
    const at = Float64Array.of(0.05, 0.11, 0.19, 0.24);
    const out = splineRows(times, rows, 2, at);
    at.forEach((t, k) => {
      const [wave, line] = course(t);
      expect(out[2 * k]).toBeCloseTo(wave, 1);
      expect(out[2 * k + 1]).toBeCloseTo(line, 4);
    });
  });

  it('stays finite where two rows have one time', () => {
    const doubled = Float64Array.of(0, 0.04, 0.04, 0.08);
    const out = splineRows(doubled, Float32Array.of(0, 1, 1.1, 2), 1, Float64Array.of(0, 0.02, 0.04, 0.06, 0.08));
    for (const value of out) expect(Math.abs(value)).toBeLessThan(4);
  });

  it('keeps the end rows outside, and works for one row and for two', () => {
    expect([...splineRows(times, Float32Array.from(times), 1, Float64Array.of(-1, 9))]).toEqual([
      0,
      expect.closeTo(0.3, 6),
    ]);
    expect([...splineRows(Float64Array.of(1), Float32Array.of(5), 1, Float64Array.of(0, 1, 2))]).toEqual([5, 5, 5]);
    expect(splineRows(Float64Array.of(0, 1), Float32Array.of(0, 4), 1, Float64Array.of(0.25))[0]).toBeCloseTo(1);
  });
});

import { describe, expect, it } from 'vitest';
import { boxOf, frameOfRow, pointOf, pointsOf, rowsOf } from '../../../src/landmarks.ts';
import { type Row, TableBuilder, type TableShape } from '../../../src/observers/vision/table.ts';

const shape: TableShape = {
  points: 2,
  columns: { right: { of: 'float', values: 1 } },
  budget: 1e6,
  rowsPerFrame: 3,
  step: 1,
};
const row = (x: number, lineage = 1): Row => ({
  lineage,
  presence: 0.9,
  sharpness: 0.2,
  place: [x, 50, 40],
  points: Float32Array.of(x - 10, 45, 3, x + 12.34, 55, -4),
  extra: { right: [0.25] },
});

describe('table of landmarks', () => {
  it('gives back what was put in, to a fraction of a pixel', () => {
    const builder = new TableBuilder(shape);
    builder.add(0, [row(100), row(300, 2)]);
    builder.add(1, []);
    builder.add(2, [row(105)]);
    const table = builder.finish();
    expect([...table.frames]).toEqual([0, 1, 2]);
    expect(rowsOf(table, 0)).toEqual([0, 2]);
    expect(rowsOf(table, 1)).toEqual([2, 2]);
    expect(rowsOf(table, 2)).toEqual([2, 3]);
    expect(rowsOf(table, 3)).toBeNull();
    expect([0, 1, 2].map(r => frameOfRow(table, r))).toEqual([0, 0, 2]);
    const points = pointsOf(table, 1);
    [290, 45, 3, 312.34, 55, -4].forEach((value, k) => {
      expect(points[k]).toBeCloseTo(value, 2);
    });
    expect(pointOf(table, 2, 1)[0]).toBeCloseTo(117.34, 2);
    expect(boxOf(table, 0).map(v => Math.round(v))).toEqual([90, 45, 22, 10]);
    expect([...(table.right as Float32Array)]).toEqual([0.25, 0.25, 0.25]);
    expect([...table.lineage]).toEqual([1, 2, 1]);
  });

  it('holds points far outside within 16 bits', () => {
    const builder = new TableBuilder(shape);
    builder.add(0, [{ ...row(0), points: Float32Array.of(1e6, 50, 0, -1e6, 50, 0) }]);
    const table = builder.finish();
    expect(pointOf(table, 0, 0)[0]).toBeCloseTo(80, 1);
    expect(pointOf(table, 0, 1)[0]).toBeCloseTo(-80, 1);
  });

  it('keeps to its budget by dropping every second frame, evenly over the clip', () => {
    const perRow = 24 + 12 + 4;
    const builder = new TableBuilder({ ...shape, budget: 50 * perRow });
    let asked = 0;
    for (let frame = 0; frame < 1000; frame++) {
      if (frame % builder.step !== 0) continue;
      asked++;
      builder.add(frame, [row(frame)]);
    }
    const table = builder.finish();
    expect(table.presence.length).toBeLessThanOrEqual(50);
    expect(table.presence.length).toBeGreaterThan(25);
    expect(table.step).toBe(32);
    expect([...table.frames]).toEqual(Array.from({ length: table.frames.length }, (_, k) => 32 * k));
    expect(asked).toBeLessThan(200);
    for (let k = 0; k < table.presence.length; k++) expect(pointOf(table, k, 0)[0]).toBeCloseTo(32 * k - 10, 1);
  });
});

import { describe, expect, it } from 'vitest';
import { SeriesBuilder } from '../../src/observers/series.ts';

describe('SeriesBuilder', () => {
  it('keeps what is pushed and appended, whatever was expected', () => {
    for (const expected of [0, 3, 1000]) {
      const series = new SeriesBuilder(expected);
      for (let k = 0; k < 40; k++) series.push(k);
      series.append([40, 41]);
      expect([...series.finish()]).toEqual(Array.from({ length: 42 }, (_, k) => k));
    }
  });

  it('gives an array of its own exact size', () => {
    const series = new SeriesBuilder(100);
    series.push(1);
    expect(series.finish().buffer.byteLength).toBe(4);
  });

  it('does not copy a large series that is nearly full', () => {
    const count = 3 * 2 ** 20;
    const series = new SeriesBuilder(count);
    series.append(new Float32Array(count - 10).fill(7));
    const values = series.finish();
    expect(values).toHaveLength(count - 10);
    expect(values.buffer.byteLength).toBe(4 * count);
    expect([values[0], values.at(-1)]).toEqual([7, 7]);
  });

  it('keeps whole numbers where asked to', () => {
    const series = new SeriesBuilder(2, length => new Uint16Array(length));
    for (let k = 0; k < 50; k++) series.push(1000 + k);
    expect(series.finish()).toEqual(Uint16Array.from({ length: 50 }, (_, k) => 1000 + k));
  });
});

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

  it('keeps a long series, most of it out of memory while it grows', () => {
    const series = new SeriesBuilder(10);
    const row = new Float32Array(300);
    const before = process.memoryUsage().arrayBuffers;
    for (let k = 0; k < 20_000; k++) series.append(row.fill(k));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20);
    const values = series.finish();
    expect(values.buffer.byteLength).toBe(4 * 300 * 20_000);
    for (const k of [0, 217, 218, 4_321, 19_999]) expect([values[300 * k], values[300 * k + 299]]).toEqual([k, k]);
  });

  it('takes an array longer than what it keeps in memory', () => {
    const series = new SeriesBuilder();
    series.push(5);
    series.append(Float32Array.from({ length: 100_000 }, (_, k) => k));
    const values = series.finish();
    expect([values.length, values[0], values[1], values[100_000]]).toEqual([100_001, 5, 0, 99_999]);
  });

  it('keeps whole numbers where asked to', () => {
    const series = new SeriesBuilder(2, length => new Uint16Array(length));
    for (let k = 0; k < 50; k++) series.push(1000 + k);
    expect(series.finish()).toEqual(Uint16Array.from({ length: 50 }, (_, k) => 1000 + k));
  });
});

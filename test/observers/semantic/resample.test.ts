import { describe, expect, it } from 'vitest';
import { seeded } from '../../../fixtures/random.ts';
import { Resampler } from '../../../src/observers/semantic/resample.ts';

type Size = { width: number; height: number };

/** Mean of the area under every output pixel, by integrating over the picture. */
function areaMean(plane: Uint8Array, stride: number, from: Size, to: Size): number[] {
  const span = (index: number, count: number, length: number) => {
    const [start, end] = [(index * length) / count, ((index + 1) * length) / count];
    return Array.from({ length: Math.ceil(end - 1e-9) - Math.floor(start + 1e-9) }, (_, i) => {
      const at = Math.floor(start + 1e-9) + i;
      return { at, share: (Math.min(at + 1, end) - Math.max(at, start)) / (end - start) };
    });
  };
  return Array.from({ length: to.width * to.height }, (_, index) => {
    const rows = span(Math.floor(index / to.width), to.height, from.height);
    const columns = span(index % to.width, to.width, from.width);
    return rows
      .flatMap(y => columns.map(x => y.share * x.share * plane[y.at * stride + x.at]))
      .reduce((sum, value) => sum + value, 0);
  });
}

function noise(length: number): Uint8Array {
  const random = seeded(11);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

describe('planes at another size', () => {
  it.each([
    [{ width: 64, height: 36 }, { width: 16, height: 9 }, 64],
    [{ width: 37, height: 23 }, { width: 10, height: 7 }, 37],
    [{ width: 31, height: 19 }, { width: 31, height: 6 }, 48],
    [{ width: 2, height: 2 }, { width: 1, height: 1 }, 5],
  ])('%o to %o is the mean of the area, rows %i bytes apart', (from, to, stride) => {
    const plane = noise(stride * from.height);
    const out = new Float32Array(to.width * to.height);
    new Resampler(from, to).resample(plane, stride, out);
    const expected = areaMean(plane, stride, from, to);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - out[i])))).toBeLessThan(1e-3);
  });

  it('enlarges along straight lines and holds the value at the edges', () => {
    const out = new Float32Array(8 * 2);
    new Resampler({ width: 4, height: 2 }, { width: 8, height: 2 }).resample(
      Uint8Array.of(0, 40, 80, 120, 7, 7, 7, 7),
      4,
      out,
    );
    expect([...out]).toEqual([0, 10, 30, 50, 70, 90, 110, 120, ...Array(8).fill(7)]);
  });

  it('keeps nothing of the picture before', () => {
    const resampler = new Resampler({ width: 33, height: 9 }, { width: 7, height: 4 });
    const [out, again] = [new Float32Array(28), new Float32Array(28)];
    const plane = noise(33 * 9);
    resampler.resample(plane, 33, out);
    resampler.resample(new Uint8Array(33 * 9).fill(255), 33, again);
    expect(again.every(value => Math.abs(value - 255) < 1e-3)).toBe(true);
    resampler.resample(plane, 33, again);
    expect([...again]).toEqual([...out]);
  });
});

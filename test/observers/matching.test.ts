import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { BlockMatcher, blockMatchBytes } from '../../src/observers/block-match.ts';
import { ALIGNMENT, HISTOGRAM_COUNTS, JOINT_COUNTS, Matching } from '../../src/observers/matching.ts';

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

  it('finds blocks again where they went, and says what is nowhere', () => {
    const size = { width: 48, height: 32 };
    const pixels = size.width * size.height;
    const own = new Matching([pixels, pixels, pixels, blockMatchBytes(size), blockMatchBytes(size)]);
    const [from, to, other] = [0, 1, 2].map(() => ({ ...size, data: own.plane(pixels) }));
    const next = seeded(8);
    const noise = () => Math.floor(next() * 200);
    // A coarse pattern: half-way steps already lead towards it.
    const pattern = Array.from({ length: 40 * 40 }, noise);
    const at = (x: number, y: number) => pattern[Math.floor((y + 24) / 3) * 40 + Math.floor((x + 24) / 3)];
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) {
        from.data[y * size.width + x] = at(x, y);
        to.data[y * size.width + x] = at(x - 2, y + 1);
        other.data[y * size.width + x] = noise();
      }
    const blocks = new BlockMatcher(own, size);
    expect(blocks.unmatched(from, from, { x: 0, y: 0 }, 0)).toBe(0);
    // Only blocks at the edge show what was not there before.
    expect(blocks.unmatched(from, to, { x: 2, y: -1 }, 0)).toBeLessThan(0.3);
    expect(blocks.unmatched(from, other, { x: 0, y: 0 }, 0)).toBeGreaterThan(0.85);
  });

  it('counts levels and colours as plain loops do', () => {
    const [w, h] = [22, 10];
    const chroma = (w / 2) * (h / 2);
    const sizes = [w * h, chroma, chroma, 256, 4 * HISTOGRAM_COUNTS + ALIGNMENT, 4 * JOINT_COUNTS + ALIGNMENT];
    const own = new Matching(sizes);
    const luma = { width: w, height: h, data: own.plane(w * h) };
    const [blue, red, bins] = [own.plane(chroma), own.plane(chroma), own.plane(256)];
    const [levels, colours] = [own.counts(HISTOGRAM_COUNTS), own.counts(JOINT_COUNTS)];
    const next = seeded(2);
    for (const plane of [luma.data, blue, red]) plane.set(plane.map(() => Math.floor(next() * 256)));
    bins.set(bins.map((_, value) => value >> 5));
    const sum = own.histogram(luma, { left: 3, right: 20, top: 2, bottom: 9 }, levels);
    const [expected, joint] = [new Array(256).fill(0), new Array(1024).fill(0)];
    let total = 0;
    for (let y = 2; y < 9; y++)
      for (let x = 3; x < 20; x++) {
        expected[luma.data[y * w + x]]++;
        total += luma.data[y * w + x];
      }
    expect(sum).toBe(total);
    expect(expected.map((_, k) => levels[k] + levels[256 + k] + levels[512 + k] + levels[768 + k])).toEqual(expected);
    own.joint(luma, blue, red, bins, colours);
    let saturation = 0;
    for (let y = 0; y < h / 2; y++)
      for (let x = 0; x < w / 2; x++) {
        const k = y * (w / 2) + x;
        joint[(luma.data[2 * y * w + 2 * x] >> 4) * 64 + (blue[k] >> 5) * 8 + (red[k] >> 5)]++;
        saturation += Math.hypot(blue[k] - 128, red[k] - 128) / chroma;
      }
    expect([...colours]).toEqual(joint);
    expect(own.saturation(blue, red)).toBeCloseTo(saturation, 4);
  });

  it('tells the same from what differs in the last pixel', () => {
    const other = new Matching([50, 50]);
    const [p, q] = [0, 1].map(() => ({ width: 10, height: 5, data: other.plane(50) }));
    expect(other.same(p, q)).toBe(true);
    q.data[49] = 1;
    expect(other.same(p, q)).toBe(false);
  });
});

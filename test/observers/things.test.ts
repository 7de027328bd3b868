import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { BlobFinder } from '../../src/observers/things-blobs.ts';
import { LeapFinder } from '../../src/observers/things-leaps.ts';
import { ThingsMemory } from '../../src/observers/things-memory.ts';
import { RiseFinder } from '../../src/observers/things-rises.ts';
import { FrameWindows } from '../../src/observers/things-windows.ts';

const [width, height] = [61, 35];
const memoryFor = (bytes: number, floats = 0) => new ThingsMemory({ width, height }, bytes, floats);

function noise(seed: number): Uint8Array {
  const random = seeded(seed);
  return Uint8Array.from({ length: width * height }, () => Math.floor(random() * 256));
}

describe('regions', () => {
  /** Regions by following every pixel to its neighbours. */
  function flooded(mask: Uint8Array): string[] {
    const clean = new Uint8Array(mask.length);
    for (let y = 1; y < height - 1; y++)
      for (let x = 1; x < width - 1; x++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += mask[(y + dy) * width + x + dx];
        clean[y * width + x] = sum >= 4 ? 1 : 0;
      }
    const found: string[] = [];
    for (let i = 0; i < clean.length; i++) {
      if (!clean[i]) continue;
      const stack = [i];
      const [xs, ys]: [number[], number[]] = [[], []];
      clean[i] = 0;
      for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
        xs.push(at % width);
        ys.push(Math.floor(at / width));
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) {
            const next = at + dy * width + dx;
            if (!clean[next]) continue;
            clean[next] = 0;
            stack.push(next);
          }
      }
      const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      const [w, h] = [right - left + 1, bottom - top + 1];
      if (xs.length >= 10 && w * h <= 0.16 * width * height)
        found.push([left + w / 2, top + h / 2, w, h, xs.length].join());
    }
    return found;
  }

  it.each([1, 2, 3, 4, 5, 6])('are those that a flood from pixel to pixel finds (%i)', seed => {
    const memory = memoryFor(BlobFinder.BYTES + 1, BlobFinder.FLOATS);
    const finder = new BlobFinder(memory);
    const mask = memory.bytes();
    const random = seeded(seed);
    for (let i = 0; i < mask.length; i++) mask[i] = random() < 0.26 + 0.02 * seed ? 1 : 0;
    const found = finder.find(mask).map(({ x, y, width: w, height: h, area }) => [x, y, w, h, area].join());
    const all = flooded(mask);
    expect(all.length).toBeGreaterThan(1);
    expect(found.length).toBe(Math.min(12, all.length));
    for (const blob of found) expect(all).toContain(blob);
    const areas = found.map(text => Number(text.split(',')[4]));
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
  });
});

describe('windows', () => {
  const memory = memoryFor(FrameWindows.BYTES + 3);
  const windows = new FrameWindows(memory, 3);
  const picture = noise(9);
  const moved = new Uint8Array(picture.length);
  for (let y = 2; y < height; y++)
    for (let x = 0; x < width - 3; x++) moved[y * width + x] = picture[(y - 2) * width + x + 3];
  windows.push(picture, { x: 0, y: 0 });
  windows.push(moved, { x: -3, y: 2 });
  const box = { x: 30, y: 17, width: 12, height: 12 };

  it('are found where they went', () => {
    const found = windows.match(1, box, 0, box, 4);
    expect(found).toMatchObject({ x: 27, y: 19 });
    expect(found.likeness).toBeGreaterThan(0.98);
    expect(windows.match(1, box, 0, box, 1).likeness).toBeLessThan(0.4);
  });

  it('are as alike as the samples of both correlate, however wide they are', () => {
    const samples = (age: number, { x, y, width: w, height: h }: typeof box) =>
      Array.from({ length: 144 }, (_, k) => {
        const [column, row] = [k % 12, Math.floor(k / 12)];
        const at = (middle: number, side: number, i: number) => Math.floor(middle + ((i + 0.5) / 12 - 0.5) * side);
        return windows.plane(age)[at(y, h, row) * width + at(x, w, column)];
      });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const [w, h] of [
      [7, 9],
      [16, 16],
      [17, 30],
      [40, 12.5],
    ]) {
      const one = { x: 30.3, y: 17.6, width: w, height: h };
      const other = { x: 29, y: 18.2, width: 0.8 * w, height: 0.7 * h };
      const [a, b] = [samples(1, one), samples(0, other)];
      const [ma, mb] = [mean(a), mean(b)];
      const spread = (values: number[], m: number) => mean(values.map(value => value * value)) - m * m + 9;
      const expected = (mean(a.map((v, k) => v * b[k])) - ma * mb) / Math.sqrt(spread(a, ma) * spread(b, mb));
      expect(windows.match(1, one, 0, other, 0).likeness).toBeCloseTo(expected, 9);
      expect(windows.level(1, one)).toBeCloseTo(ma, 9);
    }
  });

  it('tell how much changed beyond the camera, within the picture', () => {
    for (const [x, y, w, h] of [
      [30, 17, 12, 12],
      [30, 17, 37, 5],
      [58, 34, 16, 9],
    ]) {
      let [sum, count] = [0, 0];
      for (let row = Math.max(2, Math.floor(y - h / 2)); row < Math.min(height, Math.ceil(y + h / 2)); row++)
        for (let column = Math.floor(x - w / 2); column < Math.min(width - 3, Math.ceil(x + w / 2)); column++, count++)
          sum += Math.abs(moved[row * width + column] - picture[(row - 2) * width + column + 3]);
      expect(windows.energy(0, x, y, w, h)).toBeCloseTo(count === 0 ? 0 : sum / count, 9);
    }
    windows.push(
      moved.map(value => (value + 10) & 255),
      { x: 0, y: 0 },
    );
    const whole = windows.energy(0, 32, 18, 21, 21);
    windows.push(moved, { x: 0, y: 0 });
    expect(whole).toBeGreaterThan(9);
    expect(windows.energy(0, 32, 18, 21, 21)).toBeCloseTo(whole, 9);
    windows.push(picture, { x: 0, y: 0 });
    windows.push(moved, { x: -3, y: 2 });
  });

  it('are not compared beyond the picture', () => {
    expect(windows.match(1, { ...box, x: 3 }, 0, box, 2).likeness).toBe(-1);
    expect(windows.level(0, { ...box, y: 33 })).toBeNaN();
  });
});

describe('leaps', () => {
  it('are told three frames later, and a thing that moves on is none', () => {
    const track = (jump: number) => {
      const memory = memoryFor(LeapFinder.BYTES, LeapFinder.FLOATS);
      const finder = new LeapFinder(memory);
      const place = noise(4).map(value => 90 + (value >> 5));
      const thing = noise(3).map(value => 130 + (value >> 1));
      return Array.from({ length: 16 }, (_, k) => {
        const picture = place.slice();
        const x = 6 + k + (k >= 8 ? jump : 0);
        for (let row = 0; row < 9; row++)
          for (let column = 0; column < 9; column++)
            picture[(12 + row) * width + x + column] = thing[Math.floor(row / 3) * width + Math.floor(column / 3)];
        return finder.push(picture, { x: 0, y: 0 });
      }).flatMap((leaps, k) => leaps.map(leap => ({ ...leap, frame: k - leap.ago })));
    };
    expect(track(0)).toEqual([]);
    const leaps = track(22);
    expect(leaps.map(({ kind, frame }) => [kind, frame])).toContainEqual(['jump', 8]);
  });
});

describe('rises', () => {
  it('are followed to where a thing lay and on to where it goes, between pixels', () => {
    const size = { width: 96, height: 128 };
    const memory = new ThingsMemory(size, RiseFinder.BYTES, 0);
    const finder = new RiseFinder(memory);
    const random = seeded(6);
    const texture = Array.from({ length: 49 }, () => 110 + 140 * random());
    const at = (k: number) => (k < 14 ? 100 : 100 - 6 * (k - 13) + 0.14 * (k - 13) ** 2);
    const place = Array.from({ length: 96 * 128 }, (_, i) => 70 + ((i * 7) % 23));
    const paths = Array.from({ length: 30 }, (_, k) => {
      const picture = Uint8Array.from(place);
      // A texture of 7 by 7 places, four pixels each, drawn between pixels.
      for (let y = Math.ceil(at(k) - 12); y < at(k) + 12; y++)
        for (let x = 36; x < 60; x++) {
          const row = (y - at(k) + 12) / 4;
          const [above, share] = [Math.floor(row), row % 1];
          const column = (x - 36) >> 2;
          picture[y * 96 + x] = texture[7 * above + column] * (1 - share) + texture[7 * above + 7 + column] * share;
        }
      return finder.push(picture, { x: 0, y: 0 });
    });
    const rises = [...paths.flat(), ...finder.finish()];
    expect(rises.length).toBeGreaterThan(0);
    for (const { first, start, y } of rises) {
      expect(Math.abs(first + start - 13)).toBeLessThanOrEqual(1);
      // The piece keeps its distance to the thing's middle, but where it starts at speed.
      const off = y.map((value, k) => value - at(first + k)).filter((_, k) => Math.abs(k - start) > 1);
      expect(Math.max(...off) - Math.min(...off)).toBeLessThan(1);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { ThingsMemory } from '../../src/observers/things-memory.ts';
import { splits } from '../../src/observers/things-places.ts';
import { ShiftFinder } from '../../src/observers/things-shifts.ts';
import { StandingCells } from '../../src/observers/things-standing.ts';

const [width, height] = [192, 108];
const random = seeded(8);
const room = Uint8Array.from({ length: width * height }, () => 90 + Math.floor(12 * random()));
const texture = Array.from({ length: 36 }, () => 130 + Math.floor(120 * random()));

/** The room with a patterned square on it. */
function picture(x: number, y: number, side: number): Uint8Array {
  const out = room.slice();
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      out[(Math.round(y - side / 2) + row) * width + Math.round(x - side / 2) + column] =
        texture[Math.floor((6 * row) / side) * 6 + Math.floor((6 * column) / side)];
  return out;
}

describe('cells that stand out', () => {
  const cellsOf = (change: (k: number) => Uint8Array, step = { x: 0, y: 0 }) => {
    const memory = new ThingsMemory({ width, height }, 2 + 5 * StandingCells.BYTES_EACH, 0);
    const cells = new StandingCells(memory, 5);
    const [earlier, later] = [memory.bytes(), memory.bytes()];
    for (let k = 0; k < 6; k++) {
      earlier.set(change(Math.max(0, k - 1)));
      later.set(change(k));
      cells.push(later, earlier, step);
    }
    return cells;
  };
  const flow = (change: (k: number) => Uint8Array) => cellsOf(change).at(2, 1.5);

  it('are regions about what came and what went', () => {
    const { regions, cells } = flow(k => picture(k < 3 ? 50 : 130, 54, 24));
    expect(regions).toHaveLength(2);
    expect(regions[0].cells + regions[1].cells).toBe(cells);
    const [a, b] = regions.sort((p, q) => p.x - q.x);
    for (const [region, x] of [
      [a, 50],
      [b, 130],
    ] as const) {
      expect(Math.abs(region.x - x)).toBeLessThan(2);
      expect(Math.abs(region.y - 54)).toBeLessThan(2);
      // As large as an ellipse of the same spread: a little more than the square.
      expect(region.width).toBeGreaterThan(22);
      expect(region.width).toBeLessThan(34);
    }
  });

  it('are none where as much changes in the frames beside, and none where everything does', () => {
    expect(flow(k => picture(50 + 24 * k, 54, 24)).regions.every(({ cells }) => cells < 20)).toBe(true);
    const bright = room.map(value => value + 60);
    expect(flow(k => (k < 3 ? room : bright)).regions).toEqual([]);
    expect(flow(() => room)).toEqual({ regions: [], cells: 0 });
  });

  it('are none where the whole picture moves with the camera by any number of pixels', () => {
    for (const [x, y] of [
      [1, 0],
      [-3, 2],
      [6, -5],
    ]) {
      const wide = (k: number) => {
        const out = new Uint8Array(width * height);
        for (let row = 0; row < height; row++)
          for (let column = 0; column < width; column++) {
            const [u, v] = [(column - k * x + 10 * width) % width, (row - k * y + 10 * height) % height];
            out[row * width + column] = room[v * width + u] + (v > 50 ? 60 : 0);
          }
        return out;
      };
      expect(cellsOf(wide, { x, y }).at(2, 1.5)).toEqual({ regions: [], cells: 0 });
      expect(cellsOf(k => (k < 3 ? wide(k) : wide(k).map(v => v + 40)), { x, y }).at(2, 1.5).cells).toBeGreaterThan(
        1000,
      );
    }
  });

  it('are put in their place by what changes about them', () => {
    const cells = cellsOf(k => picture(k < 3 ? 50 : 130, 54, 24));
    const part = { x: 126, y: 54, width: 16, height: 24, cells: 20 };
    const spans = cells.spans(part, 2);
    expect(spans).toHaveLength(2);
    for (const span of spans) {
      expect(Math.abs(span.x - 130)).toBeLessThan(2);
      expect(Math.abs(span.width - 24)).toBeLessThan(6);
    }
  });
});

describe('two places in one region', () => {
  it('lie in it, at opposite ends, both ways', () => {
    const pairs = splits({ x: 100, y: 50, width: 40, height: 20 });
    expect(pairs).toHaveLength(16);
    for (const [from, to] of pairs) {
      expect(pairs.some(([a, b]) => a.x === to.x && a.y === to.y && b.x === from.x && b.y === from.y)).toBe(true);
      for (const place of [from, to]) {
        expect(Math.abs(place.x - 100) + place.width / 2).toBeLessThanOrEqual(20.001);
        expect(Math.abs(place.y - 50) + place.height / 2).toBeLessThanOrEqual(10.001);
      }
      expect((from.x + to.x) / 2).toBeCloseTo(100);
    }
  });
});

describe('shifts', () => {
  const track = (place: (k: number) => [x: number, y: number, side: number]) => {
    const finder = new ShiftFinder(new ThingsMemory({ width, height }, ShiftFinder.BYTES, 0));
    return Array.from({ length: 20 }, (_, k) => finder.push(picture(...place(k)), { x: 0, y: 0 })).flatMap((found, k) =>
      found.map(shift => ({ ...shift, frame: k - shift.ago })),
    );
  };

  it('tell where a thing was and is, and how it moved', () => {
    expect(track(k => [30 + 2 * k, 54, 22])).toEqual([]);
    for (const by of [60, 26]) {
      const found = track(k => [30 + 2 * k + (k >= 10 ? by : 0), 54, 22]).filter(({ ratio }) => ratio === 1);
      const best = found.sort((a, b) => b.likeness - a.likeness)[0];
      expect(best.frame).toBe(10);
      expect(Math.abs(best.to.x - best.from.x - by - 2)).toBeLessThan(2);
      expect(best.likeness).toBeGreaterThan(0.95);
      expect(best.unmoved).toBeLessThan(0.6);
      expect(best.followed).toBeGreaterThan(0.9);
      for (const motion of [best.before, best.after]) expect(motion.x).toBeCloseTo(2, 0);
      expect(best.split).toBe(by === 26);
    }
  });

  it.each([1.5, 1 / 1.5])('tell how many times as large a thing becomes (%s)', ratio => {
    const side = ratio > 1 ? 20 : 30;
    const found = track(k => [60 + 2 * k, 54, k >= 10 ? side * ratio : side]).filter(shift => shift.ratio !== 1);
    const best = found.sort((a, b) => b.likeness - b.unmoved - a.likeness + a.unmoved)[0];
    expect(best.frame).toBe(10);
    expect(Math.abs(Math.log(best.ratio / ratio))).toBeLessThan(0.12);
    expect(best.likeness - best.unmoved).toBeGreaterThan(0.25);
  });
});

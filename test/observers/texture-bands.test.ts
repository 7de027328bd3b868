import { describe, expect, it } from 'vitest';
import { seeded } from '../../fixtures/random.ts';
import { TextureBands } from '../../src/observers/texture-bands.ts';
import { BOIL_MEASURES } from '../../src/signals.ts';

const SIZE = { width: 27, height: 18 };
const [COLUMNS, ROWS] = [3, 2];

type Plane = { width: number; height: number; values: number[] };

const at = ({ width, height, values }: Plane, x: number, y: number) =>
  values[Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))];
const map = (plane: Plane, value: (x: number, y: number) => number): Plane => ({
  ...plane,
  values: plane.values.map((_, k) => value(k % plane.width, Math.floor(k / plane.width))),
});
const blur = (plane: Plane) => {
  const taps = [1, 4, 6, 4, 1];
  const across = map(plane, (x, y) => taps.reduce((sum, tap, k) => sum + (tap * at(plane, x + k - 2, y)) / 16, 0));
  return map(plane, (x, y) => taps.reduce((sum, tap, k) => sum + (tap * at(across, x, y + k - 2)) / 16, 0));
};

/** Detail at full, half and quarter size, as plain loops give it. */
function detail(luma: Uint8Array): Plane[] {
  let plane: Plane = { width: COLUMNS * 8, height: ROWS * 8, values: [...luma] };
  return [0, 1, 2].map(() => {
    const soft = blur(plane);
    const bands = map(plane, (x, y) => at(plane, x, y) - at(soft, x, y));
    const [width, height] = [plane.width / 2, plane.height / 2];
    plane = map({ width, height, values: Array(width * height).fill(0) }, (x, y) => at(soft, 2 * x, 2 * y));
    return bands;
  });
}

describe('detail in bands', () => {
  it('changes as plain loops say, over whole cells', () => {
    const random = seeded(4);
    const pictures = Array.from({ length: 7 }, () =>
      Uint8Array.from({ length: COLUMNS * ROWS * 64 }, () => Math.floor(random() * 256)),
    );
    const bands = new TextureBands(SIZE, 7);
    expect([bands.columns, bands.rows]).toEqual([COLUMNS, ROWS]);
    for (const picture of pictures) bands.add(picture);
    const seen = bands.close();
    expect(bands.count).toBe(0);
    const details = pictures.map(detail);
    for (let band = 0; band < 3; band++)
      for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
        const side = 8 >> band;
        const mean = (value: (x: number, y: number) => number) => {
          let sum = 0;
          for (let y = 0; y < side; y++)
            for (let x = 0; x < side; x++)
              sum += value((cell % COLUMNS) * side + x, Math.floor(cell / COLUMNS) * side + y);
          return sum / side ** 2;
        };
        const pixel = (t: number, x: number, y: number) => at(details[t][band], x, y);
        const median = (values: number[]) => {
          values.sort((a, b) => a - b);
          return (values[values.length >> 1] + values[(values.length - 1) >> 1]) / 2;
        };
        const over = (last: number, value: (t: number) => (x: number, y: number) => number) =>
          median(Array.from({ length: last }, (_, k) => mean(value(k + 1))));
        const apart = (from: number, to: number) => (t: number) => (x: number, y: number) =>
          (pixel(t + to, x, y) - pixel(t + from, x, y)) ** 2 / 2;
        const expected = [
          over(5, t => (x, y) => (pixel(t + 1, x, y) - 2 * pixel(t, x, y) + pixel(t - 1, x, y)) ** 2 / 6),
          over(5, apart(-1, 1)),
          over(4, apart(0, 2)),
          over(2, apart(0, 4)),
          over(5, t => (x, y) => pixel(t, x, y) ** 2),
        ];
        BOIL_MEASURES.forEach((_, measure) => {
          const value = seen[(band * BOIL_MEASURES.length + measure) * COLUMNS * ROWS + cell];
          expect(Math.abs(value / expected[measure] - 1)).toBeLessThan(1e-4);
        });
      }
  });
});

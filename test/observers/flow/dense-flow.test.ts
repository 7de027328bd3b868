import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DenseFlow, type FlowField } from '../../../src/observers/flow/dense-flow.ts';
import { compileKernel, kernelModule, kernels } from '../../../src/observers/kernels/build.ts';
import { noise } from '../scenes.ts';

const WIDTH = 256;
const HEIGHT = 144;

/** Smooth noise with features about `size` pixels wide. */
function smooth(x: number, y: number, size: number, seed: number): number {
  const column = Math.floor(x / size);
  const row = Math.floor(y / size);
  const across = x / size - column;
  const down = y / size - row;
  const at = (dx: number, dy: number) => noise(column + dx, row + dy, seed);
  return (
    (at(0, 0) * (1 - across) + at(1, 0) * across) * (1 - down) + (at(0, 1) * (1 - across) + at(1, 1) * across) * down
  );
}

const texture = (x: number, y: number, seed = 0): number =>
  60 + 140 * (0.5 * smooth(x, y, 40, seed + 1) + 0.3 * smooth(x, y, 12, seed + 2) + 0.2 * smooth(x, y, 4, seed + 3));

type Point = [x: number, y: number];

/** A picture that shows at each pixel what lies at `seenAt` of the scene; rows padded. */
function picture(valueAt: (x: number, y: number) => number) {
  const stride = WIDTH + 10;
  const y = new Uint8Array(stride * HEIGHT).fill(255);
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      y[row * stride + column] = Math.max(0, Math.min(255, Math.round(valueAt(column, row))));
    }
  }
  return { y, stride };
}

/** End-point errors over the pixels whose target lies inside the picture, a few pixels from the edge. */
function errors(field: FlowField, truth: (x: number, y: number) => Point, inside = (_x: number, _y: number) => true) {
  const found: number[] = [];
  for (let y = 4; y < HEIGHT - 4; y++) {
    for (let x = 4; x < WIDTH - 4; x++) {
      const [toX, toY] = truth(x, y);
      if (toX < 4 || toY < 4 || toX > WIDTH - 5 || toY > HEIGHT - 5 || !inside(x, y)) continue;
      found.push(Math.hypot(field.u[y * WIDTH + x] - (toX - x), field.v[y * WIDTH + x] - (toY - y)));
    }
  }
  return {
    mean: found.reduce((a, b) => a + b, 0) / found.length,
    wild: found.filter(e => e > 1.5).length / found.length,
  };
}

const flow = new DenseFlow({ width: WIDTH, height: HEIGHT }, { pictures: 2, fields: 2 });

describe('dense flow against known motion', () => {
  const still = picture((x, y) => texture(x, y));

  it.each([
    [0, 0, 0.01],
    [0.5, 0.25, 0.1],
    [3.3, -2.1, 0.1],
    [10, 4, 0.1],
    [25, -12, 0.1],
    [-40, 0, 0.1],
  ])('translation by %d, %d', (dx, dy, limit) => {
    const field = flow.between(
      flow.load(still, 0),
      flow.load(
        picture((x, y) => texture(x - dx, y - dy)),
        1,
      ),
    );
    const { mean, wild } = errors(field, (x, y) => [x + dx, y + dy]);
    expect(mean).toBeLessThan(limit);
    expect(wild).toBeLessThan(0.01);
  });

  it('a jump beyond its reach is found from a start near it', () => {
    const moved = picture((x, y) => texture(x - 90, y - 30));
    const [a, b] = [flow.load(still, 0), flow.load(moved, 1)];
    expect(errors(flow.between(a, b), (x, y) => [x + 90, y + 30]).mean).toBeGreaterThan(5);
    const { mean } = errors(flow.between(a, b, 0, { x: 86, y: 33 }), (x, y) => [x + 90, y + 30]);
    expect(mean).toBeLessThan(0.1);
  });

  it.each([0.02, 0.1])('rotation by %d rad', angle => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const turned = (x: number, y: number, sign: number): Point => [
      c * (x - 128) - sign * s * (y - 72) + 128,
      sign * s * (x - 128) + c * (y - 72) + 72,
    ];
    const field = flow.between(
      flow.load(still, 0),
      flow.load(
        picture((x, y) => texture(...turned(x, y, -1))),
        1,
      ),
    );
    const { mean, wild } = errors(field, (x, y) => turned(x, y, 1));
    expect(mean).toBeLessThan(0.3);
    expect(wild).toBeLessThan(0.01);
  });

  it.each([0.92, 1.03, 1.1])('zoom by %d', zoom => {
    const scaled = (x: number, y: number, by: number): Point => [(x - 128) * by + 128, (y - 72) * by + 72];
    const field = flow.between(
      flow.load(still, 0),
      flow.load(
        picture((x, y) => texture(...scaled(x, y, 1 / zoom))),
        1,
      ),
    );
    const { mean, wild } = errors(field, (x, y) => scaled(x, y, zoom));
    expect(mean).toBeLessThan(0.3);
    expect(wild).toBeLessThan(0.02);
  });

  it('is not moved by a change of exposure', () => {
    const brighter = picture((x, y) => 1.15 * texture(x - 2, y - 1) + 10);
    const { mean } = errors(flow.between(flow.load(still, 0), flow.load(brighter, 1)), (x, y) => [x + 2, y + 1]);
    expect(mean).toBeLessThan(0.2);
  });

  it('an object before a still background: both keep their own motion, and forth and back agree but where it hides', () => {
    const at = (x: number, y: number, dx: number) =>
      Math.abs(x - dx - 100) < 30 && Math.abs(y - 72) < 30 ? texture(x - dx, y, 50) : texture(x, y);
    const from = flow.load(
      picture((x, y) => at(x, y, 0)),
      0,
    );
    const to = flow.load(
      picture((x, y) => at(x, y, 14)),
      1,
    );
    const forth = flow.between(from, to, 0);
    const back = flow.between(to, from, 1);
    const object = errors(
      forth,
      (x, y) => [x + 14, y],
      (x, y) => Math.abs(x - 100) < 24 && Math.abs(y - 72) < 24,
    );
    const background = errors(
      forth,
      (x, y) => [x, y],
      x => x < 60 || x > 152,
    );
    expect(object.mean).toBeLessThan(0.3);
    expect(background.mean).toBeLessThan(0.1);
    const disagreement = (x: number, y: number): number => {
      const i = y * WIDTH + x;
      const k = Math.round(y + forth.v[i]) * WIDTH + Math.round(x + forth.u[i]);
      return Math.hypot(forth.u[i] + back.u[k], forth.v[i] + back.v[k]);
    };
    expect(disagreement(100, 72)).toBeLessThan(0.3);
    expect(disagreement(30, 72)).toBeLessThan(0.3);
    // Background that the object's leading edge runs over has no counterpart.
    expect(disagreement(137, 72)).toBeGreaterThan(1.5);
  });

  it('the same pictures give the same bits, whatever was asked for in between', () => {
    const [a, b] = [
      flow.load(still, 0),
      flow.load(
        picture((x, y) => texture(x - 3, y + 2)),
        1,
      ),
    ];
    const once = flow.between(a, b).u.slice();
    flow.between(b, a);
    expect(flow.between(a, b).u).toEqual(once);
  });
});

describe('sizes', () => {
  it.each([
    [176, 144],
    [145, 257],
    [16, 16],
    [17, 40],
  ])('%d × %d', (width, height) => {
    const small = new DenseFlow({ width, height });
    const fill = (dx: number) =>
      Uint8Array.from({ length: width * height }, (_, i) => texture((i % width) - dx, Math.floor(i / width)));
    const from = small.load({ y: fill(0), stride: width }, 0);
    const field = small.between(from, small.load({ y: fill(2), stride: width }, 1));
    const middle = (height >> 1) * width + (width >> 1);
    expect(Math.abs(field.u[middle] - 2)).toBeLessThan(0.3);
    expect(field.u.every(Number.isFinite) && field.v.every(Number.isFinite)).toBe(true);
  });

  it('pictures too small for two patches are refused', () => {
    expect(() => new DenseFlow({ width: 64, height: 12 })).toThrowError(
      expect.objectContaining({ code: 'observer-failed' }),
    );
  });
});

it.each(kernels)('the committed kernel is what $source compiles to', async ({ source, target }) => {
  const committed = await readFile(
    new URL(target, new URL('../../../src/observers/kernels/', import.meta.url)),
    'utf8',
  );
  expect(committed).toBe(kernelModule(source, await compileKernel(source)));
});

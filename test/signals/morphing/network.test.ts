import { describe, expect, it } from 'vitest';
import { seeded } from '../../../fixtures/random.ts';
import { type Layer, type RegionNetwork, regionOdds } from '../../../src/signals/morphing/network.ts';

const COLUMNS = 7;
const ROWS = 6;
const CELLS = COLUMNS * ROWS;
const grid = { columns: COLUMNS, rows: ROWS };
const TAPS = { mix: 1, near: 9, long: 5, far: 9, brief: 5, out: 1 } as const;
type Name = keyof typeof TAPS;

/** One value per cell in and between layers; every weight zero but for those that are set. */
function single(set: (name: Name, weight: Float32Array) => void): RegionNetwork {
  const layer = (name: Name): Layer => {
    const weight = new Float32Array(TAPS[name]);
    set(name, weight);
    return { weight, bias: new Float32Array(1) };
  };
  const layers = {
    mix: layer('mix'),
    near: layer('near'),
    long: layer('long'),
    far: layer('far'),
    brief: layer('brief'),
    out: layer('out'),
  };
  return { width: 1, scale: 1, middle: [], spread: [], layers };
}

/** Lets a value through `mix`, `near` and `out` unchanged. */
const through = (name: Name, weight: Float32Array): void => {
  if (name === 'mix' || name === 'out') weight[0] = 1;
  if (name === 'near') weight[4] = 1;
};

/** One at a place and window, zero elsewhere. */
const spike =
  (window: number, cell: number) =>
  (k: number): Float32Array[] => {
    const plane = new Float32Array(CELLS);
    if (k === window) plane[cell] = 1;
    return [plane];
  };

const lit = (planes: readonly Float32Array[]): number[][] =>
  planes.flatMap((plane, k) => [...plane].flatMap((value, cell) => (value !== 0 ? [[k, cell, value]] : [])));

const PLACE = 3 * COLUMNS + 3;

describe('region network', () => {
  it('mixes the values of a cell and clips below zero', () => {
    const network = single(through);
    network.layers.mix = { weight: Float32Array.of(2, -3), bias: Float32Array.of(0.5) };
    const odds = regionOdds(network, grid, 1, () => [
      new Float32Array(CELLS).fill(1),
      Float32Array.from({ length: CELLS }, (_, k) => (k === PLACE ? 1 : 0)),
    ]);
    expect(odds[0][0]).toBe(2.5);
    expect(odds[0][PLACE]).toBe(0);
  });

  it.each([
    ['near', 0, -COLUMNS - 1],
    ['far', 0, -2 * COLUMNS - 2],
    ['long', -4, 0],
    ['brief', -2, 0],
  ] as const)('looks with the first tap of %s where it should', (name, windows, cells) => {
    const network = single((layer, weight) => {
      if (layer === name) weight[0] = 1;
      else through(layer, weight);
    });
    const seen = lit(regionOdds(network, grid, 12, spike(5, PLACE)));
    // What looks back sees the spike later; layers after the first two add to what comes in.
    expect(seen).toContainEqual([5 - windows, PLACE - cells, 1]);
    expect(seen).toHaveLength(name === 'near' ? 1 : 2);
  });

  it('takes what lies outside for nothing', () => {
    const network = single((name, weight) => (name === 'near' ? weight.fill(1) : through(name, weight)));
    const [odds] = regionOdds(network, grid, 1, () => [new Float32Array(CELLS).fill(1)]);
    expect([odds[0], odds[1], odds[PLACE]]).toEqual([4, 6, 9]);
  });

  it('says the same of a long run in pieces as of its parts, and asks for every window once', () => {
    const random = seeded(5);
    const network = single((_, weight) => {
      for (let k = 0; k < weight.length; k++) weight[k] = random() - 0.3;
    });
    const planes = Array.from({ length: 130 }, () => [Float32Array.from({ length: CELLS }, () => random())]);
    const asked: number[] = [];
    const whole = regionOdds(network, grid, 130, k => {
      asked.push(k);
      return planes[k];
    });
    expect(whole).toHaveLength(130);
    expect(asked).toEqual(planes.map((_, k) => k));
    // Windows far from both ends of a part see the same as in the whole.
    const part = regionOdds(network, grid, 40, k => planes[k + 30]);
    for (const k of [6, 17, 18, 33])
      part[k].forEach((value, cell) => {
        expect(value).toBeCloseTo(whole[k + 30][cell], 4);
      });
  });
});

import { describe, expect, it } from 'vitest';
import { extendedFingers, fromCrop, handSize, squareOfJudgedHand, toCrop } from '../../src/observers/hand-crop.ts';
import { hullOf } from '../../src/observers/hand-geometry.ts';
import { peaksOf, readLocal } from '../../src/observers/hand-local.ts';
import { assignTips } from '../../src/observers/hand-match.ts';
import { chainsOf, flat, mapsFor, openHand } from './open-hand.ts';

const hand = openHand();
const everywhere = (_x: number, _y: number): boolean => true;
/** A sixth finger between middle and ring finger, and one beyond the little finger. */
const between: [number, number][] = [
  [84, 92],
  [85, 74],
  [86, 58],
];
const beside: [number, number][] = [
  [104, 108],
  [120, 96],
  [134, 86],
];

describe('the crop of a hand', () => {
  it('stands upright whatever way the hand points, and maps there and back', () => {
    for (const turn of [0, 0.7, 2.5, -1.9]) {
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      const points = flat(hand);
      for (let k = 0; k < points.length; k += 3) {
        const [x, y] = [points[k] * 3, points[k + 1] * 3];
        points.set([200 + x * c - y * s, 100 + x * s + y * c], k);
      }
      const square = squareOfJudgedHand(points);
      const crop = toCrop(points, square, 160);
      // Wrist below the middle knuckle, and everything inside with room around it.
      expect(Math.abs(crop[18] - crop[0])).toBeLessThan(4);
      expect(crop[1]).toBeGreaterThan(crop[19] + 20);
      expect(Math.min(...crop)).toBeGreaterThan(20);
      expect(Math.max(...crop)).toBeLessThan(140);
      const [x, y] = fromCrop(crop[16], crop[17], square, 160);
      expect(x).toBeCloseTo(points[24], 3);
      expect(y).toBeCloseTo(points[25], 3);
    }
  });

  it('tells extended fingers from bent ones', () => {
    expect(extendedFingers(hand)).toEqual([true, true, true, true, true]);
    const bent = hand.slice();
    // The index finger's tip back at its knuckle.
    bent.set([66, 90], 16);
    expect(extendedFingers(bent)).toEqual([true, false, true, true, true]);
  });
});

describe('reading the maps of a hand', () => {
  const read = (
    more: [number, number][][] = [],
    others: Float32Array[] = [],
    inside = everywhere,
    less: number[] = [],
  ) => readLocal(mapsFor([...chainsOf(hand).filter((_, k) => !less.includes(k)), ...more]), hand, others, inside);

  it('accounts for the five tips of an ordinary hand', () => {
    const { extra, tips, tipless, boneless, open } = read();
    expect(extra).toBe(0);
    expect(tips).toBeGreaterThan(0.8);
    expect(tipless).toBeLessThan(0.2);
    expect(boneless).toBeLessThan(0.25);
    expect(open).toBe(5);
  });

  it.each([
    ['between two fingers', between],
    ['beside the little finger', beside],
  ])('finds a finger too many %s, and where', (_, finger) => {
    const { extra, stem, apart, extraX, extraY } = read([finger]);
    expect(extra).toBeGreaterThan(0.8);
    expect(stem).toBeGreaterThan(0.6);
    expect(apart).toBeGreaterThan(0.1);
    expect(Math.hypot(extraX - finger[2][0], extraY - finger[2][1])).toBeLessThan(3);
  });

  it('takes a tip without a finger below it for something else', () => {
    const maps = mapsFor(chainsOf(hand));
    const dot = mapsFor([[beside[2]]]);
    dot.tip.forEach((value, k) => {
      maps.tip[k] = Math.max(maps.tip[k], value);
    });
    expect(readLocal(maps, hand, [], everywhere).stem).toBeLessThan(0.4);
  });

  it('leaves out tips of other hands, outside the picture, below the wrist and far away', () => {
    const shifted = hand.map((value, k) => (k % 2 === 0 ? value + 60 : value));
    expect(read([beside], [shifted]).extra).toBe(0);
    expect(read([beside], [], x => x < 120).extra).toBe(0);
    const wrist: [number, number][] = [
      [80, 130],
      [80, 145],
      [80, 156],
    ];
    expect(read([wrist]).extra).toBe(0);
  });

  it('forgives a landmark that lies beside its tip', () => {
    const off = hand.slice();
    off[8] += 12;
    off[9] -= 6;
    expect(readLocal(mapsFor(chainsOf(hand)), off, [], everywhere).extra).toBe(0);
  });

  it('says which extended finger is not seen', () => {
    const { tipless, boneless } = read([], [], everywhere, [2]);
    expect(tipless).toBeGreaterThan(0.8);
    expect(boneless).toBeGreaterThan(0.6);
  });

  it('measures damage on the hand only', () => {
    const maps = mapsFor(chainsOf(hand));
    const dab = mapsFor([[[80, 100]]]);
    const clean = readLocal(maps, hand, [], everywhere).damage;
    maps.damage.set(dab.tip);
    expect(readLocal(maps, hand, [], everywhere).damage).toBeGreaterThan(clean + 0.1);
    maps.damage.set(mapsFor([[[8, 8]]]).tip);
    expect(readLocal(maps, hand, [], everywhere).damage).toBeLessThan(0.05);
  });
});

describe('parts', () => {
  it('keeps the higher of two peaks that are one tip', () => {
    const { tip, grid } = mapsFor([[[40, 40]]]);
    const second = mapsFor([[[46, 40]]], 80, 0.5).tip;
    const both = tip.map((value, k) => Math.max(value, second[k]));
    expect(peaksOf(both, grid, 12)).toHaveLength(1);
    expect(peaksOf(both, grid, 12)[0].value).toBeGreaterThan(0.8);
  });

  it('pairs tips so that most are explained, not the nearest first', () => {
    const seen = [
      { x: 10, y: 0, value: 0.9 },
      { x: 30, y: 0, value: 0.9 },
    ];
    // The first landmark is nearer to the second tip's place than the second landmark's own choice allows.
    const tips = [
      { x: 12, y: 0 },
      { x: -15, y: 0 },
    ];
    expect([...assignTips(seen, tips, 100)].sort()).toEqual([0, 1]);
    expect([...assignTips(seen, tips.slice(0, 1), 100)]).toEqual([0]);
  });

  it('finds hull and size', () => {
    expect(hullOf(Float32Array.of(0, 0, 10, 0, 10, 10, 0, 10, 5, 5))).toHaveLength(4);
    expect(handSize(hand)).toBeGreaterThan(45);
  });
});

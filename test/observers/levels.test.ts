import { describe, expect, it } from 'vitest';
import { legalSaturation, levels } from '../../src/observers/levels.ts';
import { grey, paint, see } from './pictures.ts';

const colour = (range: 'limited' | 'full' | 'unknown', matrix = 'bt709') => ({
  colour: { range, matrix, primaries: 'unknown', transfer: 'unknown', hdr: null },
});

describe('levels', () => {
  it.each([
    { luma: 4, below: 1, above: 0 },
    { luma: 5, below: 0, above: 0 },
    { luma: 16, below: 0, above: 0 },
    { luma: 246, below: 0, above: 0 },
    { luma: 247, below: 0, above: 1 },
  ])('luma $luma', async ({ luma, below, above }) => {
    const signals = await see(levels, [{ analysis: paint(64, 48, grey(luma)) }]);
    expect([signals.lumaBelowLegal[0], signals.lumaAboveLegal[0]]).toEqual([below, above]);
  });

  it('measures the share of the picture', async () => {
    // A corner of a quarter of the width and half of the height.
    const picture = paint(320, 240, (x, y) => [x < 80 && y < 120 ? 250 : 100, 128, 128]);
    const { lumaAboveLegal } = await see(levels, [{ analysis: picture }]);
    expect(lumaAboveLegal[0]).toBeCloseTo(0.125, 2);
  });

  it('takes every luma code of a full range clip for legal', async () => {
    const picture = paint(64, 48, x => [x % 2 ? 0 : 255, 128, 128]);
    const signals = await see(levels, [{ analysis: picture }], colour('full'));
    expect([signals.lumaBelowLegal[0], signals.lumaAboveLegal[0]]).toEqual([0, 0]);
  });

  /** Narrow range codes of a colour by the definition of Y′CbCr. */
  const encode = (r: number, g: number, b: number, red: number, blue: number, gain = 1): [number, number, number] => {
    const luma = red * r + (1 - red - blue) * g + blue * b;
    return [
      Math.round(16 + 219 * luma),
      Math.round(128 + (gain * 112 * (b - luma)) / (1 - blue)),
      Math.round(128 + (gain * 112 * (r - luma)) / (1 - red)),
    ];
  };
  const corners = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ] as const;

  it.each([
    { matrix: 'bt709', red: 0.2126, blue: 0.0722 },
    { matrix: 'smpte170m', red: 0.299, blue: 0.114 },
  ])('full colour bars of $matrix are legal; a tenth more is not for any of them', async ({ matrix, red, blue }) => {
    for (const [r, g, b] of corners) {
      const legal = paint(64, 48, () => encode(r, g, b, red, blue));
      expect((await see(levels, [{ analysis: legal }], colour('limited', matrix))).chromaIllegal[0]).toBe(0);
    }
    // Those with a component at its limit leave it; of the others the most saturated.
    for (const [r, g, b] of [corners[0], corners[2]]) {
      const illegal = paint(64, 48, () => encode(r, g, b, red, blue, 1.1));
      expect((await see(levels, [{ analysis: illegal }], colour('limited', matrix))).chromaIllegal[0]).toBe(1);
    }
  });

  it('knows the largest legal saturation of each matrix', () => {
    expect(legalSaturation('smpte170m', 480, false)).toBeCloseTo(119.5, 0);
    expect(legalSaturation('bt709', 1080, false)).toBeCloseTo(133.3, 0);
    expect(legalSaturation('unknown', 480, false)).toBe(legalSaturation('smpte170m', 480, false));
    expect(legalSaturation('unknown', 1080, false)).toBe(legalSaturation('bt709', 1080, false));
  });
});

import { describe, expect, it } from 'vitest';
import { flashes, luminanceTable } from '../../src/observers/flashes.ts';
import { grey, type Paint, paint, see } from './pictures.ts';

const run = async (frames: Paint[], range: 'limited' | 'full' = 'limited') =>
  see(
    flashes,
    frames.map(at => ({ analysis: paint(64, 36, at) })),
    { colour: { range, matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', hdr: null } },
  );

/** Code of a luminance in cd/m² on the assumed display. */
const code = (light: number): number => {
  const table = luminanceTable(false);
  let nearest = 0;
  for (let i = 0; i < 256; i++) if (Math.abs(table[i] - light) < Math.abs(table[nearest] - light)) nearest = i;
  return nearest;
};

describe('luminanceTable', () => {
  it('meets the figures that guidance gives for the assumed display', () => {
    const table = luminanceTable(false);
    expect(table[16]).toBe(0);
    expect(table[235]).toBeCloseTo(200, 3);
    // 631 of 700 mV is said to be 160 cd/m².
    expect(table[Math.round(16 + (219 * 631) / 700)]).toBeGreaterThan(157);
    expect(table[Math.round(16 + (219 * 631) / 700)]).toBeLessThan(163);
    expect(luminanceTable(true)[255]).toBeCloseTo(200, 3);
  });
});

describe('flashes', () => {
  it.each([
    { from: 50, to: 68, counts: false },
    { from: 50, to: 74, counts: true },
    { from: 0, to: 17, counts: false },
    { from: 0, to: 23, counts: true },
    // Above 160 cd/m² the darker state is bright enough.
    { from: 165, to: 198, counts: false },
    { from: 150, to: 198, counts: true },
  ])('a step from $from to $to cd/m² and back: $counts', async ({ from, to, counts }) => {
    const { flashRise, flashFall } = await run([code(from), code(to), code(from), code(from)].map(grey));
    expect([...flashRise]).toEqual([0, counts ? 1 : 0, 0, 0]);
    expect([...flashFall]).toEqual([0, 0, counts ? 1 : 0, 0]);
  });

  it('measures the share of the picture', async () => {
    const half: Paint = x => [x < 16 ? 200 : 60, 128, 128];
    const { flashRise } = await run([grey(60), half, grey(60)]);
    expect(flashRise[1]).toBeCloseTo(0.25, 5);
  });

  it('counts a rise that is spread over frames', async () => {
    const { flashRise } = await run([0, 8, 16, 24, 32].map(light => grey(code(light))));
    expect(flashRise.reduce((a, b) => a + b)).toBe(1);
    expect(flashRise[3]).toBe(1);
  });

  it('does not count noise', async () => {
    const noisy = Array.from(
      { length: 12 },
      (_, i): Paint =>
        (x, y) => [100 + ((x * 7 + y * 3 + i * 5) % 9), 128, 128],
    );
    const { flashRise, flashFall } = await run(noisy);
    expect(Math.max(...flashRise, ...flashFall)).toBe(0);
  });

  it('sees red come and go', async () => {
    const red: Paint = () => [63, 102, 240];
    const { flashRed, flashRedAway } = await run([grey(63), red, red, grey(63)]);
    expect([...flashRed]).toEqual([0, 1, 0, 1]);
    expect([...flashRedAway]).toEqual([0, 0, 0, 1]);
  });

  it.each([
    { name: 'skin', at: [150, 110, 152] as const },
    { name: 'orange', at: [150, 60, 190] as const },
    { name: 'magenta', at: [78, 214, 230] as const },
  ])('does not take $name for saturated red', async ({ at }) => {
    const { flashRed } = await run([grey(100), () => [...at], grey(100)]);
    expect(Math.max(...flashRed)).toBe(0);
  });
});

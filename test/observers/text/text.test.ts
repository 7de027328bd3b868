import { describe, expect, it } from 'vitest';
import { eachTextPixel } from '../../../src/cli/overlay-font.ts';
import { characterList, readLine } from '../../../src/observers/text/characters.ts';
import { cutLine, LINE_HEIGHT } from '../../../src/observers/text/line.ts';
import { textRegions } from '../../../src/observers/text/regions.ts';
import { text } from '../../../src/observers/text.ts';
import { grey, paint, see } from '../pictures.ts';

const [WIDTH, HEIGHT] = [640, 360];

/** Dark letters of dots, softened at their edges, on a light wall. */
function sign(line: string, left: number, top: number, dot: number) {
  const marks = new Uint8Array(WIDTH * HEIGHT);
  eachTextPixel(line, (x, y) => {
    for (let j = 0; j < dot; j++)
      for (let i = 0; i < dot; i++) marks[(top + y * dot + j) * WIDTH + left + x * dot + i] = 1;
  });
  return paint(WIDTH, HEIGHT, (x, y) => {
    let sum = 0;
    for (let j = -1; j <= 1; j++) for (let i = -1; i <= 1; i++) sum += marks[(y + j) * WIDTH + x + i] ?? 0;
    return [200 - (sum * 150) / 9, 128, 128];
  });
}

describe('lettering', () => {
  it('is found and read where it stands', async () => {
    const analysis = sign('COFFEE SHOP', 150, 160, 4);
    const { lettering } = await see(text, Array(24).fill({ analysis }));
    expect(lettering.frames.length).toBeGreaterThan(1);
    expect(lettering.texts.map(line => line.replaceAll(' ', ''))).toEqual(
      Array(lettering.frames.length).fill('COFFEESHOP'),
    );
    const [x, y, length, height, angle] = lettering.place;
    expect(Math.abs(x - (150 + 4 * 33))).toBeLessThan(12);
    expect(Math.abs(y - (160 + 14))).toBeLessThan(6);
    expect(length).toBeGreaterThan(230);
    expect(height).toBeGreaterThan(26);
    expect(height).toBeLessThan(60);
    expect(Math.abs(angle)).toBeLessThan(0.05);
    expect(Math.min(...lettering.certainty[0])).toBeGreaterThan(100);
    const [first, ...rest] = lettering.places[0];
    expect(first).toBeLessThan(40);
    expect(rest.every((place, k) => place > lettering.places[0][k])).toBe(true);
    expect(rest.at(-1)).toBeGreaterThan(200);
  });

  it('is not made up on a bare wall', async () => {
    const { lettering } = await see(text, Array(150).fill({ analysis: paint(WIDTH, HEIGHT, grey(120)) }));
    expect(lettering.texts).toEqual([]);
    expect([...lettering.rows]).toEqual(Array(lettering.frames.length + 1).fill(0));
    // After two looks it is looked for every two seconds only.
    const [first, second, third] = lettering.frames;
    expect(third - second).toBeGreaterThan(2 * (second - first));
  });
});

describe('regions', () => {
  it('have the direction, size and place of the marks, grown by what the network leaves out', () => {
    const map = new Float32Array(200 * 100);
    const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)];
    for (let row = 0; row < 100; row++)
      for (let column = 0; column < 200; column++) {
        const [dx, dy] = [column - 90, row - 50];
        const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
        if (Math.abs(along) <= 40 && Math.abs(across) <= 4) map[row * 200 + column] = 0.9;
      }
    map[5] = 0.9;
    for (let k = 0; k < 60; k++) map[90 * 200 + k] = 0.4;
    const [region, ...more] = textRegions(map, 200, 100, 5);
    expect(more).toEqual([]);
    expect(region.x).toBeCloseTo(90.5, 0);
    expect(region.y).toBeCloseTo(50.5, 0);
    expect(region.angle).toBeCloseTo(0.3, 1);
    const grown = (1.5 * 81 * 9) / 90;
    expect(Math.abs(region.length - 81 - grown)).toBeLessThan(3);
    expect(Math.abs(region.height - 9 - grown)).toBeLessThan(3);
  });

  it('are the largest', () => {
    const map = new Float32Array(100 * 60);
    for (const [top, size] of [
      [2, 4],
      [20, 10],
      [45, 7],
    ])
      for (let y = top; y < top + size; y++) map.fill(0.9, y * 100 + 10, y * 100 + 10 + 6 * size);
    const heights = textRegions(map, 100, 60, 2).map(({ y }) => Math.round(y));
    expect(heights).toEqual([25, 49]);
  });
});

describe('a line', () => {
  it('is cut out level, at the network’s height, the same for all colours', () => {
    const picture = paint(120, 120, (x, y) => [y - x > 0 ? 235 : 16, 128, 128]);
    const out = new Float32Array(3 * LINE_HEIGHT * 96);
    const region = { x: 60, y: 60, length: 60, height: 40, angle: Math.PI / 4 };
    cutLine(picture, region, { black: 16, white: 235 }, out, 96);
    const at = (row: number, column: number) => out[row * 96 + column];
    expect(at(4, 30)).toBeCloseTo(-1, 1);
    expect(at(44, 30)).toBeCloseTo(1, 1);
    expect(at(44, 90)).toBe(0);
    expect([...out.subarray(0, 200)]).toEqual([...out.subarray(2 * LINE_HEIGHT * 96, 2 * LINE_HEIGHT * 96 + 200)]);
  });
});

describe('reading', () => {
  const characters = characterList(new TextEncoder().encode('A\nB\n<\n'));

  it('takes runs once, keeps what a gap parts, and writes marks as dots', () => {
    expect(characters).toEqual(['', 'A', 'B', '<', ' ']);
    const steps = [1, 1, 0, 1, 2, 3, 4];
    const probabilities = new Float32Array(steps.length * 5).fill(0.05);
    steps.forEach((k, step) => {
      probabilities[step * 5 + k] = 0.8;
    });
    probabilities[5 + 1] = 0.9;
    const { text: line, certainty, steps: at } = readLine(probabilities, steps.length, characters);
    expect(line).toBe('AAB· ');
    expect(certainty.map(value => Math.round(10 * value))).toEqual([9, 8, 8, 8, 8]);
    expect(at).toEqual([0, 3, 4, 5, 6]);
  });
});

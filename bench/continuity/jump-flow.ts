import { BlockMatcher, blockMatchBytes } from '../../src/observers/block-match.ts';
import { DenseFlow } from '../../src/observers/flow/dense-flow.ts';
import { Matching } from '../../src/observers/matching.ts';
import { Dice } from '../../training/continuity/film.ts';

const WIDTH = 256;
const HEIGHT = 144;
const REPEATS = 60;

type Map2 = (x: number, y: number) => [x: number, y: number];

/** Texture at every scale, from a lattice of random values. */
function texture(): (x: number, y: number) => number {
  const dice = new Dice('flow');
  const side = 256;
  const lattice = Float32Array.from({ length: side * side }, () => dice.next());
  const at = (x: number, y: number) => lattice[(((y % side) + side) % side) * side + (((x % side) + side) % side)];
  const smooth = (x: number, y: number) => {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - left, y - top];
    const upper = at(left, top) * (1 - fx) + at(left + 1, top) * fx;
    return upper * (1 - fy) + (at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx) * fy;
  };
  return (x, y) =>
    60 + 140 * (0.5 * smooth(x / 40, y / 40) + 0.3 * smooth(x / 12, y / 12) + 0.2 * smooth(x / 4, y / 4));
}

const turned = (angle: number, zoom: number, x: number, y: number): [number, number] => [
  zoom * (Math.cos(angle) * (x - 128) - Math.sin(angle) * (y - 72)) + 128,
  zoom * (Math.sin(angle) * (x - 128) + Math.cos(angle) * (y - 72)) + 72,
];

const MOTIONS: [name: string, to: Map2, from: Map2][] = [
  ['no motion', (x, y) => [x, y], (x, y) => [x, y]],
  ['translation 3.3, −2.1', (x, y) => [x + 3.3, y - 2.1], (x, y) => [x - 3.3, y + 2.1]],
  ['translation 25, −12', (x, y) => [x + 25, y - 12], (x, y) => [x - 25, y + 12]],
  ['translation 40, 0', (x, y) => [x + 40, y], (x, y) => [x - 40, y]],
  ['rotation 0.1 rad', (x, y) => turned(0.1, 1, x, y), (x, y) => turned(-0.1, 1, x, y)],
  ['zoom 1.1', (x, y) => turned(0, 1.1, x, y), (x, y) => turned(0, 1 / 1.1, x, y)],
];

/** Prints end-point errors and CPU time of dense flow beside whole-pixel block matching in plain TypeScript. */
export async function run(): Promise<void> {
  const flow = new DenseFlow({ width: WIDTH, height: HEIGHT });
  const value = texture();
  const paint = (from: Map2) => ({
    stride: WIDTH,
    y: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => value(...from(i % WIDTH, Math.floor(i / WIDTH)))),
  });
  const still = paint((x, y) => [x, y]);
  const a = flow.load(still, 0);
  console.log(`${'motion'.padEnd(24)} error px   > 1 px    ms per pair   block matching ms`);
  for (const [name, to, from] of MOTIONS) {
    const moved = paint(from);
    const b = flow.load(moved, 1);
    let field = flow.between(a, b);
    const begun = process.cpuUsage();
    for (let i = 0; i < REPEATS; i++) field = flow.between(a, b);
    const { user, system } = process.cpuUsage(begun);
    let sum = 0;
    let wild = 0;
    let count = 0;
    for (let y = 4; y < HEIGHT - 4; y++) {
      for (let x = 4; x < WIDTH - 4; x++) {
        const [toX, toY] = to(x, y);
        if (toX < 0 || toY < 0 || toX > WIDTH - 1 || toY > HEIGHT - 1) continue;
        const error = Math.hypot(field.u[y * WIDTH + x] - toX + x, field.v[y * WIDTH + x] - toY + y);
        sum += error;
        if (error > 1) wild++;
        count++;
      }
    }
    const size = { width: WIDTH, height: HEIGHT };
    const matching = new Matching([still.y.length, moved.y.length, blockMatchBytes(size), blockMatchBytes(size)]);
    const planes = [still, moved].map(({ y }) => {
      const data = matching.plane(y.length);
      data.set(y);
      return { width: WIDTH, height: HEIGHT, data };
    });
    const blocks = new BlockMatcher(matching, planes[0]);
    blocks.unmatched(planes[0], planes[1], { x: 0, y: 0 }, 0);
    const again = process.cpuUsage();
    for (let i = 0; i < REPEATS; i++) blocks.unmatched(planes[0], planes[1], { x: 0, y: 0 }, 0);
    const matched = process.cpuUsage(again);
    const perPair = (user + system) / 1000 / REPEATS;
    const perMatch = (matched.user + matched.system) / 1000 / REPEATS;
    const columns = [
      (sum / count).toFixed(3),
      `${((100 * wild) / count).toFixed(2)} %`,
      perPair.toFixed(2),
      perMatch.toFixed(2),
    ];
    console.log(`${name.padEnd(24)} ${columns.map(text => text.padStart(8)).join('  ')}`);
  }
}

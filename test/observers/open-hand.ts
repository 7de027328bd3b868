import { FINGERS } from '../../src/observers/hand-crop.ts';
import type { LocalMaps } from '../../src/observers/hand-local.ts';

/** An open right hand, palm axis up, x and y per landmark in pixels of a 160-pixel crop. */
export function openHand(): Float32Array {
  const points = new Float32Array(42);
  const put = (k: number, x: number, y: number) => points.set([x, y], 2 * k);
  put(0, 80, 140);
  const fingers = [
    [60, 122, 40, 92],
    [64, 92, 56, 44],
    [77, 89, 76, 34],
    [90, 91, 96, 42],
    [101, 98, 114, 60],
  ];
  fingers.forEach(([fromX, fromY, toX, toY], finger) => {
    FINGERS[finger].forEach((point, k) => {
      const t = k / 3;
      put(point, fromX + (toX - fromX) * t, fromY + (toY - fromY) * t);
    });
  });
  return points;
}

/** x, y pairs as x, y, z. */
export const flat = (points: Float32Array): Float32Array =>
  Float32Array.from({ length: (points.length / 2) * 3 }, (_, k) =>
    k % 3 === 2 ? 0 : points[2 * Math.floor(k / 3) + (k % 3)],
  );

/** Maps in which every finger (and the further ones) is seen as the network would see it. */
export function mapsFor(fingers: readonly (readonly [number, number])[][], grid = 80, strength = 0.9): LocalMaps {
  const maps: LocalMaps = {
    tip: new Float32Array(grid * grid),
    bone: new Float32Array(grid * grid),
    web: new Float32Array(grid * grid),
    damage: new Float32Array(grid * grid),
    grid,
  };
  const dab = (map: Float32Array, x: number, y: number, sigma: number, height: number) => {
    for (let j = 0; j < grid; j++)
      for (let i = 0; i < grid; i++) {
        const d = ((2 * i + 1 - x) ** 2 + (2 * j + 1 - y) ** 2) / (2 * sigma * sigma);
        const k = j * grid + i;
        map[k] = Math.max(map[k], height * Math.exp(-d));
      }
  };
  for (const chain of fingers) {
    const [tipX, tipY] = chain[chain.length - 1];
    dab(maps.tip, tipX, tipY, 3, strength);
    for (let s = 0; s + 1 < chain.length; s++)
      for (let t = 0; t <= 1; t += 0.1) {
        const [a, b] = [chain[s], chain[s + 1]];
        dab(maps.bone, a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, 2, strength);
      }
  }
  return maps;
}

/** The five fingers of a hand as chains of positions. */
export const chainsOf = (points: Float32Array): [number, number][][] =>
  FINGERS.map(joints => joints.map((k): [number, number] => [points[2 * k], points[2 * k + 1]]));

/** A drawn hand as the local network wants it: three planes of 160², −1 … 1; `more` fingers beside its own. */
export function drawHand(into: Float32Array, more: readonly [number, number][][] = []): void {
  const size = 160;
  const hand = openHand();
  const parts: number[][] = [];
  for (const chain of [...chainsOf(hand), ...more])
    for (let s = 0; s + 1 < chain.length; s++) parts.push([...chain[s], ...chain[s + 1], 7.2 - s * 0.5]);
  for (const knuckle of [5, 9, 13, 17, 1])
    parts.push([hand[0], hand[1] - 8, hand[2 * knuckle], hand[2 * knuckle + 1], 12]);
  parts.push([80, 130, 80, 170, 15]);
  const wall = [90, 110, 140];
  const skin = [205, 160, 135];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      let outside = Number.POSITIVE_INFINITY;
      let radius = 1;
      for (const [ax, ay, bx, by, r] of parts) {
        const [dx, dy] = [bx - ax, by - ay];
        const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-6)));
        const d = Math.hypot(ax + t * dx - x, ay + t * dy - y) - r;
        if (d < outside) [outside, radius] = [d, r];
      }
      const share = Math.min(1, Math.max(0, 0.5 - outside / 1.5));
      const shade = 1 - 0.3 * Math.min(1, Math.max(0, 1 + outside / radius)) ** 3 - 0.1 * Math.sin(x * 0.13 + y * 0.07);
      for (let c = 0; c < 3; c++) {
        const behind = wall[c] * (1 + 0.1 * Math.sin(x * 0.05 + c));
        into[c * size * size + y * size + x] = (behind * (1 - share) + skin[c] * shade * share) / 127.5 - 1;
      }
    }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../fixtures/random.ts';
import { hash } from '../cuts/random.ts';
import { auc, recallAbove } from './apart.ts';
import { type Film, readFilm, writeFilm } from './frames.ts';
import { realTakes } from './material.ts';
import { cutSprite, type Sprite } from './physics-plants.ts';

const SECONDS = 1.6;
const SIDE = 256;
const LEAST_FRAMES = 36;
const MOST_PER_GROUP = 1;
/** Pixels by which followed paths are wrong, each way. */
const ERROR = 1;
/** Share that both things must have in what is seen, and frames in which they must overlap. */
const SHARE = 0.2;
const OVERLAPS = 6;
/** Fewest pixels of an overlap that count. */
const LEAST_PIXELS = 40;

type Point = readonly [number, number];
/** What each thing looks like when it is alone, and where it is in every frame. */
interface Thing {
  radius: number;
  look: Uint8Array;
  side: number;
  path: (t: number) => Point;
}

/**
 * Things that pass through each other: two cut-outs cross over real takes, half seen through each other where they overlap;
 * in the twins one hides the other. Both paths are given, wrong
 * by a pixel at random, so that the figures are what a rule would reach that follows both without loss. No rule uses this.
 */
export async function run(folder: string): Promise<void> {
  const scores = new Map<string, number[]>();
  const perGroup = new Map<string, number>();
  const takes = realTakes(folder);
  const temporary = mkdtempSync(join(tmpdir(), 'through-'));
  try {
    for (const [index, take] of takes.entries()) {
      const count = perGroup.get(take.group) ?? 0;
      if (count >= MOST_PER_GROUP) continue;
      const film = await readFilm(take.path, SECONDS, 0, SIDE);
      if (film.frames.length < LEAST_FRAMES) continue;
      perGroup.set(take.group, count + 1);
      const random = seeded(hash(`${take.name} through`));
      const source = await readFilm(takes[(index + 11) % takes.length].path, 0.3, 0, SIDE);
      const things = crossing(film, [cutSprite(film, source, random), cutSprite(film, source, random)], random);
      for (const [way, share] of [
        ['half seen through, 0.5', 0.5],
        ['half seen through, 0.35', 0.35],
        ['one hides the other', 1],
        ['the other hides the one', 0],
      ] as const) {
        const path = join(temporary, 'crossing.mp4');
        await writeFilm(cross(film, things, share), path);
        const seen = await readFilm(path, SECONDS, 0, SIDE);
        const score = mixed(seen, things, random);
        scores.set(way, [...(scores.get(way) ?? []), score]);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
  const twins = [...scores].filter(([way]) => way.includes('hides')).flatMap(([, values]) => values);
  console.log('## Things that pass through each other, paths given\n');
  console.log('| Way | clips | middle | AUC against twins | above the highest twin |\n|---|---:|---:|---:|---:|');
  for (const [way, values] of scores) {
    const middle = [...values].sort((a, b) => a - b)[values.length >> 1].toFixed(2);
    const against = way.includes('hides') ? ' | ' : `${auc(values, twins).toFixed(2)} | ${recallAbove(values, twins)}`;
    console.log(`| ${way} | ${values.length} | ${middle} | ${against} |`);
  }
}

/** Two round pieces that meet in the middle of the picture and of the time. */
function crossing(film: Film, sprites: readonly Sprite[], random: () => number): Thing[] {
  const { width, height, frames } = film;
  const middle = frames.length / 2;
  const meet: Point = [width * (0.4 + 0.2 * random()), height * (0.4 + 0.2 * random())];
  const angle = random() * 2 * Math.PI;
  return sprites.map((sprite, which) => {
    const radius = Math.round(Math.min(width, height) * (0.08 + 0.04 * random()));
    const side = 2 * radius + 1;
    const look = new Uint8Array(side * side);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const sx = sprite.left + Math.floor((x / side) * sprite.width);
        const sy = sprite.top + Math.floor((y / side) * sprite.height);
        look[y * side + x] = sprite.frame[sy * sprite.source.width + sx];
      }
    const speed = (which === 0 ? 1 : -1) * (0.9 + 0.5 * random());
    const turn = angle + 0.6 * (random() - 0.5);
    const path = (t: number): Point => [
      Math.round(meet[0] + Math.cos(turn) * speed * (t - middle)),
      Math.round(meet[1] + Math.sin(turn) * speed * (t - middle)),
    ];
    return { radius, look, side, path };
  });
}

/** The film with both things; where they overlap the first has `share` of what is seen. */
function cross(film: Film, things: readonly Thing[], share: number): Film {
  const { width, height } = film;
  return {
    ...film,
    frames: film.frames.map((frame, t) => {
      const out = frame.slice();
      const reach = Math.max(...things.map(({ radius }) => radius));
      const places = things.map(({ path }) => path(t));
      const [left, right] = [Math.min(...places.map(p => p[0])) - reach, Math.max(...places.map(p => p[0])) + reach];
      const [top, bottom] = [Math.min(...places.map(p => p[1])) - reach, Math.max(...places.map(p => p[1])) + reach];
      for (let y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++)
        for (let x = Math.max(0, left); x <= Math.min(width - 1, right); x++) {
          const [a, b] = things.map((thing, i) => lookAt(thing, x - places[i][0], y - places[i][1]));
          if (a !== null && b !== null) out[y * width + x] = share * a + (1 - share) * b;
          else if (a !== null || b !== null) out[y * width + x] = a ?? b ?? 0;
        }
      return out;
    }),
  };
}

function lookAt({ radius, look, side }: Thing, dx: number, dy: number): number | null {
  if (Math.hypot(dx, dy) > radius) return null;
  return look[(dy + radius) * side + dx + radius];
}

/**
 * How much better the best mix of both looks explains what is seen where they overlap than either look alone: 0 not at all,
 * 1 without remainder; the median over the frames in which they overlap, 0 where these are too few. The looks are taken from
 * the last frame in which the things are apart.
 */
function mixed(film: Film, things: readonly Thing[], random: () => number): number {
  const { width, height, frames } = film;
  const wrong = () => Math.round((2 * random() - 1) * ERROR);
  const followed = frames.map((_, t) => things.map(({ path }) => path(t).map(v => v + wrong())));
  const reach = things[0].radius + things[1].radius + 2 * ERROR;
  const apart = followed.findLastIndex(
    ([a, b], t) => t < frames.length / 2 && Math.hypot(a[0] - b[0], a[1] - b[1]) > reach,
  );
  if (apart < 0) return 0;
  const gains: number[] = [];
  for (const [t, [a, b]] of followed.entries()) {
    const pairs: [number, number, number][] = [];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        if (Math.hypot(x - a[0], y - a[1]) > things[0].radius - 2) continue;
        if (Math.hypot(x - b[0], y - b[1]) > things[1].radius - 2) continue;
        const looks = [a, b].map((place, i) => {
          const [fromX, fromY] = followed[apart][i];
          return frames[apart][(y - place[1] + fromY) * width + x - place[0] + fromX];
        });
        if (looks.every(look => look !== undefined)) pairs.push([frames[t][y * width + x], looks[0], looks[1]]);
      }
    if (pairs.length >= LEAST_PIXELS) gains.push(gain(pairs));
  }
  if (gains.length < OVERLAPS) return 0;
  return gains.sort((x, y) => x - y)[gains.length >> 1];
}

function gain(pairs: readonly [number, number, number][]): number {
  let [top, bottom] = [0, 0];
  for (const [seen, a, b] of pairs) {
    top += (seen - b) * (a - b);
    bottom += (a - b) ** 2;
  }
  const share = bottom > 0 ? top / bottom : 0;
  if (share < SHARE || share > 1 - SHARE) return 0;
  let [mix, first, second] = [0, 0, 0];
  for (const [seen, a, b] of pairs) {
    mix += (seen - share * a - (1 - share) * b) ** 2;
    first += (seen - a) ** 2;
    second += (seen - b) ** 2;
  }
  return 1 - mix / Math.max(1, Math.min(first, second));
}

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seeded } from '../../fixtures/random.ts';
import { pointOf } from '../../src/landmarks.ts';
import { bodies } from '../../src/observers/bodies.ts';
import { findShots } from '../../src/signals/shots.ts';
import { bodyTracks } from '../../src/signals/tracks-people.ts';
import { hash } from '../cuts/random.ts';
import { auc, recallAbove } from './apart.ts';
import { type Film, readFilm } from './frames.ts';
import { realTakes } from './material.ts';
import { animate, type Course, cutSprite } from './physics-plants.ts';
import { type Seen, see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/physics/bodies', import.meta.url));
const SECONDS = 4;
const SIDE = 256;
const WRISTS = [15, 16] as const;
const VISIBLE = 150;
/** Window that is followed, in pixels of the small picture; a wrist must come and go by as much. */
const WINDOW = 16;
/** Frames before and after, in which it moves with the hand, in which it rests, and before which the place was empty. */
const CARRIED = [3, 6] as const;
const RESTS = [5, 10] as const;
const EMPTY = 14;
const SEARCH = 3;
const CONTRAST = 8;

type Path = ReadonlyMap<number, { x: number; y: number }>;

/**
 * Things that leave a hand and hang in the air: what moved with a wrist stays where it was let go while the wrist goes on,
 * and was not there before. Cut-outs are carried along the measured wrists of real takes and let go: they hang, fall, or
 * stay in the hand. What real hands put down looks like the first. No rule uses this.
 */
export async function run(folder: string): Promise<void> {
  const real: { name: string; score: number }[] = [];
  const rows = new Map<string, number[]>();
  const takes = realTakes(folder);
  for (const [index, take] of takes.entries()) {
    const seen = await see(take.path, CACHE, bodies);
    const { width, height } = seen.clip.video;
    const paths = wristsOf(seen, SIDE / Math.max(SIDE, width, height));
    if (paths.length === 0) continue;
    const film = await readFilm(take.path, SECONDS, 0, SIDE);
    real.push({ name: basename(take.name), score: Math.max(...paths.map(path => hanging(film, path))) });
    const chosen = paths.map(path => ({ path, at: letGo(film, path) })).find(({ at }) => at !== null);
    if (!chosen || chosen.at === null) continue;
    const { path, at } = chosen;
    const random = seeded(hash(`${take.name} released`));
    const source = await readFilm(takes[(index + 11) % takes.length].path, 0.3, 0, SIDE);
    const sprite = cutSprite(film, source, random);
    const size = film.width * 0.12;
    const gravity = (2 * film.height) / (0.7 * film.rate) ** 2;
    for (const way of ['hangs', 'falls', 'stays in the hand']) {
      const course: Course = time => {
        const held = way === 'stays in the hand' || time < at;
        const place = path.get(held ? Math.floor(time) : at);
        const fallen = way === 'falls' && !held ? 0.5 * gravity * (time - at) ** 2 : 0;
        return place ? { ...place, y: place.y + fallen, size } : null;
      };
      rows.set(way, [...(rows.get(way) ?? []), hanging(animate(film, sprite, course), path)]);
    }
  }
  const untouched = real.map(({ score }) => score);
  console.log('## Things that leave a hand and hang\n');
  console.log(`${real.length} takes show a wrist.\n`);
  console.log('| Planted | clips | AUC against untouched takes | above the highest untouched |\n|---|---:|---:|---:|');
  for (const [way, values] of rows)
    console.log(
      `| ${way} | ${values.length} | ${auc(values, untouched).toFixed(2)} | ${recallAbove(values, untouched)} |`,
    );
  console.log('\nHighest untouched:');
  for (const { name, score } of real.sort((a, b) => b.score - a.score).slice(0, 5))
    console.log(`- ${score.toFixed(2)}: ${name}`);
}

/** Each visible wrist in every frame, by straight lines between looks, in pixels of the small picture. */
function wristsOf({ clip, signals }: Seen, scale: number): Path[] {
  const table = signals.bodies;
  if (!table) return [];
  return bodyTracks(clip, findShots(signals, clip).shots, table).flatMap(({ rows, frames }) =>
    WRISTS.map(point => {
      const path = new Map<number, { x: number; y: number }>();
      for (let k = 1; k < rows.length; k++) {
        const pair = [rows[k - 1], rows[k]];
        if (pair.some(row => table.visibility[33 * row + point] < VISIBLE)) continue;
        const [[x0, y0], [x1, y1]] = pair.map(row => pointOf(table, row, point));
        for (let f = frames[k - 1]; f <= frames[k]; f++) {
          const t = (f - frames[k - 1]) / (frames[k] - frames[k - 1]);
          path.set(f, { x: scale * (x0 + t * (x1 - x0)), y: scale * (y0 + t * (y1 - y0)) });
        }
      }
      return path;
    }).filter(path => path.size > EMPTY + RESTS[1]),
  );
}

const far = (a: { x: number; y: number } | undefined, b: { x: number; y: number } | undefined): number =>
  a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;

/** Whether a wrist comes by a window's width before `t` and goes by as much after. */
const passes = (path: Path, t: number): boolean =>
  far(path.get(t), path.get(t - CARRIED[1])) >= WINDOW / 2 &&
  far(path.get(t), path.get(t - EMPTY)) >= WINDOW &&
  far(path.get(t), path.get(t + RESTS[1])) >= WINDOW;

function letGo(film: Film, path: Path): number | null {
  for (const [t, { y }] of path)
    if (t + RESTS[1] < film.frames.length && y < 0.8 * film.height && passes(path, t)) return t;
  return null;
}

/** How sure it is that something that came with the wrist hangs where it went on, at any time: 0–1. */
function hanging(film: Film, path: Path): number {
  let best = 0;
  for (const [t, wrist] of path) {
    if (t + RESTS[1] >= film.frames.length || !passes(path, t)) continue;
    for (const dy of [-12, 0, 12])
      for (const dx of [-12, 0, 12]) {
        const [x, y] = [Math.round(wrist.x + dx), Math.round(wrist.y + dy)];
        let least = 1;
        for (const back of CARRIED) {
          const then = path.get(t - back);
          if (!then) least = 0;
          else least = Math.min(least, alike(film, t, x, y, t - back, then.x + dx, then.y + dy, SEARCH));
          if (least <= best) break;
        }
        for (const on of RESTS) {
          if (least <= best) break;
          least = Math.min(least, alike(film, t, x, y, t + on, x, y, 1));
        }
        if (least <= best) continue;
        best = Math.max(best, least - Math.max(0, alike(film, t, x, y, t - EMPTY, x, y, 1)));
      }
  }
  return best;
}

/** Highest correlation of a window with those about a place in another frame; 0 where it is flat or outside. */
function alike(film: Film, t: number, x: number, y: number, s: number, u: number, v: number, search: number): number {
  let best = 0;
  for (let dy = -search; dy <= search; dy++)
    for (let dx = -search; dx <= search; dx++)
      best = Math.max(best, correlation(film, t, x, y, s, Math.round(u) + dx, Math.round(v) + dy));
  return best;
}

function correlation(film: Film, t: number, x: number, y: number, s: number, u: number, v: number): number {
  const { width, height, frames } = film;
  const half = WINDOW / 2;
  for (const [cx, cy] of [
    [x, y],
    [u, v],
  ])
    if (cx < half || cy < half || cx + half > width || cy + half > height) return 0;
  if (s < 0 || !frames[s]) return 0;
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let j = -half; j < half; j++)
    for (let i = -half; i < half; i++) {
      const p = frames[t][(y + j) * width + x + i];
      const q = frames[s][(v + j) * width + u + i];
      a += p;
      b += q;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
  const n = WINDOW * WINDOW;
  const [va, vb] = [aa / n - (a / n) ** 2, bb / n - (b / n) ** 2];
  return va < CONTRAST ** 2 || vb < CONTRAST ** 2 ? 0 : (ab / n - (a * b) / n / n) / Math.sqrt(va * vb);
}

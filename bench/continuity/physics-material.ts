import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { seeded } from '../../fixtures/random.ts';
import { hash } from '../cuts/random.ts';
import { type Film, readFilm, writeFilm } from './frames.ts';
import type { Take } from './material.ts';
import { animate, type Course, cutSprite, type Sprite, zoomIn } from './physics-plants.ts';

/** A rendered clip with one thing that breaks a law, or with a thing that keeps it (`kind` null). */
export interface Motion {
  path: string;
  take: string;
  half: Take['half'];
  kind: 'teleport' | 'scale-pop' | 'reversed-fall' | null;
  way: string;
  start: number;
  end: number;
  /** Where a thing was before it jumped, and where it is then, as shares of the width. */
  places?: readonly { x: number; y: number }[];
}

/** Raised when rendering changes: of any, and of one kind, whose files are then others. */
const FORM = 3;
const FORMS: Partial<Record<NonNullable<Motion['kind']>, number>> = { teleport: 2 };
const SECONDS = 4;
/** Slower takes do not show a fall. */
const LEAST_RATE = 14;
const MOST_PER_GROUP = 2;

/** Renders moving things over every take into `cache`; what is there already is kept. */
export async function plantPhysics(takes: readonly Take[], cache: string): Promise<Motion[]> {
  mkdirSync(cache, { recursive: true });
  const perGroup = new Map<string, number>();
  const made: Motion[] = [];
  for (const [index, take] of takes.entries()) {
    const count = perGroup.get(take.group) ?? 0;
    if (count >= MOST_PER_GROUP) continue;
    perGroup.set(take.group, count + 1);
    const list = join(cache, `${basename(take.name)}-${FORM}.json`);
    if (!existsSync(list))
      writeFileSync(list, JSON.stringify(await plantTake(take, takes[(index + 11) % takes.length], cache)));
    made.push(...(JSON.parse(readFileSync(list, 'utf8')) as Motion[]));
  }
  return made;
}

async function plantTake(take: Take, other: Take, cache: string): Promise<Motion[]> {
  const film = await readFilm(take.path, SECONDS);
  const { frames, rate, width } = film;
  if (rate < LEAST_RATE || frames.length < 1.9 * rate) return [];
  const random = seeded(hash(`${take.name} physics`));
  const source = await readFilm(other.path, 1);
  const made: Motion[] = [];
  const keep = async (
    render: () => Film,
    kind: Motion['kind'],
    way: string,
    start: number,
    end: number,
    places?: Motion['places'],
  ): Promise<void> => {
    const form = kind && FORMS[kind] ? `-${FORMS[kind]}` : '';
    const path = join(cache, `${basename(take.name)}-${kind ?? 'natural'}-${way}${form}.mp4`);
    if (!existsSync(path)) await writeFilm(render(), path);
    made.push({ path, take: take.name, half: take.half, kind, way, start, end, places });
  };
  const sprite = (): Sprite => cutSprite(film, source, random);
  const size = () => width * (0.08 + 0.06 * random());
  const count = frames.length;
  const middle = Math.round(count * (0.4 + 0.2 * random()));

  // Things that fly by.
  for (const [way, far] of [
    ['near', 0.15],
    ['far', 0.35],
  ] as const) {
    const fly = flying(film, size(), random);
    const angle = random() * 2 * Math.PI;
    const [dx, dy] = [far * width * Math.cos(angle), far * width * Math.sin(angle) * 0.6];
    // To the side on which it stays in the picture; the whole way from there on is moved by as much, so that it jumps once.
    const there = fly(middle);
    const sideX = there && (there.x + dx > 0.9 * width || there.x + dx < 0.1 * width) ? -1 : 1;
    const sideY = there && within(film, there.y + dy) ? 1 : -1;
    const moved: Course = time => {
      const place = fly(time);
      return place && time >= middle ? { ...place, x: place.x + sideX * dx, y: place.y + sideY * dy } : place;
    };
    const thing = sprite();
    const places = [middle - 1, middle]
      .flatMap(time => moved(time) ?? [])
      .map(({ x, y }) => ({ x: x / width, y: y / width }));
    await keep(() => animate(film, thing, moved), 'teleport', way, middle, middle + 1, places);
  }
  for (const [way, factor] of [
    ['grows', 1.45],
    ['shrinks', 0.69],
    ['grows-much', 1.8],
  ] as const) {
    const fly = flying(film, size(), random);
    const popped: Course = time => {
      const place = fly(time);
      return place && time >= middle ? { ...place, size: place.size * factor } : place;
    };
    const thing = sprite();
    await keep(() => animate(film, thing, popped), 'scale-pop', way, middle, middle + 1);
  }
  if (rate >= 20) {
    for (const way of ['bounces', 'thud'] as const) {
      const fall = falling(film, size(), random, way === 'bounces' ? 0.65 : 0);
      const back: Course = time => fall.course(count - 1 - time);
      const thing = sprite();
      await keep(() => animate(film, thing, back), 'reversed-fall', way, count - 1 - fall.rests, count - fall.starts);
      const again = falling(film, size(), random, way === 'bounces' ? 0.65 : 0);
      const other = sprite();
      await keep(() => animate(film, other, again.course), null, way, 0, count);
    }
  }
  const lawful = async (way: string, thing: Sprite, course: Course, whole = (result: Film) => result): Promise<void> =>
    keep(() => whole(animate(film, thing, course)), null, way, 0, count);
  await lawful('flies', sprite(), flying(film, size(), random));
  await lawful('thrown', sprite(), thrown(film, size(), random));
  const start = flying(film, size() * 0.7, random);
  const nearer: Course = time => {
    const place = start(time);
    return place && { ...place, size: place.size * 2 ** (time / count) };
  };
  await lawful('approaches', sprite(), nearer);
  const caught = flying(film, size(), random);
  await lawful('caught', sprite(), time => caught(Math.min(time, middle)));
  await lawful('zoom', sprite(), flying(film, size(), random), result => zoomIn(result, 1.5));
  return made;
}

const within = ({ height }: Film, y: number): boolean => y > 0.12 * height && y < 0.88 * height;

/** Across the picture on a slightly bent path; enters in the first quarter and is out near the end. */
function flying({ width, height, frames }: Film, size: number, random: () => number): Course {
  const count = frames.length;
  const toRight = random() < 0.5;
  const y0 = height * (0.3 + 0.4 * random());
  const bend = height * 0.3 * (random() - 0.5);
  const tilt = height * 0.25 * (random() - 0.5);
  return time => {
    const t = time / (count - 1);
    const x = -size + (width + 2 * size) * (toRight ? t : 1 - t);
    return { x, y: y0 + tilt * (t - 0.5) + bend * 4 * (t - 0.5) ** 2, size };
  };
}

/** A ball thrown from one side below to the other: up and down again. */
function thrown({ width, height, frames, rate }: Film, size: number, random: () => number): Course {
  const span = Math.min(frames.length - 1, Math.round(rate * (1 + random())));
  const begin = Math.round((frames.length - span) * random());
  const rise = height * (0.7 + 0.25 * random());
  return time => {
    const t = (time - begin) / span;
    if (t < 0 || t > 1) return null;
    return { x: width * (0.05 + 0.9 * t), y: height + size - (rise + size) * 4 * t * (1 - t), size };
  };
}

/** A thing that hangs, drops, bounces (each time with `keeps` of its speed) and rests. */
function falling({ width, height, frames, rate }: Film, size: number, random: () => number, keeps: number) {
  const count = frames.length;
  const top = height * (0.15 + 0.1 * random());
  const floor = height * (0.8 + 0.08 * random());
  const starts = Math.round(count * 0.3);
  const fallTime = rate * (0.35 + 0.3 * random());
  const gravity = (2 * (floor - top)) / fallTime ** 2;
  const x0 = width * (0.3 + 0.4 * random());
  const drift = keeps > 0 ? (width * 0.1 * (random() - 0.5)) / rate : 0;
  const speed = gravity * fallTime;
  const flights: { from: number; speed: number; length: number }[] = [];
  let from = starts + fallTime;
  for (let up = speed * keeps; up > speed * 0.12 && up > 0.5; up *= keeps) {
    const length = (2 * up) / gravity;
    flights.push({ from, speed: up, length });
    from += length;
  }
  const rests = Math.min(count - 1, Math.ceil(from));
  const course: Course = time => {
    const x = x0 + drift * Math.max(0, Math.min(time, from) - starts);
    if (time < starts) return { x, y: top, size };
    if (time < starts + fallTime) return { x, y: top + 0.5 * gravity * (time - starts) ** 2, size };
    const flight = flights.find(f => time >= f.from && time < f.from + f.length);
    if (!flight) return { x, y: floor, size };
    const t = time - flight.from;
    return { x, y: floor - flight.speed * t + 0.5 * gravity * t * t, size };
  };
  return { course, starts, rests };
}

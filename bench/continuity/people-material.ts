import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { seeded } from '../../fixtures/random.ts';
import type { Lab } from '../../src/colour.ts';
import { hash } from '../cuts/random.ts';
import { type Film, readFilm, writeFilm } from './frames.ts';
import type { Take } from './material.ts';
import { masksOf } from './people-masks.ts';
import { change, passPanel, reframe, relight } from './people-plants.ts';

/** A rendered clip in which what somebody wears, or the hair, changes; `kind` null: a look-alike. */
export interface Dressed {
  path: string;
  take: string;
  half: Take['half'];
  kind: 'clothes' | 'pattern' | 'hair' | null;
  way: string;
  strength: number;
  start: number;
  end: number;
}

/** Raised when rendering changes. */
const FORM = 1;
const SECONDS = 3;
const SIDE = 448;
const MOST_PER_GROUP = 2;
/** Face height in widths of the picture, and share of the frames that must show it. */
const LEAST = { size: 0.07, shown: 0.9, seconds: 1.9, rate: 12 };
const STRENGTHS = [10, 20, 35] as const;

/** Renders changes of clothes and hair, and look-alikes, over every take that shows a face long enough; what is there is kept. */
export async function plantPeople(takes: readonly Take[], cache: string): Promise<Dressed[]> {
  mkdirSync(cache, { recursive: true });
  const perGroup = new Map<string, number>();
  const made: Dressed[] = [];
  for (const [index, take] of takes.entries()) {
    const count = perGroup.get(take.group) ?? 0;
    if (count >= MOST_PER_GROUP) continue;
    const list = join(cache, `${basename(take.name)}-${FORM}.json`);
    if (!existsSync(list))
      writeFileSync(list, JSON.stringify(await plantTake(take, takes[(index + 11) % takes.length], cache)));
    const plants = JSON.parse(readFileSync(list, 'utf8')) as Dressed[];
    if (plants.length > 0) perGroup.set(take.group, count + 1);
    made.push(...plants);
  }
  return made;
}

async function plantTake(take: Take, other: Take, cache: string): Promise<Dressed[]> {
  const film = await readFilm(take.path, SECONDS, 0, SIDE);
  const { frames, rate } = film;
  const count = frames.length;
  if (rate < LEAST.rate || count < LEAST.seconds * rate) return [];
  const masks = await masksOf(take.path, count);
  const sizes = masks.filter(mask => mask !== null).map(({ size }) => size);
  if (sizes.length < LEAST.shown * count || sizes.sort((a, b) => a - b)[sizes.length >> 1] < LEAST.size) return [];
  const random = seeded(hash(`${take.name} people`));
  const made: Dressed[] = [];
  const keep = async (
    result: Film,
    kind: Dressed['kind'],
    way: string,
    strength: number,
    start: number,
    end: number,
  ) => {
    const path = join(cache, `${basename(take.name)}-${kind ?? 'natural'}-${way}-${strength}.mp4`);
    await writeFilm(result, path);
    made.push({ path, take: take.name, half: take.half, kind, way, strength, start, end });
  };
  const ramp = (from: number, length: number) => (frame: number) => Math.min(1, Math.max(0, (frame - from) / length));
  const anywhere = (length: number) => Math.round((count - length) * (0.35 + 0.3 * random()));
  const shift = (strength: number): { shift: Lab } => {
    const angle = 2 * Math.PI * random();
    const light = strength * 0.5 * (random() - 0.5);
    const chroma = Math.sqrt(strength ** 2 - light ** 2);
    return { shift: [light, chroma * Math.cos(angle), chroma * Math.sin(angle)] };
  };
  const other1 = await readFilm(other.path, 0.2, 0, SIDE);
  for (const strength of STRENGTHS) {
    const length = Math.min(Math.round(12 + 48 * random()), Math.round(count * 0.4));
    const from = anywhere(length);
    await keep(
      change(film, masks, 'clothes', shift(strength), ramp(from, length)),
      'clothes',
      'slowly',
      strength,
      from,
      from + length,
    );
  }
  const steps = Math.min(Math.round(1.2 * rate), Math.round(count * 0.35));
  const begin = anywhere(steps);
  const hidden = begin + (steps >> 1);
  const after = (at: number) => (frame: number) => (frame >= at ? 1 : 0);
  for (const strength of [20, 35])
    await keep(
      passPanel(change(film, masks, 'clothes', shift(strength), after(hidden)), other1, begin, begin + steps),
      'clothes',
      'hidden',
      strength,
      begin,
      begin + steps,
    );
  await keep(passPanel(film, other1, begin, begin + steps), null, 'hidden', 0, begin, begin + steps);
  const cut = anywhere(0);
  const [x, y] = [masks[cut]?.x ?? 0.5, masks[cut]?.y ?? 0.4];
  for (const strength of [20, 35])
    await keep(
      reframe(change(film, masks, 'clothes', shift(strength), after(cut)), cut, 1.25, x, y),
      'clothes',
      'cut',
      strength,
      cut,
      cut + 1,
    );
  await keep(reframe(film, cut, 1.25, x, y), null, 'cut', 0, cut, cut + 1);
  const length = Math.min(30, Math.round(count * 0.4));
  const from = anywhere(length);
  const slowly = ramp(from, length);
  await keep(change(film, masks, 'clothes', { stripes: 24 }, slowly), 'pattern', 'comes', 24, from, from + length);
  await keep(
    change(film, masks, 'clothes', { stripes: 24 }, frame => 1 - slowly(frame)),
    'pattern',
    'goes',
    24,
    from,
    from + length,
  );
  for (const strength of [20, 35])
    await keep(change(film, masks, 'hair', shift(strength), slowly), 'hair', 'slowly', strength, from, from + length);
  await keep(
    relight(
      film,
      frame => 1 - 0.35 * slowly(frame),
      () => 0,
    ),
    null,
    'darker',
    0,
    from,
    from + length,
  );
  await keep(
    relight(
      film,
      () => 1,
      frame => 10 * slowly(frame),
    ),
    null,
    'warmer',
    0,
    from,
    from + length,
  );
  await keep(change(film, masks, 'clothes', { shade: -0.3 }, slowly), null, 'shaded', 0, from, from + length);
  return made;
}

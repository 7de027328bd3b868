import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { seeded } from '../../fixtures/random.ts';
import { hash } from '../cuts/random.ts';
import {
  fitted,
  livingMatte,
  mirrored,
  moveWhite,
  type Planted,
  panAndReturn,
  passBy,
  type Region,
  swapBackground,
  turnLight,
} from './environment-plants.ts';
import { readFilm, writeFilm } from './frames.ts';
import type { Take } from './material.ts';

export type Strength = 'weak' | 'medium' | 'strong';

/** A rendered clip with one planted fault, or a natural event that is none (`kind` null). */
export interface Plant {
  path: string;
  take: string;
  half: Take['half'];
  kind: 'light' | 'white-balance' | 'background-swap' | null;
  /** How it comes about: `jump`, `drift`, `fade`, `passed`, `return` … */
  way: string;
  strength: Strength;
  start: number;
  end: number;
  /** Share of the picture that is changed. */
  area: number;
}

/** Raised when the rendering of swaps changes. */
const FORM = 2;
/** Logarithms: the light at the edge, red and blue each. Medium is a fifth brighter at one edge and darker at the other. */
export const LIGHT: Record<Strength, number> = { weak: 0.12, medium: 0.22, strong: 0.4 };
export const WHITE: Record<Strength, number> = { weak: 0.06, medium: 0.11, strong: 0.2 };
const SECONDS = 5;
/** Least length of a take and share of living picture for swaps behind people. */
const LEAST_SECONDS = 1.9;
const MATTE = { least: 0.02, most: 0.6 };
/** Mean difference of the two places from which a swap can be seen at all, luma codes. */
const VISIBLE = 20;
const MOST_PER_GROUP = 2;

/**
 * Renders planted clips of every take into `cache` and returns their list; what is there already is kept.
 */
export async function plantEnvironment(takes: readonly Take[], cache: string): Promise<Plant[]> {
  mkdirSync(cache, { recursive: true });
  const perGroup = new Map<string, number>();
  const plants: Plant[] = [];
  for (const [index, take] of takes.entries()) {
    const count = perGroup.get(take.group) ?? 0;
    if (count >= MOST_PER_GROUP) continue;
    perGroup.set(take.group, count + 1);
    const list = join(cache, `${basename(take.name)}-${FORM}.json`);
    if (!existsSync(list)) {
      const others = [takes[(index + 7) % takes.length], takes[(index + 19) % takes.length]];
      writeFileSync(list, JSON.stringify(await plantTake(take, others, cache)));
    }
    plants.push(...(JSON.parse(readFileSync(list, 'utf8')) as Plant[]));
  }
  return plants;
}

async function plantTake(take: Take, others: readonly Take[], cache: string): Promise<Plant[]> {
  const film = await readFilm(take.path, SECONDS);
  const { frames, rate, width, height } = film;
  const count = frames.length;
  if (count / rate < LEAST_SECONDS || count < 14) return [];
  const random = seeded(hash(take.name));
  const plants: Plant[] = [];
  const keep = async (
    planted: Planted,
    kind: Plant['kind'],
    way: string,
    strength: Strength,
    area = 1,
  ): Promise<void> => {
    const form = kind === 'light' || kind === 'white-balance' ? '' : `-${FORM}`;
    const path = join(cache, `${basename(take.name)}-${kind ?? 'natural'}-${way}-${strength}${form}.mp4`);
    if (!existsSync(path)) await writeFilm(planted.film, path);
    plants.push({
      path,
      take: take.name,
      half: take.half,
      kind,
      way,
      strength,
      start: planted.start,
      end: planted.end,
      area,
    });
  };
  const at = (share: number) => Math.round(share * count);

  for (const strength of ['weak', 'medium', 'strong'] as const) {
    for (const way of ['jump', 'drift'] as const) {
      if (strength !== 'medium' && random() < 0.5) continue;
      const [start, end] = way === 'jump' ? [at(0.5), at(0.5)] : [at(0.25), at(0.8)];
      const sign = random() < 0.5 ? -1 : 1;
      await keep(turnLight(film, LIGHT[strength], random() * 2 * Math.PI, start, end), 'light', way, strength);
      const [warm, cool] = [sign * WHITE[strength], -sign * WHITE[strength]];
      await keep(moveWhite(film, warm, cool, start, end), 'white-balance', way, strength);
    }
  }

  const { matte, share } = livingMatte(film);
  const foreign = await readFilm(others[0].path, 1);
  const walker = await readFilm(others[1].path, 2);
  const places = [fitted(film, foreign, foreign.frames[0]), fitted(film, walker, walker.frames[0])];
  const mirror = mirrored(film, frames[0]);
  const right = random() < 0.5;
  const regions: Record<Strength, Region> = {
    weak: x => (right ? x > 0.8 * width : x < 0.2 * width),
    medium: x => (right ? x > 0.55 * width : x < 0.45 * width),
    strong: () => true,
  };
  const areaOf = (region: Region, kept: Uint8Array | null): number => {
    let sum = 0;
    for (let i = 0; i < width * height; i++) if (!kept?.[i] && region(i % width, Math.floor(i / width))) sum++;
    return sum / (width * height);
  };
  const none = new Uint8Array(width * height);
  const visible = (other: Uint8Array, region: Region, kept: Uint8Array): boolean => {
    let [sum, pixels] = [0, 0];
    for (let i = 0; i < width * height; i++) {
      if (kept[i] || !region(i % width, Math.floor(i / width))) continue;
      sum += Math.abs(other[i] - frames[0][i]);
      pixels++;
    }
    return sum > VISIBLE * pixels;
  };
  const behind: Region = x => x < 0.25 * width;
  for (const strength of ['medium', 'strong'] as const) {
    const region = regions[strength];
    const place = places.find(other => visible(other, region, matte));
    if (!place) continue;
    const another = visible(mirror, region, matte) ? mirror : place;
    if (share > MATTE.least && share < MATTE.most) {
      const area = areaOf(region, matte);
      const middle = at(0.5);
      await keep(
        swapBackground(film, matte, place, region, middle, middle + 1),
        'background-swap',
        'jump',
        strength,
        area,
      );
      const slow = Math.round(rate * 0.6);
      await keep(
        swapBackground(film, matte, another, region, middle - (slow >> 1), middle + (slow >> 1)),
        'background-swap',
        'fade',
        strength,
        area,
      );
    }
    if (share > MATTE.most || count / rate < 3) continue;
    const [enters, leaves] = [at(0.35), Math.min(at(0.65), at(0.35) + Math.round(1.2 * rate))];
    const area = areaOf(region, none);
    await keep(passBy(film, walker, place, region, enters, leaves), 'background-swap', 'passed', strength, area);
    if (width > height) {
      await keep(
        panAndReturn(film, place, strength === 'strong' ? regions.strong : behind),
        'background-swap',
        'return',
        strength,
        strength === 'strong' ? 1 : 0.5,
      );
    }
  }
  if (share < MATTE.most && count / rate >= 3) {
    const [enters, leaves] = [at(0.35), at(0.65)];
    const all = regions.strong;
    await keep(passBy(film, walker, null, all, enters, leaves), null, 'passes', 'strong', 0);
    await keep(passBy(film, walker, null, all, enters, leaves, { stopAt: 0.5 }), null, 'arrives', 'strong', 0);
    await keep(passBy(film, walker, null, all, enters, leaves, { from: 0.5 }), null, 'leaves', 'strong', 0);
    if (width > height) await keep(panAndReturn(film, null, all), null, 'returns', 'strong', 0);
  }
  return plants;
}

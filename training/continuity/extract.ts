/**
 * Plants faults and look-alikes in real, uncut takes and keeps what the product's own observers measure of them. Takes are
 * decoded once; a third of the films goes through x264. Resumable: films that are already kept are skipped.
 *
 *     npx tsx training/continuity/extract.ts <data folder> [films per take] [cache folder]
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realTakes, type Take } from '../../bench/continuity/material.ts';
import { hash } from '../../bench/cuts/random.ts';
import type { Clip, ClipFacts } from '../../src/clip.ts';
import { decode } from '../../src/media/decode.ts';
import { probe } from '../../src/media/probe.ts';
import { continuity } from '../../src/observers/continuity/continuity.ts';
import { FADES } from '../../src/observers/continuity/fade-measures.ts';
import { CONTINUITY_FEATURES } from '../../src/observers/continuity/feature-names.ts';
import { observersFor } from '../../src/observers/index.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import type { Measured } from '../../src/signals.ts';
import { asPicture, Dice, type Film, packed, type Still } from './film.ts';
import { FAULTS, LOOKALIKES, type Plant } from './plant.ts';
import { planted } from './plants.ts';

const [folder, perTake = '2', cache = 'training/cache/continuity'] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the data folder');

/** Longest film that faults are planted in, and longest stretch of an untouched take, in frames. */
const LONGEST = 240;
const LONGEST_UNTOUCHED = 300;
/** Takes of one group that faults are planted in. */
const PER_GROUP = 4;
const QUALITIES = [20, 26, 31];
/** The films of each take in which things come and go gradually, and what looks like that. */
const SLOW_FILMS = ['slow0', 'slow1', 'slow2', 'uneven0', 'uneven1'];
const SLOW = ['slow-appear', 'slow-vanish', 'slow-appear', 'slow-vanish', 'occluder', 'enter'] as const;

const observers = (): readonly AnyObserver[] => [
  ...observersFor(new Set(shotSignals)).filter(({ id }) => id !== continuity.id),
  continuity,
];

/** Runs the observers over a film as if it had been decoded. */
async function measure(film: Film, clip: Clip): Promise<{ signals: Measured; facts: ClipFacts }> {
  const times = Float64Array.from(film.frames, (_, i) => i / film.fps);
  const fps = { num: Math.round(film.fps * 1000), den: 1000 };
  const shown: Clip = { ...clip, times, video: { ...clip.video, width: film.width, height: film.height, fps } };
  const signals: Measured = {};
  const size = { width: film.width, height: film.height };
  const runs = await Promise.all(observers().map(one => one.start({ clip: shown, analysis: size, small: size })));
  for (const [index, still] of film.frames.entries()) {
    const picture = asPicture(still, film);
    for (const run of runs) await run.frame?.({ index, analysis: picture, small: picture });
  }
  for (const run of runs) Object.assign(signals, await run.finish());
  return { signals, facts: { ...shown, frames: film.frames.length, times } };
}

async function readFilm(clip: Clip): Promise<Film> {
  const decoding = await decode(clip, { audio: false });
  try {
    const frames: Still[] = [];
    for await (const { small } of decoding.frames) frames.push(packed(small));
    return { ...decoding.small, fps: clip.video.fps.num / clip.video.fps.den, frames };
  } finally {
    await decoding.close();
  }
}

/** The film as it comes back from x264 at a quality. */
async function recoded(film: Film, quality: number): Promise<Film> {
  const home = await mkdtemp(join(tmpdir(), 'retake-film-'));
  try {
    const { width, height, fps } = film;
    const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps)];
    const [plain, coded, back] = ['in.yuv', 'film.mkv', 'out.yuv'].map(name => join(home, name));
    await writeFile(plain, Buffer.concat(film.frames.flatMap(({ y, u, v }) => [y, u, v])));
    const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(quality), '-threads', '1'];
    const quiet = ['-v', 'error', '-y', '-threads', '1'];
    const there = spawnSync('ffmpeg', [...quiet, ...raw, '-i', plain, ...x264, coded]);
    const here = spawnSync('ffmpeg', [...quiet, '-i', coded, '-fps_mode', 'passthrough', ...raw.slice(0, 4), back]);
    if (there.status !== 0 || here.status !== 0) throw new Error(`${there.stderr}${here.stderr}`);
    const bytes = new Uint8Array(await readFile(back));
    const whole = (width * height * 3) / 2;
    const frames = Array.from({ length: Math.floor(bytes.length / whole) }, (_, i) => {
      const at = i * whole;
      const luma = width * height;
      return {
        y: bytes.slice(at, at + luma),
        u: bytes.slice(at + luma, at + luma * 1.25),
        v: bytes.slice(at + luma * 1.25, at + whole),
      };
    });
    if (frames.length !== film.frames.length) throw new Error('x264 dropped frames');
    return { ...film, frames };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function keep(name: string, take: Take, film: Film, clip: Clip, plants: readonly Plant[], how: object) {
  const { signals, facts } = await measure(film, clip);
  const { cuts } = findShots(signals, facts);
  const { features, boxes, fades, fadeBoxes, repeats } = signals.continuity!;
  const about = { take: take.name, group: take.group, fps: film.fps, width: film.width, height: film.height, ...how };
  const meta = { ...about, frames: film.frames.length, names: CONTINUITY_FEATURES, fades: FADES, cuts, plants };
  const kept = [features, boxes, fades, fadeBoxes, repeats, signals.frameDifference!, signals.lumaGrid!];
  const values = Buffer.concat(kept.map(series => new Uint8Array(series.buffer)));
  await writeFile(join(cache, `${name}.f32`), values);
  await writeFile(join(cache, `${name}.json.part`), JSON.stringify(meta));
  await rename(join(cache, `${name}.json.part`), join(cache, `${name}.json`));
}

await mkdir(cache, { recursive: true });
// In an order that mixes the kinds of takes, so that a stop half-way leaves a fair share.
const takes = realTakes(folder).sort((a, b) => hash(a.name) - hash(b.name));
/** Where pasted things come from: a few frames of the takes read so far, of other groups. */
const perGroup = new Map<string, number>();
const donors: { group: string; film: Film }[] = [];
for (const take of takes) {
  const number = (perGroup.get(take.group) ?? 0) + 1;
  perGroup.set(take.group, number);
  const id = take.name.replace(/[^\w.-]+/g, '@');
  const films = [...Array.from({ length: Number(perTake) }, (_, i) => `${i}`), ...SLOW_FILMS, 'as-is'];
  try {
    const clip = await probe(take.path);
    const whole = await readFilm(clip);
    const step = Math.max(1, Math.floor(whole.frames.length / 4));
    donors.push({ group: take.group, film: { ...whole, frames: whole.frames.filter((_, i) => i % step === 0) } });
    for (const name of films) {
      const file = `${id}@${name}`;
      if (existsSync(join(cache, `${file}.json`))) continue;
      if (name === 'as-is') {
        const frames = whole.frames.slice(0, LONGEST_UNTOUCHED);
        await keep(file, take, { ...whole, frames }, clip, [], { variant: name });
        continue;
      }
      const dice = new Dice(file);
      const others = donors.filter(({ group }) => group !== take.group);
      if (whole.frames.length < 60 || others.length === 0 || number > PER_GROUP) continue;
      const from = dice.whole(0, Math.max(0, whole.frames.length - LONGEST));
      let film: Film = { ...whole, frames: whole.frames.slice(from, from + LONGEST) };
      const every = film.fps >= 23 && film.frames.length > 150 && dice.chance(0.2) ? 2 : 1;
      if (every > 1) film = { ...film, fps: film.fps / every, frames: film.frames.filter((_, i) => i % every === 0) };
      // One film of seven has look-alikes only.
      const mixed = dice.chance(0.15) ? LOOKALIKES : dice.chance(0.6) ? FAULTS : [...FAULTS, ...LOOKALIKES];
      const kinds = SLOW_FILMS.includes(name) ? SLOW : mixed;
      const { film: made, plants } = planted(film, dice.pick(others).film, kinds, file, name.startsWith('uneven'));
      const quality = dice.chance(0.4) ? dice.pick(QUALITIES) : 0;
      const shown = quality ? await recoded(made, quality) : made;
      await keep(file, take, shown, clip, plants, { variant: name, every, quality });
    }
    process.stdout.write(`${take.name}: ${whole.frames.length} frames\n`);
  } catch (thrown) {
    process.stdout.write(`${take.name}: ${thrown}\n`);
  }
}

/**
 * Limits of continuity within a scene: `npm run bench:joins -- <folder of clips> …`.
 *
 * Joins are built out of single shots. A shot of every clip is split in two with a gap between: one scene, which must
 * pass (as it is, and with one half reframed to a closer or a displaced view). The same join with a planted fault must be
 * flagged: another colour temperature or exposure, another level of sound, another person's face, other clothes; so must
 * halves of different clips. Clips are split into a tuning and a reporting half by where they come from (the part of the
 * file name before `__`); limits are read from the tuning half alone, at 5 % of good joins flagged.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { frameTime } from '../src/clip.ts';
import { colourDistance, meanColour } from '../src/gate/film/colour.ts';
import {
  closestFaces,
  clothesBelow,
  colourJump,
  type FaceSample,
  firstOf,
  lastOf,
  levelOf,
  listened,
  samplesIn,
} from '../src/gate/film/join.ts';
import { probe } from '../src/media/probe.ts';
import { grabStills } from '../src/media/stills.ts';
import { observe } from '../src/observe.ts';
import { identityObserver } from '../src/observers/identity.ts';
import { observersFor } from '../src/observers/index.ts';
import { voice } from '../src/observers/voice.ts';
import { findShots, shotSignals } from '../src/signals/shots.ts';

const run = promisify(execFile);
const folders = process.argv.slice(2).filter(argument => argument !== '--');
if (folders.length === 0) throw new Error('usage: npm run bench:joins -- <folder of clips> …');
const CACHE = 'bench/cache/joins';
await mkdir(CACHE, { recursive: true });

interface Side {
  stills: Buffer[];
  faces: (FaceSample & { still: Buffer })[];
  /** LUFS of the first half's end, of the second half's beginning. */
  level: number | null;
}
interface Split {
  name: string;
  group: string;
  video: { width: number; height: number };
  before: Side;
  after: Side;
}

/** Vectors and pictures as base64 on the way through the cache. */
const packed = (_key: string, value: unknown): unknown => {
  if (value && typeof value === 'object' && (value as { type?: string }).type === 'Buffer')
    return { base64: Buffer.from((value as { data: number[] }).data).toString('base64') };
  if (value instanceof Int16Array)
    return { int16: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  return value;
};
const unpacked = (_key: string, value: { base64?: string; int16?: string } | null): unknown => {
  if (value?.base64 !== undefined) return Buffer.from(value.base64, 'base64');
  if (value?.int16 === undefined) return value;
  const bytes = Uint8Array.from(Buffer.from(value.int16, 'base64'));
  return new Int16Array(bytes.buffer);
};

async function splitOf(path: string): Promise<Split | null> {
  const name = basename(path);
  const kept = join(CACHE, `${name}.json`);
  const known = await readFile(kept, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known, unpacked) as Split | null;
  const split = await measure(path, name);
  await writeFile(kept, JSON.stringify(split, packed));
  return split;
}

async function measure(path: string, name: string): Promise<Split | null> {
  let probed = await probe(path);
  if (probed.seconds > 15) {
    const short = join(CACHE, `short-${name.replace(/\.\w+$/, '')}.mkv`);
    if (!(await stat(short).catch(() => null)))
      await run('ffmpeg', ['-v', 'error', '-i', path, '-t', '12', '-c', 'copy', '-y', short]);
    probed = await probe(short);
  }
  const observers = [...observersFor(new Set(shotSignals)), identityObserver({ sample: 3 }), voice];
  const { clip, signals } = await observe(probed, observers, { loudness: true });
  const [shot] = findShots(signals, clip).shots.sort((a, b) => b.end - b.start - (a.end - a.start));
  const fps = clip.video.fps.num / clip.video.fps.den;
  const length = shot.end - shot.start;
  if (length / fps < 1.5) return null;
  const middle = (shot.start + shot.end) >> 1;
  const gap = Math.round(Math.min(0.5 * fps, 0.1 * length));
  const halves = [
    { start: shot.start, end: middle - gap },
    { start: middle + gap, end: shot.end },
  ] as const;
  const { identities, loudness } = signals;
  const faces = halves.map(half => (identities ? samplesIn(identities, half) : []));
  const wanted = [lastOf(halves[0]), firstOf(halves[1])];
  const stills = await grabStills(clip, [...wanted.flat(), ...faces.flat().map(({ frame }) => frame)].slice(0, 300), {
    maxSide: 320,
  });
  const seconds = halves.map(({ start, end }) => ({ start: frameTime(clip, start), end: frameTime(clip, end - 1) }));
  const spans = listened(seconds[0], seconds[1]);
  const side = (k: 0 | 1): Side => ({
    stills: wanted[k].flatMap(frame => stills.get(frame)?.jpeg ?? []),
    faces: faces[k].flatMap(face => {
      const still = stills.get(face.frame)?.jpeg;
      return still ? [{ ...face, still }] : [];
    }),
    level: clip.audio && loudness ? levelOf(loudness, spans[k]) : null,
  });
  const { width, height } = clip.video;
  return { name, group: name.split('__')[0], video: { width, height }, before: side(0), after: side(1) };
}

const splits: Split[] = [];
for (const folder of folders)
  for (const name of (await readdir(folder)).sort()) {
    try {
      const split = await splitOf(join(folder, name));
      if (split) splits.push(split);
    } catch (error) {
      console.log(`${name}: left out (${(error as Error).message})`);
    }
  }
const groups = [...new Set(splits.map(({ group }) => group))].sort();
/** Every other source tunes. */
const tunes = ({ group }: Split): boolean => groups.indexOf(group) % 2 === 0;
console.log(`${splits.length} shots of ${groups.length} sources, ${splits.filter(tunes).length} of them for tuning`);

/** What is done to a picture: a number near 1 per channel, or a function of its own. */
type Change = (image: Sharp, size: { width: number; height: number }) => Sharp;
const gains =
  (red: number, green: number, blue: number): Change =>
  image =>
    image.linear([red, green, blue], [0, 0, 0]);
const closer =
  (left: number, top: number, share: number): Change =>
  (image, { width, height }) =>
    image.extract({
      left: Math.floor(left * width),
      top: Math.floor(top * height),
      width: Math.floor(share * width),
      height: Math.floor(share * height),
    });
const change = async (still: Buffer, how: Change): Promise<Buffer> => {
  const { width, height } = await sharp(still).metadata();
  return how(sharp(still).removeAlpha(), { width, height }).jpeg({ quality: 90 }).toBuffer();
};

/** Figures of joins, by what they are. Good ones come first and must stay below the limit (above it for likeness). */
interface Measure {
  name: string;
  unit: string;
  /** Whether more is worse. */
  rises: boolean;
  /** What the limit was read from, and what is told beside it. */
  good: string[];
  candidates: number[];
  rows: { kind: string; tuning: boolean; value: number }[];
}
const measureOf = (name: string, unit: string, rises: boolean, good: string[], candidates: number[]): Measure => ({
  ...{ name, unit, rises, good, candidates },
  rows: [],
});
/** Halves of other clips of the same half of the data, from other sources: at most `most` per clip, spread over them. */
const others = (split: Split, most: number): Split[] => {
  const able = splits.filter(other => other.group !== split.group && tunes(other) === tunes(split));
  const step = Math.max(1, Math.floor(able.length / most));
  const from = splits.indexOf(split) % step;
  return able.filter((_, i) => i % step === from).slice(0, most);
};

async function colours(): Promise<Measure> {
  const measure = measureOf('colour', 'ΔE', true, ['as it is', 'reframed'], [6, 8, 10, 12, 14, 16, 18, 20, 24]);
  const kinds: Record<string, Change> = {
    reframed: closer(0.05, 0.05, 0.65),
    'displaced view': closer(0.35, 0.2, 0.6),
    'temperature ±10 %': gains(1.1, 1, 0.9),
    'temperature ±20 %': gains(1.2, 1, 0.8),
    'temperature ±30 %': gains(1.3, 1, 0.7),
    'green +15 %': gains(0.95, 1.15, 0.95),
    'exposure −1 stop': gains(0.72, 0.72, 0.72),
    'exposure −2 stops': gains(0.52, 0.52, 0.52),
  };
  measure.good.push('displaced view');
  for (const split of splits) {
    const add = (kind: string, value: number | null) =>
      value !== null && measure.rows.push({ kind, tuning: tunes(split), value });
    add('as it is', await colourJump(split.before.stills, split.after.stills));
    for (const [kind, how] of Object.entries(kinds)) {
      const changed = await Promise.all(split.after.stills.map(still => change(still, how)));
      add(kind, await colourJump(split.before.stills, changed));
    }
    for (const other of others(split, 6)) add('other clip', await colourJump(split.before.stills, other.after.stills));
  }
  return measure;
}

function levels(): Measure {
  const measure = measureOf('loudness', 'LU', true, ['as it is'], [3, 4, 5, 6, 7, 8, 9, 10, 12]);
  for (const split of splits) {
    const { level: a } = split.before;
    const { level: b } = split.after;
    if (a === null || b === null) continue;
    const add = (kind: string, value: number) =>
      measure.rows.push({ kind, tuning: tunes(split), value: Math.abs(value) });
    add('as it is', b - a);
    for (const gain of [6, 9, 12, 18]) for (const sign of [-1, 1]) add(`sound ±${gain} dB`, b - a + sign * gain);
    for (const other of others(split, 6)) if (other.after.level !== null) add('other clip', other.after.level - a);
  }
  return measure;
}

function faces(): Measure {
  const measure = measureOf(
    'identity',
    'cosine',
    false,
    ['same person'],
    [0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7],
  );
  for (const split of splits) {
    const same = closestFaces(split.before.faces, split.after.faces);
    if (!same) continue;
    measure.rows.push({ kind: 'same person', tuning: tunes(split), value: same.cosine });
    for (const other of others(split, 60)) {
      const pair = closestFaces(split.before.faces, other.after.faces);
      if (pair) measure.rows.push({ kind: 'other person', tuning: tunes(split), value: pair.cosine });
    }
  }
  return measure;
}

async function clothes(): Promise<Measure> {
  const measure = measureOf('wardrobe', 'ΔE', true, ['same clothes'], [8, 10, 12, 15, 18, 20, 25, 30, 35]);
  const kinds: Record<string, Change> = {
    'hue turned 60°': image => image.modulate({ hue: 60 }),
    'hue turned 120°': image => image.modulate({ hue: 120 }),
    'tinted red': gains(1.5, 0.7, 0.7),
    'lightness × 0.4': gains(0.4, 0.4, 0.4),
    bleached: image => image.linear([0.4, 0.4, 0.4], [140, 140, 140]),
  };
  for (const split of splits) {
    const pair = closestFaces(split.before.faces, split.after.faces);
    if (!pair) continue;
    const stillOf = (side: Side, frame: number) => side.faces.find(face => face.frame === frame)!.still;
    const a = clothesBelow(pair.before.place, split.video);
    const b = clothesBelow(pair.after.place, split.video);
    if (!a || !b) continue;
    const before = await meanColour(stillOf(split.before, pair.before.frame), a);
    const still = stillOf(split.after, pair.after.frame);
    const add = async (kind: string, picture: Buffer) =>
      measure.rows.push({ kind, tuning: tunes(split), value: colourDistance(before, await meanColour(picture, b)) });
    await add('same clothes', still);
    for (const [kind, how] of Object.entries(kinds)) await add(kind, await change(still, how));
    for (const other of others(split, 12)) {
      const [face] = other.after.faces;
      const part = face && clothesBelow(face.place, other.video);
      if (part)
        measure.rows.push({
          kind: 'other clothes',
          tuning: tunes(split),
          value: colourDistance(before, await meanColour(face.still, part)),
        });
    }
  }
  return measure;
}

const share = (rows: Measure['rows'], flagged: (value: number) => boolean): string =>
  rows.length === 0 ? '–' : `${((100 * rows.filter(({ value }) => flagged(value)).length) / rows.length).toFixed(0)} %`;

/** Area under the receiver's curve of a kind of fault against good joins. */
function auc({ rises }: Measure, good: Measure['rows'], bad: Measure['rows']): string {
  let wins = 0;
  for (const { value: g } of good) for (const { value: b } of bad) wins += b === g ? 0.5 : b > g === rises ? 1 : 0;
  return good.length * bad.length === 0 ? '–' : (wins / (good.length * bad.length)).toFixed(3);
}

for (const measure of [await colours(), levels(), faces(), await clothes()]) {
  const { name, unit, rises, good, candidates, rows } = measure;
  const beyond = (limit: number) => (value: number) => (rises ? value > limit : value < limit);
  const tuning = rows.filter(row => row.tuning && good.includes(row.kind));
  const ordered = rises ? candidates : [...candidates].reverse();
  const limit = ordered.find(one => tuning.filter(({ value }) => beyond(one)(value)).length <= 0.05 * tuning.length);
  console.log(
    `\n${name} (${unit}): limit ${limit ?? 'none'} from the tuning half; share of joins flagged at each limit`,
  );
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  console.log(`| half | join | n | AUC | ${candidates.join(' | ')} |`);
  console.log(`|---|---|---|---|${candidates.map(() => '---|').join('')}`);
  for (const half of [true, false])
    for (const kind of kinds) {
      const of = rows.filter(row => row.tuning === half && row.kind === kind);
      const sound = rows.filter(row => row.tuning === half && good.includes(row.kind));
      const area = good.includes(kind) ? 'good' : auc(measure, sound, of);
      const cells = candidates.map(one => share(of, beyond(one)));
      console.log(`| ${half ? 'tuning' : 'report'} | ${kind} | ${of.length} | ${area} | ${cells.join(' | ')} |`);
    }
}

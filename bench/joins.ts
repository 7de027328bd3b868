/**
 * Limits of continuity within a scene: `npm run bench:joins -- <folder of clips> …`.
 *
 * Joins are built out of single shots. A shot of every clip is split in two with a gap between: one scene, which must
 * pass (as it is, and with one half reframed to a closer or a displaced view). The same join with a planted fault must be
 * flagged: another colour temperature or exposure, another level of sound, another person's face, other clothes; so must
 * halves of different clips. Clips are split into a tuning and a reporting half by where they come from (the part of the
 * file name before `__`). Limits are read from the tuning half alone: the mildest one that flags nine in ten of the fault
 * that it is meant for, as long as it flags at most 5 % of good joins (or a single one); else the strictest that does not.
 */
import sharp, { type Sharp } from 'sharp';
import { colourDistance, type Lab } from '../src/colour.ts';
import { meanColour } from '../src/gate/film/colour.ts';
import { alike, closestFaces, clothesBelow, colourJump, loudnessJump, middleColour } from '../src/gate/film/join.ts';
import { styleSchema } from '../src/gate/style/schema.ts';
import { type SeenFace, type Split, splitsOf } from './joins/material.ts';

const folders = process.argv.slice(2).filter(argument => argument !== '--');
if (folders.length === 0) throw new Error('usage: npm run bench:joins -- <folder of clips> …');
const splits = await splitsOf(folders, 'bench/cache/joins');
const groups = [...new Set(splits.map(({ group }) => group))].sort();
/** Every other source tunes. */
const tunes = ({ group }: Split): boolean => groups.indexOf(group) % 2 === 0;
console.log(`${splits.length} shots of ${groups.length} sources, ${splits.filter(tunes).length} of them for tuning`);

/** What is done to a picture. */
type Change = (image: Sharp, size: { width: number; height: number }) => Sharp;
const gains =
  (red: number, green: number, blue: number): Change =>
  image =>
    image.linear([red, green, blue], [0, 0, 0]);
/** A part of the picture, in shares of its sides. */
const closer =
  (left: number, top: number, share: number): Change =>
  (image, { width, height }) =>
    image.extract({
      ...{ left: Math.floor(left * width), top: Math.floor(top * height) },
      ...{ width: Math.floor(share * width), height: Math.floor(share * height) },
    });
const change = async (still: Buffer, how: Change): Promise<Buffer> => {
  const { width, height } = await sharp(still).metadata();
  return how(sharp(still).removeAlpha(), { width, height }).jpeg({ quality: 90 }).toBuffer();
};

/** Figures of joins, by what they are. */
interface Measure {
  name: string;
  unit: string;
  /** Whether more is worse. */
  rises: boolean;
  /** Kinds of joins that must pass. */
  good: string[];
  /** The fault that the limit is meant for. */
  target: string;
  /** Limits to try, ascending. */
  limits: number[];
  rows: { kind: string; tuning: boolean; value: number }[];
}
/** Halves of clips of the same half of the data, from other sources: at most `most`, spread over them. */
const others = (split: Split, most: number): Split[] => {
  const able = splits.filter(other => other.group !== split.group && tunes(other) === tunes(split));
  const step = Math.max(1, Math.floor(able.length / most));
  const from = splits.indexOf(split) % step;
  return able.filter((_, i) => i % step === from).slice(0, most);
};
/** Collects figures: nothing for a join that cannot be measured. */
function measureOf(head: Omit<Measure, 'rows'>) {
  const measure: Measure = { ...head, rows: [] };
  const add = (split: Split, kind: string, value: number | null): void => {
    if (value !== null) measure.rows.push({ kind, tuning: tunes(split), value });
  };
  return { measure, add };
}

async function colours(): Promise<Measure> {
  const { measure, add } = measureOf({
    ...{ name: 'colour', unit: 'ΔE', rises: true, target: 'temperature ±20 %' },
    ...{ good: ['as it is', 'closer', 'displaced view'], limits: [6, 8, 10, 12, 14, 16, 18, 20, 24] },
  });
  const kinds: Record<string, Change> = {
    closer: closer(0.05, 0.05, 0.65),
    'displaced view': closer(0.35, 0.2, 0.6),
    'temperature ±10 %': gains(1.1, 1, 0.9),
    'temperature ±20 %': gains(1.2, 1, 0.8),
    'temperature ±30 %': gains(1.3, 1, 0.7),
    'green +15 %': gains(0.95, 1.15, 0.95),
    'exposure × 0.72': gains(0.72, 0.72, 0.72),
    'exposure × 0.52': gains(0.52, 0.52, 0.52),
  };
  for (const split of splits) {
    const { stills } = split.before;
    add(split, 'as it is', await colourJump(stills, split.after.stills));
    for (const [kind, how] of Object.entries(kinds)) {
      const changed = await Promise.all(split.after.stills.map(still => change(still, how)));
      add(split, kind, await colourJump(stills, changed));
    }
    for (const other of others(split, 6)) add(split, 'other clip', await colourJump(stills, other.after.stills));
  }
  return measure;
}

function levels(): Measure {
  const { measure, add } = measureOf({
    ...{ name: 'loudness', unit: 'LU', rises: true, target: 'sound ±12 dB' },
    ...{ good: ['as it is'], limits: [3, 4, 5, 6, 7, 8, 9, 10, 12] },
  });
  for (const split of splits) {
    const [before, after] = [split.before.levels, split.after.levels];
    const jump = before && after && loudnessJump(before, after);
    if (!before || jump === null) continue;
    add(split, 'as it is', Math.abs(jump));
    for (const gain of [6, 9, 12, 18])
      for (const sign of [-1, 1]) add(split, `sound ±${gain} dB`, Math.abs(jump + sign * gain));
    for (const other of others(split, 6)) {
      const far = other.after.levels && loudnessJump(before, other.after.levels);
      if (far !== null) add(split, 'other clip', Math.abs(far));
    }
  }
  return measure;
}

function faces(): Measure {
  const { measure, add } = measureOf({
    ...{ name: 'identity', unit: 'cosine', rises: false, target: 'other person' },
    ...{ good: ['same person'], limits: [0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7] },
  });
  for (const split of splits) {
    const same = closestFaces(split.before.faces, split.after.faces);
    if (!same) continue;
    add(split, 'same person', same.cosine);
    for (const other of others(split, 60))
      add(split, 'other person', closestFaces(split.before.faces, other.after.faces)?.cosine ?? null);
  }
  return measure;
}

/** Least likeness of faces whose clothes are compared: the style bible's own limit. */
const LIKE = styleSchema.parse({}).continuity.identity;

async function clothes(): Promise<Measure> {
  const { measure, add } = measureOf({
    ...{ name: 'wardrobe', unit: 'ΔE', rises: true, target: 'tinted red' },
    ...{ good: ['same clothes'], limits: [8, 10, 12, 15, 18, 20, 25, 30, 35] },
  });
  const kinds: Record<string, Change> = {
    'hue turned 60°': image => image.modulate({ hue: 60 }),
    'hue turned 120°': image => image.modulate({ hue: 120 }),
    'tinted red': gains(1.5, 0.7, 0.7),
    'lightness × 0.4': gains(0.4, 0.4, 0.4),
    bleached: image => image.linear([0.4, 0.4, 0.4], [140, 140, 140]),
  };
  const colourOf = async (seen: readonly SeenFace[], video: Split['video'], how?: Change): Promise<Lab | null> => {
    const found: Lab[] = [];
    for (const { place, still } of seen) {
      const part = clothesBelow(place, video);
      if (part) found.push(await meanColour(how ? await change(still, how) : still, part));
    }
    return middleColour(found);
  };
  for (const split of splits) {
    const pair = closestFaces(split.before.faces, split.after.faces);
    const worn = pair && (await colourOf(alike(split.before.faces, pair.after, LIKE), split.video));
    if (!worn) continue;
    const against = (other: Lab | null): number | null => other && colourDistance(worn, other);
    const after = alike(split.after.faces, pair.before, LIKE);
    add(split, 'same clothes', against(await colourOf(after, split.video)));
    for (const [kind, how] of Object.entries(kinds)) add(split, kind, against(await colourOf(after, split.video, how)));
    for (const other of others(split, 12)) {
      const [face] = other.after.faces;
      const same = face ? alike(other.after.faces, face, LIKE) : [];
      add(split, 'other clothes', against(await colourOf(same, other.video)));
    }
  }
  return measure;
}

/** Area under the receiver's curve of a kind of fault against good joins. */
function auc(rises: boolean, good: Measure['rows'], bad: Measure['rows']): string {
  let wins = 0;
  for (const { value: g } of good) for (const { value: b } of bad) wins += b === g ? 0.5 : b > g === rises ? 1 : 0;
  return good.length * bad.length === 0 ? '–' : (wins / (good.length * bad.length)).toFixed(3);
}

for (const measure of [await colours(), levels(), faces(), await clothes()]) {
  const { name, unit, rises, good, target, limits, rows } = measure;
  const flagged = (of: Measure['rows'], limit: number): number =>
    of.filter(({ value }) => (rises ? value > limit : value < limit)).length;
  const tuning = rows.filter(row => row.tuning && good.includes(row.kind));
  const meant = rows.filter(row => row.tuning && row.kind === target);
  // From strict to mild.
  const allowed = (rises ? limits : [...limits].reverse()).filter(
    limit => flagged(tuning, limit) <= Math.max(1, 0.05 * tuning.length),
  );
  const chosen = allowed.filter(limit => flagged(meant, limit) >= 0.9 * meant.length).at(-1) ?? allowed[0];
  console.log(
    `\n${name} (${unit}): limit ${chosen ?? 'none'} by the tuning half; share of joins flagged at each limit`,
  );
  console.log(`| half | join | n | AUC | ${limits.join(' | ')} |`);
  console.log(`|---|---|---|---|${limits.map(() => '---|').join('')}`);
  for (const half of [true, false])
    for (const kind of new Set(rows.map(row => row.kind))) {
      const of = rows.filter(row => row.tuning === half && row.kind === kind);
      const passing = rows.filter(row => row.tuning === half && good.includes(row.kind));
      const area = good.includes(kind) ? 'must pass' : auc(rises, passing, of);
      const cells = limits.map(limit =>
        of.length > 0 ? `${Math.round((100 * flagged(of, limit)) / of.length)} %` : '–',
      );
      console.log(`| ${half ? 'tuning' : 'report'} | ${kind} | ${of.length} | ${area} | ${cells.join(' | ')} |`);
    }
}

import type { Box, ClipFacts } from '../../clip.ts';
import { type Faces, type Identities, LOOK_REACH, type PersonLooks, rowsOf } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { type FaceTrack, faceTracks, meanCosine } from '../tracks-people.ts';
import { type Look, type Region, readLook } from './look.ts';
import { colourUnlike, detailGrowth } from './unlike.ts';

export const OUTFIT_CHANGES = ['clothes', 'pattern', 'hair'] as const;
export type OutfitChange = (typeof OUTFIT_CHANGES)[number];

/** Somebody whose clothes or hair became another colour or texture. */
export interface Outfit {
  what: OutfitChange;
  /** Last frame of the looks before and first frame of the looks after. */
  before: number;
  after: number;
  /** ΔE with lightness counted half; octaves of detail for `pattern`, negative when it goes. */
  measured: number;
  box: Box;
  /** Whether the looks belong to shots before and after a cut. */
  acrossCut: boolean;
}

/** A look with what else decides whether it can be compared. */
export interface Seen extends Look {
  yaw: number;
  pitch: number;
}

/** Looks on either side that are compared, each with each. */
const WINDOW = 3;
/** Looks on either side, where there are as many, over which the change must hold as well. */
const LONG = 9;
/** Measures that are looked at closer. */
const WORTH: Record<OutfitChange, number> = { clothes: 2.5, pattern: 0.5, hair: 2.5 };
/** Pairs of them that must be comparable. */
const LEAST_PAIRS = 6;
/** Longest time between the two sides of a change within one track. */
const LONGEST_SECONDS = 4;
/** How far heads may be turned and sizes differ between looks that are compared. */
const SAME_VIEW = { degrees: 20, size: 1.45 } as const;
/** Cosine of faces from which on two are the same person on both sides of a cut. */
const SAME_PERSON = 0.75;

/** A change that was found, not yet placed in the picture. */
type Found = Omit<Outfit, 'box' | 'acrossCut'>;

/**
 * Largest change of every kind in one person's looks, in order. Three looks are compared with three later ones, each with each.
 * @param looks a second's worth times {@link LONGEST_SECONDS} may lie between them
 * @param cut frame that must lie between the two sides
 */
function outfitChanges(
  looks: readonly Seen[],
  perSecond: number,
  cut: number | null = null,
): Record<OutfitChange, Found | null> {
  const best: Record<OutfitChange, Found | null> = { clothes: null, pattern: null, hair: null };
  const kept = new Map<number, Record<OutfitChange, number | null>>();
  const pair = (i: number, j: number): Record<OutfitChange, number | null> => {
    const key = i * looks.length + j;
    const found = kept.get(key) ?? compare(looks[i], looks[j]);
    kept.set(key, found);
    return found;
  };
  const longest = Math.round(LONGEST_SECONDS * perSecond);
  for (let i = WINDOW; i < looks.length; i++)
    for (let j = i; j + WINDOW <= looks.length && j - i <= longest; j++) {
      // `i`: first look that is no longer before; `j`: first that is after.
      const [before, after] = [looks[i - 1].frame, looks[j].frame];
      if (cut !== null && (before >= cut || after < cut)) continue;
      for (const what of OUTFIT_CHANGES) {
        const across = (fromA: number, toA: number, fromB: number, toB: number): number | null => {
          const values: number[] = [];
          for (let a = fromA; a < toA; a++)
            for (let b = fromB; b < toB; b++) {
              const value = pair(a, b)[what];
              if (value !== null) values.push(value);
            }
          return values.length < LEAST_PAIRS ? null : median(values);
        };
        const middle = across(i - WINDOW, i, j, j + WINDOW);
        if (middle === null || Math.abs(middle) < WORTH[what]) {
          if (middle !== null && best[what] === null) best[what] = { what, before, after, measured: middle };
          continue;
        }
        const found = { what, before, after, measured: middle };
        const isBetter = (top: Found | null) => top === null || isMore(found, top) || isTighter(found, top);
        if (!isBetter(best[what])) continue;
        // What was before, and what is after, must be so for longer: what passes in front does not stay.
        for (const held of [
          across(Math.max(0, i - LONG), i, j, j + WINDOW),
          across(i - WINDOW, i, j, Math.min(looks.length, j + LONG)),
        ])
          if (held !== null && Math.abs(held) < Math.abs(found.measured)) found.measured = held;
        if (isBetter(best[what])) best[what] = found;
      }
    }
  return best;
}

const isMore = (one: Found, other: Found): boolean => Math.abs(one.measured) > 1.02 * Math.abs(other.measured);
const isTighter = (one: Found, other: Found): boolean =>
  one.after - one.before < other.after - other.before && Math.abs(one.measured) >= 0.95 * Math.abs(other.measured);

const NOTHING: Record<OutfitChange, null> = { clothes: null, pattern: null, hair: null };

function compare(a: Seen, b: Seen): Record<OutfitChange, number | null> {
  const ratio = a.face / b.face;
  if (Math.abs(a.yaw - b.yaw) > SAME_VIEW.degrees || Math.abs(a.pitch - b.pitch) > SAME_VIEW.degrees) return NOTHING;
  if (Math.max(ratio, 1 / ratio) > SAME_VIEW.size) return NOTHING;
  return {
    clothes: colourUnlike(a, b, 'clothes'),
    pattern: detailGrowth(a, b),
    hair: colourUnlike(a, b, 'hair'),
  };
}

/** Box of a region round the face of a look, within the picture. */
function boxOfRegion(
  place: ArrayLike<number>,
  region: Region,
  { width, height }: { width: number; height: number },
): Box {
  const face = place[2] / 1.5;
  const [left, right] = region === 'hair' ? [-0.75, 0.75] : [-1.6, 1.6];
  const [top, bottom] = region === 'hair' ? [-1.1, 0] : [0.6, LOOK_REACH.below + LOOK_REACH.side / 2];
  const x = Math.max(0, place[0] + left * face);
  const y = Math.max(0, Math.min(height - 1, place[1] + top * face));
  return [
    x,
    y,
    Math.min(width, place[0] + right * face) - x,
    Math.max(1, Math.min(height, place[1] + bottom * face) - y),
  ];
}

/** Looks of a lineage-and-frame list, with the head's pose. */
export function seenOf(
  clip: Pick<ClipFacts, 'video'>,
  looks: PersonLooks,
  faces: Faces,
  rows: readonly number[],
): Seen[] {
  return rows.flatMap(row => {
    const range = rowsOf(faces, looks.frames[row]);
    if (!range) return [];
    for (let k = range[0]; k < range[1]; k++)
      if (faces.lineage[k] === looks.lineage[row])
        return [{ ...readLook(looks, row, clip.video), yaw: faces.pose[3 * k], pitch: faces.pose[3 * k + 1] }];
    return [];
  });
}

export interface OutfitSignals {
  faces: Faces;
  identities: Identities;
  personLooks: PersonLooks;
}

/** Largest changes of what the people of a shot wear and of their hair: within the shot, and against earlier shots. */
export function outfitsIn(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  { faces, identities, personLooks }: OutfitSignals,
): Outfit[] {
  const { fps } = clip.video;
  const byKey = new Map<string, number>();
  personLooks.frames.forEach((frame, row) => {
    byKey.set(`${frame}/${personLooks.lineage[row]}`, row);
  });
  const found: Outfit[] = [];
  const keep = (
    changes: ReturnType<typeof outfitChanges>,
    place: (frame: number) => ArrayLike<number> | null,
    acrossCut: boolean,
  ) => {
    for (const change of Object.values(changes)) {
      const at = change && place(change.after);
      if (!change || !at) continue;
      found.push({
        ...change,
        acrossCut,
        box: boxOfRegion(at, change.what === 'hair' ? 'hair' : 'clothes', clip.video),
      });
    }
  };
  const earlier = shot.start > 0 ? lineagesBefore(personLooks, identities, shot.start) : [];
  const perSecond = fps.num / fps.den / personLooks.step;
  for (const person of peopleOf(faceTracks(clip, [shot], faces, identities), identities)) {
    const rows = person.flatMap(track =>
      [...track.rows].flatMap((row, k) => byKey.get(`${track.frames[k]}/${faces.lineage[row]}`) ?? []),
    );
    const seen = seenOf(clip, personLooks, faces, rows);
    const placeAt = (frame: number) => {
      const row = rows.find(r => personLooks.frames[r] >= frame);
      return row === undefined ? null : personLooks.place.subarray(3 * row, 3 * row + 3);
    };
    keep(outfitChanges(seen, perSecond), placeAt, false);
    const samples = person.flatMap(track => track.samples);
    const partner = mostAlike(identities, samples, earlier);
    if (partner === null) continue;
    const then = seenOf(clip, personLooks, faces, partner).slice(-2 * WINDOW);
    keep(outfitChanges([...then, ...seen.slice(0, 2 * WINDOW)], perSecond, shot.start), placeAt, true);
  }
  return found;
}

/** Tracks one after the other that show the same person, by the looks of the face. */
function peopleOf(tracks: readonly FaceTrack[], identities: Identities): FaceTrack[][] {
  const people: FaceTrack[][] = [];
  for (const track of [...tracks].sort((a, b) => a.frames[0] - b.frames[0])) {
    const known = people.find(person => {
      const last = person[person.length - 1];
      if (track.samples.length === 0 || (last.frames.at(-1) ?? 0) >= track.frames[0] || last.samples.length === 0)
        return false;
      return meanCosine(identities, track.samples, last.samples) >= SAME_PERSON;
    });
    if (known) known.push(track);
    else people.push([track]);
  }
  return people;
}

/** Looks and samples of appearance of every face that was followed before a frame. */
function lineagesBefore(looks: PersonLooks, identities: Identities, frame: number) {
  const of = new Map<number, { rows: number[]; samples: number[] }>();
  const get = (lineage: number) => {
    const entry = of.get(lineage) ?? { rows: [], samples: [] };
    of.set(lineage, entry);
    return entry;
  };
  looks.frames.forEach((at, row) => {
    if (at < frame) get(looks.lineage[row]).rows.push(row);
  });
  identities.frames.forEach((at, k) => {
    if (at < frame) get(identities.lineage[k]).samples.push(k);
  });
  return [...of.values()].filter(({ rows, samples }) => rows.length >= WINDOW && samples.length > 0);
}

/** Looks of the earlier face that is most like the samples' one, the latest of several; null when none is the same person. */
function mostAlike(
  identities: Identities,
  samples: readonly number[],
  earlier: readonly { rows: number[]; samples: number[] }[],
): number[] | null {
  if (samples.length === 0) return null;
  let best: number[] | null = null;
  let most: number = SAME_PERSON;
  for (const entry of earlier) {
    const likeness = meanCosine(identities, samples, entry.samples);
    if (likeness < most) continue;
    most = likeness;
    best = entry.rows;
  }
  return best;
}

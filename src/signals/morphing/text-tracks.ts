import type { FrameRange } from '../../clip.ts';
import type { Lettering } from '../../signals.ts';

/** One line of lettering through time: rows of {@link Lettering}, ascending, at most one per look. */
export interface LetteringTrack {
  rows: number[];
  frames: number[];
}

/** Looks that a line may be missed for and still be followed. */
const MISSED = 2;
/** How far the height may change from look to look, and the angle, radians. */
const HEIGHT = 1.8;
const TURN = 0.35;
/** Middles of a line that reads otherwise lie within so much of its length and its height; of one that reads alike, within more. */
const STILL = { length: 0.3, height: 0.6 } as const;
const MOVED = { length: 1.5, height: 4 } as const;
/** Likeness from which a line that moved is taken for the same. */
const ALIKE = 0.55;

/** Digits and small letters that are easily taken for others. */
const LOOK_ALIKES: Record<string, string> = { 0: 'O', Q: 'O', 1: 'I', L: 'I', 丨: 'I', 5: 'S', 8: 'B', 2: 'Z', 6: 'G' };

/** A line as it is compared: letters and digits, and where along the line each begins, 0–1. */
export interface PlainLine {
  text: string;
  places: number[];
}

/** Letters and digits only, each as one code unit, upper case, look-alikes as one: what reading may confuse in any picture. */
export const plainLetters = (text: string): string => plainOf(text).text;

export const plainLine = ({ texts, places }: Pick<Lettering, 'texts' | 'places'>, row: number): PlainLine => {
  const { text, units } = plainOf(texts[row]);
  return { text, places: units.map(unit => places[row][unit] / 255) };
};

function plainOf(line: string): { text: string; units: number[] } {
  let text = '';
  const units: number[] = [];
  for (const { 0: character, index } of line.matchAll(/[\p{L}\p{N}]/gu)) {
    const upper = character.toUpperCase();
    text += LOOK_ALIKES[upper] ?? (upper.length === 1 ? upper : character[0]);
    units.push(index);
  }
  return { text, units };
}

/** For every character of `a` the place of its partner in `b` in the cheapest alignment, −1 where it has none. */
export function alignment(a: string, b: string): Int32Array {
  const width = b.length + 1;
  const cost = new Int32Array((a.length + 1) * width);
  for (let j = 0; j <= b.length; j++) cost[j] = j;
  for (let i = 1; i <= a.length; i++) {
    cost[i * width] = i;
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      const swap = cost[at - width - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      cost[at] = Math.min(swap, cost[at - width] + 1, cost[at - 1] + 1);
    }
  }
  const partner = new Int32Array(a.length).fill(-1);
  for (let i = a.length, j = b.length; i > 0 && j > 0; ) {
    const at = i * width + j;
    const same = a[i - 1] === b[j - 1];
    if (cost[at] === cost[at - width - 1] + (same ? 0 : 1)) {
      if (same) partner[i - 1] = j - 1;
      i--;
      j--;
    } else if (cost[at] === cost[at - width] + 1) i--;
    else j--;
  }
  return partner;
}

/** Share of the longer text's letters that have a partner, 0–1. */
export function likeness(a: string, b: string): number {
  const kept = alignment(a, b).reduce((sum, place) => sum + (place >= 0 ? 1 : 0), 0);
  return kept / Math.max(1, a.length, b.length);
}

/** Follows every line through the looks inside a shot: by place where it stands, by what it says where it moved. */
export function letteringTracks(shot: FrameRange, lettering: Lettering): LetteringTrack[] {
  const plain = lettering.texts.map(plainLetters);
  const tracks: (LetteringTrack & { look: number })[] = [];
  lettering.frames.forEach((frame, look) => {
    if (frame < shot.start || frame >= shot.end) return;
    const pairs: { track: (typeof tracks)[number]; row: number; cost: number }[] = [];
    for (let row = lettering.rows[look]; row < lettering.rows[look + 1]; row++)
      for (const track of tracks) {
        if (look - track.look > MISSED + 1) continue;
        const cost = linkCost(lettering, plain, track.rows[track.rows.length - 1], row);
        if (cost !== null) pairs.push({ track, row, cost: cost + 0.2 * (look - track.look) });
      }
    const taken = new Set<number>();
    for (const { track, row } of pairs.sort((a, b) => a.cost - b.cost)) {
      if (track.look === look || taken.has(row)) continue;
      taken.add(row);
      track.rows.push(row);
      track.frames.push(frame);
      track.look = look;
    }
    for (let row = lettering.rows[look]; row < lettering.rows[look + 1]; row++)
      if (!taken.has(row)) tracks.push({ rows: [row], frames: [frame], look });
  });
  return tracks.map(({ rows, frames }) => ({ rows, frames }));
}

function linkCost({ place }: Lettering, plain: readonly string[], a: number, b: number): number | null {
  const [x, y, length, height, angle] = place.subarray(5 * a, 5 * a + 5);
  const [x2, y2, length2, height2, angle2] = place.subarray(5 * b, 5 * b + 5);
  if (Math.max(height, height2) > HEIGHT * Math.min(height, height2) || Math.abs(angle - angle2) > TURN) return null;
  const alike = likeness(plain[a], plain[b]);
  const reach = alike >= ALIKE ? MOVED : STILL;
  const far =
    Math.hypot(x2 - x, y2 - y) / (reach.length * Math.max(length, length2) + reach.height * Math.max(height, height2));
  return far <= 1 ? far + 1 - alike : null;
}

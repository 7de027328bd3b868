import type { Box, FrameRange } from '../../clip.ts';
import type { Lettering } from '../../signals.ts';
import { median } from '../../statistics.ts';
import {
  alignment,
  type LetteringTrack,
  letteringTracks,
  likeness,
  type PlainLine,
  plainLetters,
  plainLine,
} from './text-tracks.ts';

/** Lettering that becomes other letters or none while it is followed. */
export interface TextChange extends FrameRange {
  peak: number;
  box: Box;
  /** What was read before and after. */
  before: string;
  after: string;
  /** Letters that were read well before and are read in no look afterwards, and of how many. */
  lost: number;
  letters: number;
}

/** What was looked at, for the report. */
export interface TextCourse {
  /** Lines that were read well at least twice and seen twice thereafter. */
  lines: number;
  /** Largest share of a line's letters that changed; null when no line was compared. */
  most: number | null;
  changes: TextChange[];
}

/** Letters that a line needs, and how surely they are read, 0–1. */
const LETTERS = 4;
const CERTAIN = 0.85;
/** Looks either side. */
const LOOKS = 2;
/**
 * Looks after the change that are alike in length, height, angle and sharpness to those just before: what else might spoil the
 * reading. A line that turns away, is cut off or hidden gets shorter; one that melts may get taller.
 */
const VIEW = { shorter: 0.86, longer: 1.3, lower: 0.75, taller: 1.7, turn: 0.2, sharpness: 0.72 } as const;
/** How far the letters that stay may move along the line, as a share of it, if so many of them stay that it can be told. */
const SHIFT = { most: 0.07, likeness: 0.4 } as const;
/** Looks before that are compared with. */
const LATEST = 3;
/**
 * Lettering that reads well again, but says something else altogether, was exchanged, not morphed, unless a look in between shows it
 * in part the one and in part the other.
 */
const EXCHANGED = { likeness: 0.34, certain: 0.9, partly: 0.9 } as const;

/**
 * Compares every line of lettering with its own past: letters that were read surely and alike in several looks, and that no
 * comparable look afterwards shows. Digits may change (clocks, counters), whole words too if the new ones read well (captions,
 * displays, pages); looks from another side, smaller, blurred, cut off or partly hidden are not compared.
 */
export function textCourse(shot: FrameRange, lettering: Lettering, fewestLost: number): TextCourse {
  const course: TextCourse = { lines: 0, most: null, changes: [] };
  for (const track of letteringTracks(shot, lettering)) {
    const change = worstChange(lettering, track);
    if (change === null) continue;
    course.lines++;
    const share = change.lost / change.letters;
    course.most = Math.max(course.most ?? 0, share);
    if (change.lost >= fewestLost) course.changes.push(change);
  }
  return course;
}

function worstChange(lettering: Lettering, track: LetteringTrack): TextChange | null {
  let worst: TextChange | null = null;
  for (let split = LOOKS; split + LOOKS <= track.rows.length; split++) {
    const change = changeAt(lettering, track, split);
    if (change !== null && (worst === null || change.lost > worst.lost)) worst = change;
  }
  return worst;
}

/** What changed between the looks before `split` and those from it on; null when they cannot be compared. */
function changeAt(lettering: Lettering, { rows, frames }: LetteringTrack, split: number): TextChange | null {
  const before = rows.slice(0, split);
  const reference = bestRead(lettering, before);
  if (reference === null) return null;
  const line = plainLine(lettering, reference);
  const { text } = line;
  const shares = before.map(row => likeness(text, plainLetters(lettering.texts[row])));
  // What follows the last look that shows all of it may be the change already.
  const whole = before.slice(0, shares.lastIndexOf(1) + 1);
  const alike = whole.filter((_, k) => shares[k] >= 1 - 1 / text.length);
  if (alike.length < LOOKS) return null;
  const after = rows.slice(split).filter(row => comparable(lettering, alike, row, line));
  if (after.length < LOOKS || after.length < 0.5 * (rows.length - split)) return null;
  const partly = rows.slice(rows.indexOf(alike[alike.length - 1]) + 1).some(row => {
    const share = likeness(text, plainLetters(lettering.texts[row]));
    return share > EXCHANGED.likeness && share < EXCHANGED.partly && comparable(lettering, alike, row, line);
  });
  const lost = lostLetters(lettering, text, reference, alike, after, partly);
  const seen = bestRead(lettering, after) ?? after[after.length - 1];
  const last = frames[rows.indexOf(alike[alike.length - 1])];
  const first = frames[rows.indexOf(after[0])];
  return {
    start: last,
    end: first + 1,
    peak: first,
    box: boxAround(lettering, after[0]),
    before: lettering.texts[reference],
    after: lettering.texts[seen],
    lost,
    letters: text.length,
  };
}

const meanCertainty = ({ certainty }: Lettering, row: number): number =>
  certainty[row].reduce((sum, value) => sum + value, 0) / 255 / Math.max(1, certainty[row].length);

/** The row that was read most surely, if surely enough. */
function bestRead(lettering: Lettering, rows: readonly number[]): number | null {
  let best: number | null = null;
  for (const row of rows) {
    if (plainLetters(lettering.texts[row]).length < LETTERS || meanCertainty(lettering, row) < CERTAIN) continue;
    if (best === null || meanCertainty(lettering, row) > meanCertainty(lettering, best)) best = row;
  }
  return best;
}

/** Whether a later look shows the line as large, as sharp, from the same side and as whole as the looks just before. */
function comparable(lettering: Lettering, before: readonly number[], row: number, line: PlainLine): boolean {
  const { place, sharpness } = lettering;
  const latest = before.slice(-LATEST);
  const share = (value: (row: number) => number) => value(row) / median(latest.map(value));
  const lengths = latest.map(k => place[5 * k + 2]);
  const length = place[5 * row + 2];
  const height = share(k => place[5 * k + 3]);
  return (
    length >= VIEW.shorter * Math.min(...lengths) &&
    length <= VIEW.longer * Math.max(...lengths) &&
    height >= VIEW.lower &&
    height <= VIEW.taller &&
    Math.abs(place[5 * row + 4] - median(latest.map(k => place[5 * k + 4]))) <= VIEW.turn &&
    share(k => sharpness[k]) >= VIEW.sharpness &&
    Math.abs(shiftOf(line, plainLine(lettering, row))) <= SHIFT.most
  );
}

/** How far the letters that stayed moved along the line, as a share of its length: tickers. */
function shiftOf(line: PlainLine, later: PlainLine): number {
  if (likeness(line.text, later.text) < SHIFT.likeness) return 0;
  const shifts: number[] = [];
  alignment(line.text, later.text).forEach((place, k) => {
    if (place >= 0) shifts.push(later.places[place] - line.places[k]);
  });
  return median(shifts);
}

function lostLetters(
  lettering: Lettering,
  text: string,
  reference: number,
  before: readonly number[],
  after: readonly number[],
  partly: boolean,
): number {
  const later = after.map(row => plainLetters(lettering.texts[row]));
  const surely = after.filter(row => meanCertainty(lettering, row) >= EXCHANGED.certain);
  const exchanged = surely.some(row => likeness(text, plainLetters(lettering.texts[row])) <= EXCHANGED.likeness);
  if (exchanged && !partly) return 0;
  const kept = later.map(line => alignment(text, line));
  const stood = before.map(row => alignment(text, plainLetters(lettering.texts[row])));
  const lost = [...text].map((_, k) => stood.every(line => line[k] >= 0) && kept.every(line => line[k] < 0));
  let at = 0;
  for (const word of lettering.texts[reference].match(/[\p{L}\p{N}]+/gu) ?? []) {
    const { length } = plainLetters(word);
    const whole = length < text.length && lost.slice(at, at + length).every(Boolean);
    const digits = word.match(/\p{N}/gu)?.length ?? 0;
    // A word that is exchanged as a whole by one that reads well is a display or a caption; numbers count.
    if ((whole && surely.length === after.length) || 2 * digits >= length) lost.fill(false, at, at + length);
    at += length;
  }
  return lost.filter(Boolean).length;
}

function boxAround({ place }: Lettering, row: number): Box {
  const [x, y, length, height, angle] = place.subarray(5 * row, 5 * row + 5);
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [width, tall] = [length * cos + height * sin, length * sin + height * cos];
  return [x - width / 2, y - tall / 2, width, tall];
}

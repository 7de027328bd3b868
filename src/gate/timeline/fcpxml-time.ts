import type { Rational } from '../../clip.ts';
import {
  add,
  compare,
  divide,
  earliest,
  latest,
  multiply,
  type Span,
  subtract,
  type Time,
  time,
  toSeconds,
  ZERO,
} from './exact.ts';
import { invalid } from './timeline.ts';
import { child, childrenNamed, type Element } from './xml.ts';

/** `1001/30000s`, `5s`; undefined for an absent attribute. */
export function parseTime(text: string | undefined): Time | undefined {
  if (text === undefined) return undefined;
  const parts = /^\s*(-?\d{1,18})(?:\/(\d{1,18}))?\s*s\s*$/.exec(text);
  const decimal = parts ? null : /^\s*(-?\d{1,12})\.(\d{1,9})s\s*$/.exec(text);
  if (decimal) return time(BigInt(decimal[1] + decimal[2]), 10n ** BigInt(decimal[2].length));
  const bottom = BigInt(parts?.[2] ?? 1);
  if (!parts || bottom === 0n) throw invalid(`"${text}" is no time.`);
  return time(BigInt(parts[1]), bottom);
}

export function rateOfFormat(format: Element | undefined): Rational {
  const duration = parseTime(format?.attributes.frameDuration);
  if (duration && duration.n > 0n && toSeconds(duration) <= 1)
    return { num: Number(duration.d), den: Number(duration.n) };
  // Named formats carry the rate in hundredths: FFVideoFormat1080p2398.
  const named = /(\d{2,3}?)(\d{2})?$/.exec(/[pi](\d{2,5})$/.exec(format?.attributes.name ?? '')?.[1] ?? '');
  const known: Record<string, Rational> = {
    '2398': { num: 24_000, den: 1001 },
    '2997': { num: 30_000, den: 1001 },
    '5994': { num: 60_000, den: 1001 },
  };
  const text = named?.[0] ?? '';
  if (known[text]) return known[text];
  if (['24', '25', '30', '50', '60'].includes(text)) return { num: Number(text), den: 1 };
  throw invalid('The sequence does not say its frame rate.');
}

export type Resources = ReadonlyMap<string, Element>;

/** What a story element plays of itself when it does not say: its asset's length. */
export function durationOf(item: Element, resources: Resources): Time {
  const own = parseTime(item.attributes.duration);
  if (own) return own;
  const resource = resources.get(item.attributes.ref);
  const whole = parseTime(resource?.attributes.duration) ?? parseTime(child(resource, 'sequence')?.attributes.duration);
  if (whole) return whole;
  if (item.name === 'audition') return item.children[0] ? durationOf(item.children[0], resources) : ZERO;
  throw invalid(`The ${item.name} "${item.attributes.name ?? ''}" has no duration.`);
}

export const STORY = [
  'asset-clip',
  'clip',
  'video',
  'audio',
  'ref-clip',
  'sync-clip',
  'mc-clip',
  'gap',
  'title',
  'audition',
];

export function totalOf(sequence: Element, resources: Resources): Time {
  const items = child(sequence, 'spine')?.children.filter(item => STORY.includes(item.name)) ?? [];
  return items.map(item => durationOf(item, resources)).reduce(add, ZERO);
}

/** How far a transition beside a clip reaches beyond the clip's edge. */
export function overlap(
  transition: Element | undefined,
  item: Element,
  duration: Time,
  side: 'before' | 'after',
): Time | undefined {
  if (transition?.name !== 'transition') return undefined;
  const length = parseTime(transition.attributes.duration) ?? ZERO;
  const [from, own] = [parseTime(transition.attributes.offset), parseTime(item.attributes.offset)];
  if (from === undefined || own === undefined) return multiply(length, time(1n, 2n));
  const reach = side === 'before' ? subtract(own, from) : subtract(add(from, length), add(own, duration));
  return latest(ZERO, earliest(reach, length));
}

export type MapPoint = { time: Time; value: Time };

export function timeMap(item: Element): MapPoint[] | null {
  const points = childrenNamed(child(item, 'timeMap'), 'timept').map(point => ({
    time: parseTime(point.attributes.time) ?? ZERO,
    value: parseTime(point.attributes.value) ?? ZERO,
  }));
  if (points.length === 0) return null;
  return points.sort((a, b) => compare(a.time, b.time));
}

/** What of the source a retimed stretch shows: everything between the least and the greatest mapped moment. */
export function throughMap(
  points: MapPoint[],
  local: Span,
  origin: Time,
  length: Time | undefined,
): { range: Span; speed: number | null } {
  const value = (at: Time): Time => {
    const i = points.findIndex(point => compare(point.time, at) >= 0);
    const [a, b] = i <= 0 ? [points[0], points[1]] : i < 0 ? points.slice(-2) : [points[i - 1], points[i]];
    if (a === undefined || b === undefined || compare(a.time, b.time) === 0) return (a ?? points[0]).value;
    return add(a.value, divide(multiply(subtract(at, a.time), subtract(b.value, a.value)), subtract(b.time, a.time)));
  };
  const inside = points.filter(point => compare(point.time, local.start) > 0 && compare(point.time, local.end) < 0);
  const values = [value(local.start), ...inside.map(point => point.value), value(local.end)];
  let [start, end] = [values.reduce(earliest), values.reduce(latest)];
  const first = values[0];
  const last = values[values.length - 1];
  const speed = inside.length > 0 ? null : toSeconds(divide(subtract(last, first), subtract(local.end, local.start)));
  // Optical flow and smoothing may look past the last frame: never past the media.
  if (length) end = earliest(end, add(origin, length));
  start = latest(start, origin);
  // A still shows the frame at its moment: the shortest stretch that any rate's frame covers.
  if (compare(end, start) <= 0) end = add(start, time(1n, 1000n));
  return { range: { start, end }, speed };
}

import type { Rational } from '../../clip.ts';
import { baseName } from '../../report/text.ts';
import { isNtsc } from '../../report/timecode.ts';
import { assembleTimeline } from './assemble.ts';
import {
  add,
  compare,
  divide,
  earliest,
  exact,
  exactRate,
  floorFrame,
  frames,
  latest,
  magnitude,
  multiply,
  type Span,
  subtract,
  type Time,
  ZERO,
} from './exact.ts';
import { parseJson } from './json.ts';
import { invalid, MOST_NESTING, type SourceName, type Timeline, UseList } from './timeline.ts';
import { pathOfUrl } from './url.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const schemaOf = (value: Json): string => String(value.OTIO_SCHEMA ?? '').replace(/\.\d+$/, '');
const nameOf = (value: Json): string => (typeof value.name === 'string' ? value.name : '');

/**
 * Reads an OpenTimelineIO timeline (`.otio`, any release's JSON). Linear time warps and freeze frames are followed,
 * stacks and tracks within tracks too. OpenTimelineIO leaves open whether a warped clip's `source_range` counts source
 * or timeline frames: the longer reading counts. Throws `timeline-invalid`.
 */
export function readOtio(text: string): Timeline {
  const root = parseJson(text);
  if (!isObject(root)) throw invalid('The file is not an OpenTimelineIO timeline.');
  const timeline = schemaOf(root) === 'SerializableCollection' ? onlyTimeline(root) : root;
  if (schemaOf(timeline) !== 'Timeline' || !isObject(timeline.tracks))
    throw invalid('The file is not an OpenTimelineIO timeline.');
  const global = readTime(timeline.global_start_time);
  const rate = global?.rate ?? firstRate(timeline.tracks, 0) ?? { num: 24, den: 1 };
  const list = new UseList();
  const reader = new OtioReader(list);
  const { duration } = reader.measure(timeline.tracks, 0);
  reader.walk(timeline.tracks, { at: ZERO, window: { start: ZERO, end: duration }, medium: null, track: '', depth: 0 });
  const start = global ? floorFrame(global.seconds, rate) : 0;
  const retake = isObject(timeline.metadata) && isObject(timeline.metadata.retake) ? timeline.metadata.retake : {};
  const drop = retake.drop_frame === true && isNtsc(rate);
  return assembleTimeline({ format: 'otio', name: nameOf(timeline), fps: rate, drop, start, origin: ZERO }, list);
}

function onlyTimeline(collection: Json): Json {
  const timelines = objects(collection.children).filter(item => schemaOf(item) === 'Timeline');
  if (timelines.length !== 1)
    throw invalid(`The collection holds ${timelines.length} timelines; give a file with one.`);
  return timelines[0];
}

function readTime(value: unknown): { seconds: Time; rate: Rational } | null {
  if (!isObject(value)) return null;
  if (schemaOf(value) !== 'RationalTime') throw invalid(`A time has the schema ${schemaOf(value) || '(none)'}.`);
  const rate = exactRate(Number(value.rate));
  const count = Number(value.value);
  if (rate === null || !Number.isFinite(count) || Math.abs(count) > 1e12) throw invalid('A time is no rational time.');
  const { n, d } = exact(count);
  return { seconds: divide(frames(n, rate), { n: d, d: 1n }), rate };
}

function readRange(value: unknown): { start: Time; duration: Time; rate: Rational } | null {
  if (!isObject(value)) return null;
  const start = readTime(value.start_time);
  const duration = readTime(value.duration);
  if (start === null || duration === null) throw invalid('A time range lacks its start or its duration.');
  if (compare(duration.seconds, ZERO) < 0) throw invalid('A time range has a negative duration.');
  return { start: start.seconds, duration: duration.seconds, rate: start.rate };
}

/** Rate of the first item that has one: the timeline's, where it does not say. */
function firstRate(item: Json, depth: number): Rational | null {
  if (depth > MOST_NESTING) return null;
  if (isObject(item.source_range)) return readTime(item.source_range.duration)?.rate ?? null;
  for (const child of objects(item.children)) {
    const rate = firstRate(child, depth + 1);
    if (rate) return rate;
  }
  return null;
}

interface Place {
  /** Record time of the item's first visible moment, and what of the timeline its parents let be seen. */
  at: Time;
  window: Span;
  medium: 'picture' | 'sound' | null;
  track: string;
  depth: number;
  before?: Time;
  after?: Time;
  /** Whole length of the transition that it begins with. */
  transition?: Time;
}

class OtioReader {
  readonly #list: UseList;
  readonly #measured = new Map<Json, { start: Time; duration: Time }>();

  constructor(list: UseList) {
    this.#list = list;
  }

  /** What of itself an item shows: its trim, else its media or the extent of its children. */
  measure(item: Json, depth: number): { start: Time; duration: Time } {
    if (depth > MOST_NESTING) throw invalid(`The timeline nests more than ${MOST_NESTING} sequences.`);
    const known = this.#measured.get(item);
    if (known) return known;
    const extent = this.#extent(item, depth);
    this.#measured.set(item, extent);
    return extent;
  }

  #extent(item: Json, depth: number): { start: Time; duration: Time } {
    const schema = schemaOf(item);
    if (schema === 'Transition') return { start: ZERO, duration: ZERO };
    const trim = readRange(item.source_range);
    if (trim) return trim;
    if (schema === 'Clip') {
      const available = readRange(activeReference(item)?.available_range);
      if (!available) throw invalid(`The clip "${nameOf(item)}" has no range.`);
      return available;
    }
    const lengths = objects(item.children).map(child => this.measure(child, depth + 1).duration);
    const duration = schema === 'Stack' ? lengths.reduce(latest, ZERO) : lengths.reduce(add, ZERO);
    return { start: ZERO, duration };
  }

  walk(item: Json, place: Place): void {
    if (item.enabled === false) return;
    const schema = schemaOf(item);
    switch (schema) {
      case 'Clip':
        this.#clip(item, place);
        return;
      case 'Stack':
      case 'Track':
        this.#composition(item, schema, place);
        return;
      case 'Gap':
      case 'Filler':
      case 'Transition':
        return;
      default:
        throw invalid(`The timeline holds an object of the schema "${schema || '(none)'}", which is not known.`);
    }
  }

  #composition(item: Json, schema: string, place: Place): void {
    const { start, duration } = this.measure(item, place.depth);
    const speed = speedOf(item);
    const end = add(place.at, duration);
    // A retimed sequence's own clock cannot be told from its parts: everything in it then counts as used.
    const window =
      speed === 1
        ? {
            start: latest(place.window.start, subtract(place.at, place.before ?? ZERO)),
            end: earliest(place.window.end, add(end, place.after ?? ZERO)),
          }
        : { start: subtract(place.at, start), end: add(place.at, add(start, duration)) };
    if (speed !== 1) this.#list.note(`The nested sequence "${nameOf(item)}" is retimed: all of it counts as used.`);
    const children = objects(item.children);
    const base = {
      ...place,
      before: undefined,
      after: undefined,
      transition: undefined,
      window,
      depth: place.depth + 1,
    };
    if (schema === 'Stack') {
      for (const child of children) this.walk(child, { ...base, at: subtract(place.at, start) });
      return;
    }
    const medium = item.kind === 'Audio' ? 'sound' : item.kind === 'Video' ? 'picture' : place.medium;
    const track = nameOf(item) || place.track;
    let at = subtract(place.at, start);
    for (const [i, child] of children.entries()) {
      const before = offsetOf(children[i - 1], 'in_offset');
      const after = offsetOf(children[i + 1], 'out_offset');
      const transition = before && add(before, offsetOf(children[i - 1], 'out_offset') ?? ZERO);
      this.walk(child, { ...base, at, medium, track, before, after, transition });
      at = add(at, this.measure(child, place.depth + 1).duration);
    }
  }

  #clip(item: Json, place: Place): void {
    const { start, duration } = this.measure(item, place.depth);
    const reference = activeReference(item);
    const speed = speedOf(item);
    const kind = reference ? schemaOf(reference) : 'MissingReference';
    if (kind === 'GeneratorReference') {
      this.#list.note(`"${nameOf(item)}" is a generator: nothing of it is judged but the export itself.`);
      return;
    }
    const before = place.before ?? ZERO;
    const record = {
      start: latest(place.window.start, subtract(place.at, before)),
      end: earliest(place.window.end, add(add(place.at, duration), place.after ?? ZERO)),
    };
    if (compare(record.end, record.start) <= 0) return;
    const factor = speed === null ? null : exact(speed);
    const range = sourceRange(start, duration, place.at, record, factor);
    const source = sourceOf(item, reference);
    const available = readRange(reference?.available_range);
    const rate = readRange(item.source_range)?.rate ?? available?.rate ?? null;
    this.#list.add({
      name: nameOf(item) || source.name,
      medium: place.medium ?? 'picture',
      track: place.track,
      record,
      source,
      range:
        speed === null && available ? { start: available.start, end: add(available.start, available.duration) } : range,
      origin: available?.start ?? null,
      rate: rate && rate.num / rate.den <= 400 ? rate : null,
      speed,
      transition: place.transition ?? ZERO,
    });
  }
}

/** What of the source a stretch of the timeline shows, at a constant speed; the media's own clock. */
function sourceRange(start: Time, duration: Time, at: Time, record: Span, speed: Time | null): Span {
  if (speed === null) return { start, end: add(start, duration) };
  if (speed.n === speed.d) {
    const shift = subtract(start, at);
    return { start: add(record.start, shift), end: add(record.end, shift) };
  }
  // Retimed: both readings of `source_range`, whole, with the frames that transitions add.
  const factor = magnitude(speed);
  const length = latest(duration, multiply(duration, factor));
  const before = multiply(subtract(at, earliest(at, record.start)), factor);
  const end = add(at, duration);
  const after = multiply(subtract(latest(end, record.end), end), factor);
  if (speed.n < 0n)
    return { start: subtract(add(start, duration), add(length, after)), end: add(add(start, length), before) };
  return { start: subtract(start, before), end: add(add(start, length), after) };
}

function activeReference(clip: Json): Json | null {
  if (isObject(clip.media_references)) {
    const key = typeof clip.active_media_reference_key === 'string' ? clip.active_media_reference_key : 'DEFAULT_MEDIA';
    const chosen = Object.hasOwn(clip.media_references, key) ? clip.media_references[key] : null;
    return isObject(chosen) ? chosen : null;
  }
  return isObject(clip.media_reference) ? clip.media_reference : null;
}

function sourceOf(clip: Json, reference: Json | null): SourceName {
  const url = typeof reference?.target_url === 'string' ? reference.target_url : '';
  const path = pathOfUrl(url);
  const metadata = [clip, reference].map(item => (isObject(item?.metadata) ? item.metadata : {}));
  const hash = metadata
    .map(data => (isObject(data.retake) ? data.retake.sha256 : null))
    .find(value => typeof value === 'string');
  const reels = metadata.map(data => (isObject(data.cmx_3600) ? data.cmx_3600.reel : null));
  const reel = reels.find(value => typeof value === 'string');
  const name = (reference && nameOf(reference)) || (path ? baseName(path) : nameOf(clip));
  return {
    name,
    path,
    reel: (reel as string | undefined) ?? null,
    sha256: typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? hash : null,
  };
}

/** Product of the time effects: 1 without any, 0 for a still, null when it varies. */
function speedOf(item: Json): number | null {
  let speed = 1;
  for (const effect of objects(item.effects)) {
    const schema = schemaOf(effect);
    if (schema === 'FreezeFrame') speed = 0;
    else if (schema === 'LinearTimeWarp') {
      const scalar = Number(effect.time_scalar);
      if (!Number.isFinite(scalar) || Math.abs(scalar) > 1e4) throw invalid(`The clip "${nameOf(item)}" has no speed.`);
      speed *= scalar;
    } else if (schema === 'TimeEffect') return null;
  }
  return speed;
}

const offsetOf = (item: Json | undefined, name: 'in_offset' | 'out_offset'): Time | undefined =>
  item && schemaOf(item) === 'Transition' ? (readTime(item[name])?.seconds ?? ZERO) : undefined;

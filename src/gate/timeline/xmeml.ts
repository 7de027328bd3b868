import type { Rational } from '../../clip.ts';
import { assembleTimeline } from './assemble.ts';
import {
  add,
  compare,
  earliest,
  exact,
  frames,
  latest,
  magnitude,
  multiply,
  type Span,
  subtract,
  type Time,
  ZERO,
} from './exact.ts';
import { invalid, type Timeline, UseList } from './timeline.ts';
import { child, childrenNamed, descend, type Element, parseXml, textOf } from './xml.ts';
import { chooseNamed, enterNested, noteRetimed, noteUnjudged, sourceName, within } from './xml-reader.ts';

/**
 * Reads Final Cut Pro 7 XML (xmeml 1–5), which Premiere Pro, DaVinci Resolve and others write: tracks, transitions,
 * nested sequences, constant and variable speed. Throws `timeline-invalid`.
 * @param wanted name of the sequence, where the file holds several
 */
export function readXmeml(text: string, wanted?: string): Timeline {
  const root = parseXml(text);
  if (root.name !== 'xmeml') throw invalid('The file is not Final Cut Pro 7 XML.');
  const definitions = new Map<string, Element>();
  collect(root, definitions);
  const sequence = chooseNamed(sequencesOf(root), wanted, {
    kind: 'sequence',
    nameOf: element => textOf(element, 'name') ?? '',
  });
  const fps = rateOf(sequence);
  if (!fps) throw invalid('The sequence does not say its frame rate.');
  const list = new UseList();
  const reader = new XmemlReader(definitions, list);
  const end = reader.endOf(sequence, fps);
  reader.sequence(sequence, { at: ZERO, window: { start: ZERO, end }, path: [], picture: true, sound: true });
  const timecode = child(sequence, 'timecode');
  const start = Number(textOf(timecode, 'frame') ?? 0);
  const drop = textOf(timecode, 'displayformat') === 'DF';
  return assembleTimeline(
    {
      format: 'xmeml',
      name: textOf(sequence, 'name') ?? '',
      fps,
      drop,
      start: Number.isSafeInteger(start) && start > 0 ? start : 0,
      origin: ZERO,
    },
    list,
  );
}

/** Files and sequences are written out once and referred to by id afterwards. */
function collect(element: Element, into: Map<string, Element>): void {
  const { id } = element.attributes;
  if (id !== undefined && (element.name === 'file' || element.name === 'sequence') && element.children.length > 0) {
    const key = `${element.name} ${id}`;
    if (!into.has(key)) into.set(key, element);
  }
  for (const inner of element.children) collect(inner, into);
}

function sequencesOf(element: Element): Element[] {
  return element.children.flatMap(inner => {
    if (inner.name === 'sequence') return [inner];
    return ['project', 'children', 'bin'].includes(inner.name) ? sequencesOf(inner) : [];
  });
}

/** `timebase` × 1000/1001 where `ntsc` is true. */
function rateOf(element: Element | undefined): Rational | null {
  const rate = child(element, 'rate');
  const base = Number(textOf(rate, 'timebase'));
  if (!rate || !Number.isInteger(base) || base < 1 || base > 1000) return null;
  return /^true$/i.test(textOf(rate, 'ntsc') ?? '') ? { num: base * 1000, den: 1001 } : { num: base, den: 1 };
}

function count(element: Element, name: string): number | null {
  const text = textOf(element, name);
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isFinite(value) || Math.abs(value) > 1e10) throw invalid(`"${text}" is no frame number.`);
  return Math.round(value);
}

interface Place {
  at: Time;
  window: Span;
  /** Ids of the sequences around it. */
  path: readonly string[];
  picture: boolean;
  sound: boolean;
}

class XmemlReader {
  readonly #definitions: ReadonlyMap<string, Element>;
  readonly #list: UseList;

  constructor(definitions: ReadonlyMap<string, Element>, list: UseList) {
    this.#definitions = definitions;
    this.#list = list;
  }

  #tracks(sequence: Element): { medium: 'picture' | 'sound'; track: Element; name: string }[] {
    return (['video', 'audio'] as const).flatMap(kind =>
      childrenNamed(descend(sequence, 'media', kind), 'track').map((track, i) => ({
        medium: kind === 'video' ? ('picture' as const) : ('sound' as const),
        track,
        name: `${kind === 'video' ? 'V' : 'A'}${i + 1}`,
      })),
    );
  }

  /** The end of the last clip, whatever the sequence says of its duration. */
  endOf(sequence: Element, fps: Rational): Time {
    const ends = this.#tracks(sequence).flatMap(({ track }) => track.children.map(item => count(item, 'end') ?? 0));
    return frames(
      ends.reduce((a, b) => Math.max(a, b), Math.max(0, count(sequence, 'duration') ?? 0)),
      fps,
    );
  }

  sequence(sequence: Element, place: Place): void {
    const fps = rateOf(sequence);
    if (!fps) throw invalid('A sequence does not say its frame rate.');
    for (const { medium, track, name } of this.#tracks(sequence)) {
      if (/^false$/i.test(textOf(track, 'enabled') ?? '') || (medium === 'picture' ? !place.picture : !place.sound))
        continue;
      const items = track.children.filter(item => ['clipitem', 'generatoritem', 'transitionitem'].includes(item.name));
      for (const [i, item] of items.entries()) {
        if (item.name === 'transitionitem' || /^false$/i.test(textOf(item, 'enabled') ?? '')) continue;
        if (item.name === 'generatoritem') {
          noteUnjudged(this.#list, textOf(item, 'name'), 'generator');
          continue;
        }
        this.#clip(item, { items, i, fps, medium, track: name, place });
      }
    }
  }

  #clip(
    item: Element,
    around: { items: Element[]; i: number; fps: Rational; medium: 'picture' | 'sound'; track: string; place: Place },
  ): void {
    const { items, i, fps, medium, track, place } = around;
    const name = textOf(item, 'name') ?? '';
    const rate = rateOf(item) ?? fps;
    const [before, after] = [items[i - 1], items[i + 1]].map(one => (one?.name === 'transitionitem' ? one : undefined));
    const [start, end, from, to] = ['start', 'end', 'in', 'out'].map(key => count(item, key));
    if (from === null || to === null || from < 0 || to <= from)
      throw invalid(`The clip "${name}" has no range in its media.`);
    // −1: the clip begins or ends in a transition, and with it.
    const length = frames(to - from, rate);
    const begins = start !== null && start >= 0 ? start : before ? count(before, 'start') : null;
    const ends = end !== null && end >= 0 ? end : after ? count(after, 'end') : null;
    if (begins === null && ends === null) throw invalid(`The clip "${name}" has no place on the timeline.`);
    const at = begins !== null ? frames(begins, fps) : subtract(frames(ends!, fps), length);
    const until = ends !== null ? frames(ends, fps) : add(at, length);
    const record = within(place.window, { start: add(place.at, at), end: add(place.at, until) });
    if (!record) return;
    const cutStart = subtract(record.start, add(place.at, at));
    const cutEnd = subtract(add(place.at, until), record.end);
    const inner = child(item, 'sequence');
    if (inner) {
      this.#nested(
        inner,
        item,
        frames(from, rate),
        record,
        subtract(add(place.at, at), frames(from, rate)),
        place,
        medium,
      );
      return;
    }
    const { speed, reverse } = this.#speed(item);
    const factor = speed === null ? null : magnitude(exact(speed));
    const file = this.#file(item);
    const whole = frames(
      Math.max(to, count(file ?? item, 'duration') ?? count(item, 'duration') ?? to),
      rateOf(file) ?? rate,
    );
    const range =
      factor === null
        ? { start: ZERO, end: whole }
        : factor.n === factor.d && !reverse
          ? { start: add(frames(from, rate), cutStart), end: subtract(frames(to, rate), cutEnd) }
          : retimed({ start: frames(from, rate), end: frames(to, rate) }, factor, reverse, whole, rate);
    const transitionStart = before ? count(before, 'start') : null;
    const transitionEnd = before ? count(before, 'end') : null;
    this.#list.add({
      name,
      medium,
      track,
      record,
      range:
        compare(range.end, range.start) > 0 ? range : { start: range.start, end: add(range.start, frames(1, rate)) },
      source: sourceName(textOf(file, 'pathurl'), textOf(file, 'name'), name, textOf(file, 'timecode', 'reel', 'name')),
      // In and out count from the media's first frame, whatever its timecode.
      origin: ZERO,
      rate,
      speed: speed === null ? null : reverse ? -speed : speed,
      transition:
        transitionStart !== null && transitionEnd !== null && start === -1
          ? frames(Math.max(0, transitionEnd - transitionStart), fps)
          : ZERO,
    });
  }

  #nested(
    inner: Element,
    item: Element,
    from: Time,
    record: Span,
    at: Time,
    place: Place,
    medium: 'picture' | 'sound',
  ): void {
    const id = inner.attributes.id ?? textOf(inner, 'name') ?? '';
    const path = enterNested(this.#list, place.path, id, id);
    const definition = inner.children.length > 0 ? inner : this.#definitions.get(`sequence ${id}`);
    if (!definition) throw invalid(`The sequence "${id}" is referred to but not in the file.`);
    const { speed } = this.#speed(item);
    const fps = rateOf(definition);
    const next = { path, picture: medium === 'picture', sound: medium === 'sound' };
    if (speed === 1 || !fps) {
      this.sequence(definition, { at, window: record, ...next });
      return;
    }
    noteRetimed(this.#list, textOf(item, 'name') ?? id);
    const begin = add(at, from);
    this.sequence(definition, {
      at: begin,
      window: { start: begin, end: add(begin, this.endOf(definition, fps)) },
      ...next,
    });
  }

  #file(item: Element): Element | undefined {
    const file = child(item, 'file');
    if (!file) return undefined;
    return file.children.length > 0 ? file : (this.#definitions.get(`file ${file.attributes.id}`) ?? file);
  }

  /** Speed of a "time remap" filter: 1 without one, null when it varies. */
  #speed(item: Element): { speed: number | null; reverse: boolean } {
    for (const filter of childrenNamed(item, 'filter')) {
      const effect = child(filter, 'effect');
      if (textOf(effect, 'effectid') !== 'timeremap' || /^false$/i.test(textOf(filter, 'enabled') ?? '')) continue;
      const parameters = new Map(childrenNamed(effect, 'parameter').map(one => [textOf(one, 'parameterid'), one]));
      const on = (id: string): boolean => /^(true|1)$/i.test(textOf(parameters.get(id), 'value') ?? '');
      if (on('variablespeed')) return { speed: null, reverse: false };
      const speed = Number(textOf(parameters.get('speed'), 'value') ?? 100) / 100;
      if (!Number.isFinite(speed) || Math.abs(speed) > 1e4)
        throw invalid(`The clip "${textOf(item, 'name') ?? ''}" has no speed.`);
      return { speed: Math.abs(speed), reverse: on('reverse') || speed < 0 };
    }
    return { speed: 1, reverse: false };
  }
}

/**
 * In and out of a retimed clip count retimed frames: the source's are that many times the speed. Some writers count source
 * frames instead; the stretch that covers both readings is taken, within the media.
 */
function retimed(span: Span, factor: Time, reverse: boolean, whole: Time, rate: Rational): Span {
  const scaled = { start: multiply(span.start, factor), end: multiply(span.end, factor) };
  const mirrored = reverse ? { start: subtract(whole, scaled.end), end: subtract(whole, scaled.start) } : scaled;
  const start = latest(ZERO, earliest(mirrored.start, span.start));
  const end = earliest(latest(whole, frames(1, rate)), latest(mirrored.end, span.end));
  return { start, end };
}

import type { Rational } from '../../clip.ts';
import { baseName } from '../../report/text.ts';
import { fromTimecode, isNtsc, parseRate, rateOf, type TimelineRate } from '../../report/timecode.ts';
import { assembleTimeline } from './assemble.ts';
import { add, earliest, exact, frames, latest, magnitude, multiply, subtract, type Time } from './exact.ts';
import { type DraftUse, invalid, MOST_BYTES, type Timeline, UseList } from './timeline.ts';
import { pathOfUrl } from './url.ts';

/** One event line with what follows it. */
interface Event {
  number: string;
  reel: string;
  channels: string;
  kind: string;
  /** Frames of a dissolve, wipe or key. */
  length: number;
  source: [string, string];
  record: [string, string];
  drop: boolean;
  clip: string | null;
  toClip: string | null;
  file: string | null;
  /** Frames per second of an `M2` line. */
  motion: number | null;
}

const CODE = String.raw`\d{2}[:;.]\d{2}[:;.]\d{2}[:;.]\d{2}`;
const EVENT = new RegExp(
  String.raw`^(\d{1,6})\s+(\S+)\s+([A-Z0-9/]{1,8})\s+(C|D|W\d{1,3}|K|KB|KO)\s+(?:\(F\)\s+)?(?:(\d{1,4})\s+)?(${CODE})\s+(${CODE})\s+(${CODE})\s+(${CODE})\s*$`,
);
const MOST_LINES = 500_000;

/**
 * Reads a CMX 3600 edit decision list. The format does not state its rate: `fps` says it, unless the list is
 * drop-frame or names it in its title or a comment (`25 fps`). Dissolves and wipes lengthen the outgoing clip by
 * their frames; `M2` lines give the speed. Throws `timeline-invalid`, also when the rate is not known.
 */
export function readEdl(text: string, fps?: Rational): Timeline {
  if (text.length > MOST_BYTES) throw invalid('The list is too large.');
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  if (lines.length > MOST_LINES) throw invalid(`The list has more than ${MOST_LINES} lines.`);
  const { events, title, drop, stated } = parse(lines);
  if (events.length === 0) throw invalid('The file is no edit decision list: it has no event.');
  const rate = countingRate(events, drop, fps ?? stated);
  const list = new UseList();
  const drafts = events.map((event, i) => toDraft(event, events[i - 1], rate, list));
  extendOutgoing(events, drafts, rate);
  for (const [i, draft] of drafts.entries())
    if (draft) for (const one of media(draft, events[i].channels)) list.add(one);
  const records = drafts.flatMap(draft => (draft ? [draft.record.start] : []));
  const black = events.map(event => at(event.record[0], rate));
  const origin = [...records, ...black].reduce(earliest);
  const start = Math.min(...events.map(event => count(event.record[0], rate)));
  return assembleTimeline({ format: 'edl', name: title, fps: rate.fps, drop: rate.drop, start, origin }, list);
}

interface Parsed {
  events: Event[];
  title: string;
  drop: boolean;
  stated: Rational | undefined;
}

function parse(lines: readonly string[]): Parsed {
  const parsed: Parsed = { events: [], title: '', drop: false, stated: undefined };
  let dropping = false;
  for (const raw of lines) {
    const line = raw.trim();
    const event = EVENT.exec(line);
    const last = parsed.events.at(-1);
    if (event) {
      const [, number, reel, channels, kind, length, ...codes] = event;
      const drop = dropping || codes.some(code => /[;.]\d{2}$/.test(code));
      parsed.drop ||= drop;
      parsed.events.push({
        ...{ number, reel, channels, kind, length: Number(length ?? 0), drop },
        source: [codes[0], codes[1]],
        record: [codes[2], codes[3]],
        ...{ clip: null, toClip: null, file: null, motion: null },
      });
    } else if (/^\d{1,6}\s+\S+\s+\S+\s+[A-Z]/.test(line)) throw invalid(`This is no event that can be read: "${line}"`);
    else if (/^TITLE:/i.test(line)) parsed.title = line.slice(6).trim();
    else if (/^FCM:/i.test(line)) dropping = /^FCM:\s*DROP/i.test(line);
    else if (last) describe(last, line);
    parsed.stated ??= statedRate(line);
  }
  return parsed;
}

function describe(event: Event, line: string): void {
  const comment = (pattern: RegExp): string | null => pattern.exec(line)?.[1]?.trim() || null;
  event.clip ??= comment(/^\*\s*(?:FROM CLIP(?: NAME)?|CLIP NAME)\s*:\s*(.+)$/i);
  event.toClip ??= comment(/^\*\s*(?:TO|KEY) CLIP NAME\s*:\s*(.+)$/i);
  event.file ??= comment(/^\*\s*(?:SOURCE FILE(?: PATH)?|FROM CLIP IS A STILL|FILE|PATH)\s*:\s*(.+)$/i);
  const motion = /^M2\s+\S+\s+(-?\d{1,4}(?:\.\d{1,4})?)\b/.exec(line);
  if (motion) event.motion = Number(motion[1]);
}

function statedRate(line: string): Rational | undefined {
  const text = /^(?:TITLE:|\*)/i.test(line)
    ? /(\d{2}(?:\.\d{1,3})?)\s*fps\b|\bFPS\s*[:=]\s*(\d{2}(?:\.\d{1,3})?)/i.exec(line)
    : null;
  if (!text) return undefined;
  try {
    return parseRate(text[1] ?? text[2]);
  } catch {
    return undefined;
  }
}

function countingRate(events: readonly Event[], drop: boolean, fps: Rational | undefined): TimelineRate {
  const codes = events.flatMap(event => [...event.source, ...event.record]);
  const highest = codes.reduce((most, code) => Math.max(most, Number(code.slice(-2))), 0);
  if (fps === undefined && !drop)
    throw invalid('An edit decision list does not say its frame rate: name it with --fps.');
  const chosen = fps ?? { num: highest > 29 ? 60_000 : 30_000, den: 1001 };
  const base = Math.round(chosen.num / chosen.den);
  if (highest >= base)
    throw invalid(`The list counts ${highest + 1} frames or more to a second: it is not one of ${base} fps.`);
  return rateOf(chosen, drop && isNtsc(chosen) && base % 30 === 0);
}

/** Frames since midnight; separators are written as the list's drop-frame mode has them. */
function count(code: string, rate: TimelineRate): number {
  const plain = code.replaceAll(/[;.]/g, ':');
  const written = rate.drop ? `${plain.slice(0, 8)};${plain.slice(9)}` : plain;
  try {
    return fromTimecode(written, rate);
  } catch (thrown) {
    throw invalid(`In the list, ${(thrown as Error).message}`, thrown);
  }
}

const at = (code: string, rate: TimelineRate): Time => frames(count(code, rate), rate.fps);
const lengthOf = ([from, to]: [string, string], rate: TimelineRate): number => count(to, rate) - count(from, rate);

function toDraft(event: Event, before: Event | undefined, rate: TimelineRate, list: UseList): DraftUse | null {
  const recorded = lengthOf(event.record, rate);
  if (recorded < 0) throw invalid(`Event ${event.number} ends before it begins.`);
  if (recorded === 0) return null;
  if (/^(BL|BLACK|BLK)$/i.test(event.reel)) return null;
  const speed = event.motion === null ? 1 : event.motion / (rate.fps.num / rate.fps.den);
  const sourced = lengthOf(event.source, rate);
  if (speed === 1 && sourced !== recorded && sourced > 0)
    list.note(`Event ${event.number}: ${sourced} source frames for ${recorded} on the timeline, and no speed is told.`);
  // A dissolve's second line names its clip as the one that is gone to.
  const incoming = before !== undefined && before.number === event.number && event.kind !== 'C';
  const name = (incoming ? (event.toClip ?? event.clip) : event.clip) ?? event.reel;
  const path = event.file ? pathOfUrl(event.file) : null;
  return {
    name,
    medium: 'picture',
    track: event.channels,
    record: { start: at(event.record[0], rate), end: at(event.record[1], rate) },
    source: {
      name: path && name === event.reel ? baseName(path) : name,
      path,
      reel: /^(AX|UNKNOWN)$/i.test(event.reel) ? null : event.reel,
      sha256: null,
    },
    range: sourceRange(event, recorded, sourced, speed, rate),
    origin: null,
    rate: rate.fps,
    speed: sourced !== recorded && event.motion === null ? null : speed,
    transition: frames(event.length, rate.fps),
  };
}

function sourceRange(
  event: Event,
  recorded: number,
  sourced: number,
  speed: number,
  rate: TimelineRate,
): DraftUse['range'] {
  const start = at(event.source[0], rate);
  const one = frames(1, rate.fps);
  if (event.motion === 0) return { start, end: add(start, one) };
  const reach = multiply(frames(recorded, rate.fps), magnitude(exact(speed)));
  const plain = frames(Math.max(0, sourced), rate.fps);
  const length = speed === 1 ? plain : latest(reach, plain);
  if (speed < 0) return { start: subtract(add(start, one), length), end: add(start, length) };
  return { start, end: add(start, length.n === 0n ? one : length) };
}

/** The clip that a dissolve, wipe or key goes away from stays visible for the transition's frames. */
function extendOutgoing(events: readonly Event[], drafts: (DraftUse | null)[], rate: TimelineRate): void {
  for (const [i, event] of events.entries()) {
    if (event.kind === 'C' || event.length === 0 || i === 0) continue;
    const start = at(event.record[0], rate);
    const outgoing = drafts
      .slice(0, i)
      .findLast(draft => draft !== null && draft.record.end.n === start.n && draft.record.end.d === start.d);
    if (!outgoing) continue;
    const length = frames(event.length, rate.fps);
    const speed = outgoing.speed === null ? 1 : Math.abs(outgoing.speed);
    outgoing.record = { ...outgoing.record, end: add(outgoing.record.end, length) };
    outgoing.range = { ...outgoing.range, end: add(outgoing.range.end, multiply(length, exact(speed))) };
  }
}

/** `V`, `A`, `A2`, `AA`, `B` (both), `AA/V`, `NONE`. */
function media(draft: DraftUse, channels: string): DraftUse[] {
  const both = channels === 'B';
  const picture = both || channels.includes('V');
  const sound = both || channels.includes('A');
  if (!picture && !sound) return [draft];
  return [...(picture ? [draft] : []), ...(sound ? [{ ...draft, medium: 'sound' as const }] : [])];
}

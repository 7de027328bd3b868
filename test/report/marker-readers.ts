import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect } from 'vitest';

/** A marker as a reader of its format finds it: frames from the start of the timeline's first frame, end exclusive. */
export interface ReadMarker {
  start: number;
  end: number;
  colour: string;
  name: string;
  note: string;
}

/** How the reader's timeline counts: given, as in an editing system whose project is set up before the import. */
export interface ReaderTimeline {
  base: number;
  drop: boolean;
  /** Timecode of the timeline's first frame. */
  start: string;
}

/** Frames since midnight by counting minutes one after the other: slow, simple, and not the product's formula. */
export function frameCount(timecode: string, { base, drop }: Pick<ReaderTimeline, 'base' | 'drop'>): number {
  const parts = timecode.match(/^(\d\d):(\d\d):(\d\d)([:;])(\d\d)$/);
  if (!parts) throw new Error(`not a timecode: ${timecode}`);
  expect(parts[4]).toBe(drop ? ';' : ':');
  const [h, m, s, f] = [parts[1], parts[2], parts[3], parts[5]].map(Number);
  let frames = 0;
  for (let minute = 0; minute < h * 60 + m; minute++) {
    frames += 60 * base;
    if (drop && (minute + 1) % 10 !== 0) frames -= base === 60 ? 4 : 2;
  }
  return frames + s * base + f;
}

/** Frames from the timeline's first one; a timecode before it is one of the next day. */
function offset(timecode: string, timeline: ReaderTimeline): number {
  const last = `23:59:59${timeline.drop ? ';' : ':'}${timeline.base - 1}`;
  const frames = frameCount(timecode, timeline) - frameCount(timeline.start, timeline);
  return frames < 0 ? frames + frameCount(last, timeline) + 1 : frames;
}

/** DaVinci Resolve's marker EDL: an event line, then one line with the note and its fields. */
export function readEdl(text: string, timeline: ReaderTimeline): ReadMarker[] {
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^TITLE: \S/);
  expect(lines[1]).toBe(timeline.drop ? 'FCM: DROP FRAME' : 'FCM: NON-DROP FRAME');
  const markers: ReadMarker[] = [];
  for (let i = 2; i < lines.length; i++) {
    if (lines[i] === '') continue;
    const event = /^(\d{3,}) {2}001 {6}V {5}C {8}(\S+) (\S+) (\S+) (\S+) {2}$/.exec(lines[i]);
    if (!event) throw new Error(`not an event: ${lines[i]}`);
    expect(Number(event[1])).toBe(markers.length + 1);
    const [from, to] = [event[4], event[5]].map(code => offset(code, timeline));
    expect([event[2], event[3]]).toEqual([event[4], event[5]]);
    expect(to).toBe(from + 1);
    const fields = /^(\D.*?) \|C:(ResolveColor\w+) \|M:([^|]*) \|D:(\d+)$/.exec(lines[++i]);
    if (!fields) throw new Error(`not a marker: ${lines[i]}`);
    markers.push({ start: from, end: from + Number(fields[4]), colour: fields[2], name: fields[3], note: fields[1] });
  }
  return markers;
}

/** Avid's marker text: six fields between tabs. */
export function readAvid(text: string, timeline: ReaderTimeline): ReadMarker[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const fields = line.split('\t');
      expect(fields).toHaveLength(6);
      expect(fields[2]).toBe('V1');
      const start = offset(fields[1], timeline);
      return { start, end: start + Number(fields[5]), colour: fields[3], name: '', note: fields[4] };
    });
}

/** RFC 4180 by its own rules, character by character. */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',' || char === '\n') {
      rows.at(-1)!.push(char === '\n' ? field.replace(/\r$/, '') : field);
      field = '';
      if (char === '\n') rows.push([]);
    } else field += char;
  }
  const [header, ...lines] = rows.slice(0, -1);
  for (const line of lines) expect(line).toHaveLength(header.length);
  return lines.map(line => Object.fromEntries(header.map((name, i) => [name, line[i]])));
}

export function readCsv(text: string, timeline: ReaderTimeline): ReadMarker[] {
  return parseCsv(text).map(row => {
    const [start, end] = [row['Timecode Source In'], row['Timecode Source Out']].map(code => offset(code, timeline));
    expect(frameCount(row.Duration, timeline)).toBe(end - start);
    return { start, end, colour: row.Status, name: row.Name, note: row.Comment };
  });
}

/** An element as the parser gives it: attributes under `@`, children by name, text under `#text`. */
type Node = Record<string, unknown>;
const LISTS = [
  'marker',
  'keyword',
  'clipitem',
  'track',
  'format',
  'asset',
  'testsuite',
  'testcase',
  'failure',
  'property',
];
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: name => LISTS.includes(name),
});

/** XML that is well-formed by the parser's own validator, parsed. */
export function readXml(text: string): Node {
  expect(XMLValidator.validate(text)).toBe(true);
  return parser.parse(text) as Node;
}

/** Follows names down a parsed document. */
export function child<T = Node>(node: unknown, ...names: (string | number)[]): T {
  let here = node as Node;
  for (const name of names) {
    expect(here, `no ${name}`).toHaveProperty([String(name)]);
    here = here[name as string] as Node;
  }
  return here as T;
}

/** Frames of an FCPXML time such as `1001/30000s`; throws when it does not lie on the grid of the frame duration. */
function framesOf(time: string, frameDuration: string): number {
  const rational = (text: string): [bigint, bigint] => {
    const parts = /^(\d+)(?:\/(\d+))?s$/.exec(text);
    if (!parts) throw new Error(`not a time: ${text}`);
    return [BigInt(parts[1]), BigInt(parts[2] ?? 1)];
  };
  const [a, b] = rational(time);
  const [c, d] = rational(frameDuration);
  expect((a * d) % (b * c), `${time} is off the grid of ${frameDuration}`).toBe(0n);
  return Number((a * d) / (b * c));
}

export interface ReadFcpxml {
  markers: ReadMarker[];
  /** Frame of the timeline's first timecode. */
  origin: number;
  drop: boolean;
  frameDuration: string;
  src: string;
}

export function readFcpxml(text: string): ReadFcpxml {
  const root = child(readXml(text), 'fcpxml');
  const formats = child<Node[]>(root, 'resources', 'format');
  const duration = (id: unknown) => formats.find(format => format['@id'] === id)?.['@frameDuration'] as string;
  const asset = child(root, 'resources', 'asset', 0);
  const sequence = child(root, 'library', 'event', 'project', 'sequence');
  const clip = child(sequence, 'spine', 'asset-clip');
  expect(clip['@ref']).toBe(asset['@id']);
  expect(clip['@offset']).toBe(sequence['@tcStart']);
  const own = duration(clip['@format']);
  const timeline = duration(sequence['@format']);
  const length = framesOf(clip['@duration'] as string, timeline);
  expect(length).toBe(framesOf(sequence['@duration'] as string, timeline));
  const read =
    (kind: string) =>
    (node: Node): ReadMarker => {
      const start = framesOf(node['@start'] as string, own);
      const completed = node['@completed'];
      const colour =
        kind === 'keyword' ? 'keyword' : completed === undefined ? 'standard' : completed === '1' ? 'done' : 'to-do';
      return {
        start,
        end: start + framesOf(node['@duration'] as string, own),
        colour,
        name: node['@value'] as string,
        note: node['@note'] as string,
      };
    };
  const list = (kind: string) => ((clip[kind] as Node[] | undefined) ?? []).map(read(kind));
  return {
    markers: [...list('marker'), ...list('keyword')],
    origin: framesOf(sequence['@tcStart'] as string, timeline),
    drop: sequence['@tcFormat'] === 'DF',
    frameDuration: timeline,
    src: child(asset, 'media-rep')['@src'] as string,
  };
}

export interface ReadXmeml {
  markers: ReadMarker[];
  base: number;
  ntsc: boolean;
  drop: boolean;
  start: string;
  pathurl: string;
}

export function readXmeml(text: string): ReadXmeml {
  const root = child(readXml(text), 'xmeml');
  expect(root['@version']).toBe('4');
  const sequence = child(root, 'sequence');
  const rate = child<Record<string, string>>(sequence, 'rate');
  const timecode = child<Record<string, string>>(sequence, 'timecode');
  const markers = ((sequence.marker as Record<string, string>[] | undefined) ?? []).map(marker => ({
    start: Number(marker.in),
    end: Number(marker.out),
    colour: marker.pproColor ?? 'default',
    name: marker.name,
    note: marker.comment,
  }));
  const clip = child(sequence, 'media', 'video', 'track', 0, 'clipitem', 0);
  expect(clip.end).toBe(sequence.duration);
  return {
    markers,
    base: Number(rate.timebase),
    ntsc: rate.ntsc === 'TRUE',
    drop: timecode.displayformat === 'DF',
    start: timecode.string,
    pathurl: child(clip, 'file').pathurl as string,
  };
}

interface Time {
  OTIO_SCHEMA: string;
  rate: number;
  value: number;
}

export interface ReadOtio {
  markers: ReadMarker[];
  rate: number;
  origin: number;
  url: string;
}

/** OpenTimelineIO's JSON: every object names a schema that release 0.14 knows, and has that schema's fields. */
export function readOtio(text: string): ReadOtio {
  const FIELDS: Record<string, string[]> = {
    'Timeline.1': ['name', 'metadata', 'global_start_time', 'tracks'],
    'Stack.1': ['name', 'metadata', 'source_range', 'effects', 'markers', 'children'],
    'Track.1': ['name', 'metadata', 'source_range', 'effects', 'markers', 'children', 'kind'],
    'Clip.1': ['name', 'metadata', 'source_range', 'effects', 'markers', 'media_reference'],
    'ExternalReference.1': ['name', 'metadata', 'available_range', 'target_url'],
    'Marker.2': ['name', 'metadata', 'color', 'marked_range', 'comment'],
    'TimeRange.1': ['start_time', 'duration'],
    'RationalTime.1': ['rate', 'value'],
  };
  const known = (value: unknown, inMetadata = false): void => {
    if (Array.isArray(value)) for (const item of value) known(item, inMetadata);
    else if (value !== null && typeof value === 'object') {
      const { OTIO_SCHEMA: schema, ...fields } = value as Record<string, unknown>;
      if (!inMetadata) expect(Object.keys(fields).sort()).toEqual([...(FIELDS[schema as string] ?? ['?'])].sort());
      for (const [name, inner] of Object.entries(fields)) known(inner, inMetadata || name === 'metadata');
    }
  };
  const timeline = JSON.parse(text);
  known(timeline);
  const clip = timeline.tracks.children[0].children[0];
  const global = timeline.global_start_time as Time;
  const COLOURS = 'PINK RED ORANGE YELLOW GREEN CYAN BLUE PURPLE MAGENTA BLACK WHITE'.split(' ');
  return {
    rate: global.rate,
    origin: global.value,
    url: clip.media_reference.target_url,
    markers: clip.markers.map(
      (marker: {
        marked_range: { start_time: Time; duration: Time };
        color: string;
        name: string;
        comment: string;
      }) => {
        const { start_time, duration } = marker.marked_range;
        expect([start_time.rate, duration.rate]).toEqual([global.rate, global.rate]);
        expect(COLOURS).toContain(marker.color);
        return {
          start: start_time.value,
          end: start_time.value + duration.value,
          colour: marker.color,
          name: marker.name,
          note: marker.comment,
        };
      },
    ),
  };
}

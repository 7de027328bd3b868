import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { invalid, MOST_BYTES } from './timeline.ts';

/** An element with its attributes, its element children in order, and its text. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Elements within elements; Final Cut Pro's deepest compound clips stay below 40. */
const MOST_DEPTH = 120;
const MOST_ELEMENTS = 2_000_000;

/**
 * Reads XML without ever expanding an entity of the document's own: a document type with an internal subset, or any
 * entity but the five of XML and character references, is refused. Throws `timeline-invalid`.
 */
export function parseXml(source: string): Element {
  if (source.length > MOST_BYTES) throw invalid(`The timeline is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
  const text = source.replace(/^\ufeff/, '');
  refuseDefinitions(text);
  measure(text);
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw invalid(`The timeline is not well-formed XML (line ${valid.err.line}): ${valid.err.msg}`);
  let parsed: Ordered[];
  try {
    parsed = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      trimValues: true,
      maxNestedTags: MOST_DEPTH,
    }).parse(text) as Ordered[];
  } catch (thrown) {
    throw invalid(`The timeline is not XML that can be read: ${(thrown as Error).message}`, thrown);
  }
  const root = parsed.map(convert).find(element => element !== null);
  if (!root) throw invalid('The timeline has no element.');
  return root;
}

type Ordered = Record<string, unknown>;

function refuseDefinitions(text: string): void {
  const at = text.search(/<!DOCTYPE/i);
  if (at >= 0) {
    const end = text.indexOf('>', at);
    if (end < 0 || text.slice(at, end).includes('[') || /\b(SYSTEM|PUBLIC)\b/.test(text.slice(at, end)))
      throw invalid('The timeline brings its own document type: refused.');
  }
  if (/<!(ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(text))
    throw invalid('The timeline defines its own entities: refused.');
}

/** Depth and number of elements, counted before anything is built. Comments and CDATA are skipped. */
function measure(text: string): void {
  let depth = 0;
  let count = 0;
  for (let i = text.indexOf('<'); i >= 0; i = text.indexOf('<', i)) {
    const skip = (mark: string): number => {
      const end = text.indexOf(mark, i);
      if (end < 0) throw invalid('The timeline ends in the middle of an element.');
      return end + mark.length;
    };
    if (text.startsWith('<!--', i)) i = skip('-->');
    else if (text.startsWith('<![CDATA[', i)) i = skip(']]>');
    else if (text[i + 1] === '?' || text[i + 1] === '!') i = skip('>');
    else {
      const end = closing(text, i);
      if (text[i + 1] === '/') depth--;
      else if (text[end - 1] !== '/') depth++;
      if (depth > MOST_DEPTH) throw invalid(`The timeline nests more than ${MOST_DEPTH} elements.`);
      if (++count > 2 * MOST_ELEMENTS) throw invalid(`The timeline has more than ${MOST_ELEMENTS} elements.`);
      i = end + 1;
    }
  }
}

/** Position of the `>` that ends the tag at `from`; one within quotes does not. */
function closing(text: string, from: number): number {
  let quote = '';
  for (let i = from + 1; i < text.length; i++) {
    const char = text[i];
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return i;
    else if (char === '<') break;
  }
  throw invalid('The timeline has a tag that does not end.');
}

function convert(node: Ordered): Element | null {
  const name = Object.keys(node).find(key => key !== ':@');
  if (name === undefined || name.startsWith('?') || name === '#text') return null;
  const content = node[name] as Ordered[];
  const attributes = Object.fromEntries(
    Object.entries((node[':@'] as Record<string, unknown>) ?? {}).map(([key, value]) => [
      key,
      decodeEntities(String(value)),
    ]),
  );
  return {
    name,
    attributes,
    children: content.map(convert).filter(child => child !== null),
    text: decodeEntities(content.flatMap(child => ('#text' in child ? [String(child['#text'])] : [])).join('')),
  };
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&([^;&\s]{0,40});/g, (_all, name: string) => {
    const code = /^#x([0-9a-f]{1,6})$/i.exec(name)?.[1];
    const decimal = /^#(\d{1,7})$/.exec(name)?.[1];
    const point = code !== undefined ? Number.parseInt(code, 16) : decimal !== undefined ? Number(decimal) : Number.NaN;
    if (point > 0 && point <= 0x10ffff) return String.fromCodePoint(point);
    if (!Object.hasOwn(NAMED, name)) throw invalid(`The timeline uses the entity "${name}", which XML does not know.`);
    return NAMED[name];
  });
}

/** First child of that name. */
export const child = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find(candidate => candidate.name === name);

/** Follows names down to an element. */
export const descend = (element: Element | undefined, ...names: string[]): Element | undefined =>
  names.reduce(child, element);

export const childrenNamed = (element: Element | undefined, name: string): Element[] =>
  element?.children.filter(candidate => candidate.name === name) ?? [];

/** Text of a child; undefined when there is none or it is empty. */
export const textOf = (element: Element | undefined, ...names: string[]): string | undefined =>
  descend(element, ...names)?.text || undefined;

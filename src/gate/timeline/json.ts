import { invalid, MOST_BYTES } from './timeline.ts';

const MOST_DEPTH = 400;

/** Parses JSON of bounded size and nesting. Throws `timeline-invalid`. */
export function parseJson(source: string): unknown {
  if (source.length > MOST_BYTES) throw invalid(`The timeline is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
  const text = source.replace(/^\ufeff/, '');
  if (nesting(text) > MOST_DEPTH) throw invalid(`The timeline nests more than ${MOST_DEPTH} values.`);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(`The timeline is not JSON: ${(thrown as Error).message}`, thrown);
  }
}

/** Deepest nesting of objects and arrays; brackets within strings do not count. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}

/** A section of ffprobe's compact output: its name and its `key=value` fields, escapes undone. */
export interface Section {
  name: string;
  fields: Map<string, string>;
}

const UNESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '\\': '\\', '|': '|' };

/** Reads one line of `ffprobe -of compact`: fields are divided by `|`, special characters carry a backslash. */
export function parseCompact(line: string): Section {
  const parts: string[] = [];
  let current = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '\\' && at + 1 < line.length) {
      at += 1;
      current += UNESCAPED[line[at]] ?? line[at];
    } else if (char === '|') {
      parts.push(current);
      current = '';
    } else current += char;
  }
  parts.push(current);
  const fields = new Map<string, string>();
  for (const part of parts.slice(1)) {
    const equals = part.indexOf('=');
    // The first of equal names counts: side data follows the stream's own fields.
    if (equals > 0 && !fields.has(part.slice(0, equals))) fields.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return { name: parts[0], fields };
}

/** A number, or null where ffprobe says `N/A` or nothing. */
export function numberOf(section: Section, key: string): number | null {
  const text = section.fields.get(key);
  if (text === undefined || text === '' || text === 'N/A') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A word, or null where ffprobe says `N/A`, `unknown` or nothing. */
export function wordOf(section: Section, key: string): string | null {
  const text = section.fields.get(key);
  return text === undefined || text === '' || text === 'N/A' || text === 'unknown' ? null : text;
}

/** A fraction such as `24000/1001` or `16:9`, or null where it is missing, zero or negative. */
export function fractionOf(section: Section, key: string): { num: number; den: number } | null {
  const found = /^(\d+)[/:](\d+)$/.exec(section.fields.get(key) ?? '');
  if (found === null) return null;
  const [num, den] = [Number(found[1]), Number(found[2])];
  return num > 0 && den > 0 ? { num, den } : null;
}

import { baseName } from '../../report/text.ts';
import { compare, earliest, latest, type Span } from './exact.ts';
import { invalid, MOST_NESTING, type SourceName, type UseList } from './timeline.ts';
import { pathOfUrl } from './url.ts';
import type { Element } from './xml.ts';

/** The one sequence or project of a file, or the one of that name. Throws `timeline-invalid` naming those that there are. */
export function chooseNamed(
  found: readonly Element[],
  wanted: string | undefined,
  { kind, nameOf }: { kind: 'sequence' | 'project'; nameOf(element: Element): string },
): Element {
  const named = wanted === undefined ? found : found.filter(element => nameOf(element) === wanted);
  if (named.length === 1) return named[0];
  const names = found.map(element => `"${nameOf(element)}"`).join(', ');
  throw invalid(
    found.length === 0 ? `The file holds no ${kind}.` : `Name one of the ${kind}s with --sequence: ${names}`,
  );
}

/**
 * Steps into a nested sequence: the ids of the sequences around what is in it. Throws `timeline-invalid` for one within
 * itself and for nesting without end.
 */
export function enterNested(list: UseList, path: readonly string[], id: string, name: string): readonly string[] {
  if (path.includes(id)) throw invalid(`The sequence "${name}" contains itself.`);
  if (path.length >= MOST_NESTING) throw invalid(`The timeline nests more than ${MOST_NESTING} sequences.`);
  list.enter();
  return [...path, id];
}

/** What is neither a clip nor made of clips can only be judged in the export. */
export const noteUnjudged = (list: UseList, name: string | undefined, kind: 'title' | 'generator'): void =>
  list.note(`"${name ?? kind}" is a ${kind}: nothing of it is judged but the export itself.`);

export const noteRetimed = (list: UseList, name: string): void =>
  list.note(`"${name}" is retimed: all of it counts as used.`);

/** What a timeline says of a piece of media: its address, and a name where the address has none. */
export function sourceName(
  url: string | undefined,
  name: string | undefined,
  other: string,
  reel: string | undefined,
): SourceName {
  const path = url ? pathOfUrl(url) : null;
  return { name: name ?? (path ? baseName(path) : other), path, reel: reel ?? null, sha256: null };
}

/** What of a stretch its parents let be seen; null when nothing is. */
export function within(window: Span, stretch: Span): Span | null {
  const seen = { start: latest(window.start, stretch.start), end: earliest(window.end, stretch.end) };
  return compare(seen.end, seen.start) > 0 ? seen : null;
}

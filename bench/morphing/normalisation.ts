import { areaUnder, rankCorrelation } from './figures.ts';

/** A clip without a visible morph, and what its score must not tell. */
export interface Ordinary {
  score: number;
  /** The strongest region, found or not. */
  region: number;
  generated: boolean;
  /** Cartoons, paintings, dolls. */
  drawn: boolean;
  motion: number;
  rate: number;
  pixels: number;
  detail: number;
}

/** Whether a label speaks of something that is not a photograph. */
export const isDrawn = (label: string): boolean => /anime|cartoon|painting|doll|robot|CG\b|toy/i.test(label);

/**
 * Table of what the score says of clips in which nothing morphs: rank correlations with motion, frames a second, size and
 * detail within real clips and within clean generated ones, and whether it tells generated from real and drawn from photographed.
 * All of that should be near 0 and near .5.
 */
export function normalisationTable(clips: readonly Ordinary[]): string {
  const real = clips.filter(({ generated }) => !generated);
  const made = clips.filter(({ generated }) => generated);
  const lines = [
    '| of clips without a morph | score | strongest region |',
    '|---|---|---|',
    ...([real, made] as const).flatMap((group, k) =>
      (['motion', 'rate', 'pixels', 'detail'] as const).map(name => {
        const others = group.map(clip => clip[name]);
        const with_ = (value: (clip: Ordinary) => number) => rankCorrelation(group.map(value), others).toFixed(2);
        return `| rank correlation with ${name}, ${k === 0 ? 'real' : 'clean generated'} (${group.length}) | ${with_(clip => clip.score)} | ${with_(clip => clip.region)} |`;
      }),
    ),
  ];
  const compare = (title: string, ones: readonly Ordinary[], others: readonly Ordinary[]) => {
    const by = (value: (clip: Ordinary) => number) => areaUnder(ones, others, value).toFixed(2);
    lines.push(
      `| AUC ${title} (${ones.length} / ${others.length}) | ${by(clip => clip.score)} | ${by(clip => clip.region)} |`,
    );
  };
  compare('clean generated against real', made, real);
  compare(
    'clean generated: drawn against photographed',
    made.filter(({ drawn }) => drawn),
    made.filter(({ drawn }) => !drawn),
  );
  return lines.join('\n');
}

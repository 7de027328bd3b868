import type { HandCue } from '../../src/landmarks.ts';
import { doubtOf } from '../../src/signals/hands/experts.ts';
import type { JudgedStill, PlantedStills } from './planted.ts';
import { auc, clustered, recallAt, upperBound } from './score.ts';

const two = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '–');
export const interval = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${two(value)} (${two(low)}–${two(high)})`;

/** Cues whose separation is shown, larger is worse. */
export const CUES: readonly HandCue[] = [
  'extra',
  'stem',
  'tipless',
  'boneless',
  'webless',
  'damage',
  'surplus',
  'lacking',
  'fused',
  'melted',
  'grown',
  'gone',
  'spoilt',
  'unsteady',
];

/** All figures of one look whose separation is shown: the cues, and the doubt that ranks takes. */
export const figuresOf = (cues: Record<HandCue, number>): [string, number][] => [
  ...CUES.map((cue): [string, number] => [cue, cues[cue]]),
  ['doubt', doubtOf(cues)],
];
/** Names of {@link figuresOf}. */
export const FIGURES = [...CUES, 'doubt'];

/** Separation of a group of wrong hands from right ones by one figure per hand, with intervals clustered by series; hands without the figure are left out. */
export function separation<T extends { series: string }>(
  wrong: readonly T[],
  right: readonly T[],
  figure: (still: T) => number,
): string {
  const rows = [...wrong.map(still => ({ still, bad: true })), ...right.map(still => ({ still, bad: false }))].filter(
    ({ still }) => !Number.isNaN(figure(still)),
  );
  const split = (list: readonly { still: T; bad: boolean }[]) => [
    list.filter(({ bad }) => bad).map(({ still }) => figure(still)),
    list.filter(({ bad }) => !bad).map(({ still }) => figure(still)),
  ];
  const of = (measure: (a: number[], b: number[]) => number) =>
    interval(
      clustered(
        rows,
        ({ still }) => still.series,
        list => {
          const [a, b] = split(list);
          return measure(a, b);
        },
      ),
    );
  return `${of(auc)} | ${of((a, b) => recallAt(a, b, 0.01))} | ${of((a, b) => recallAt(a, b, 0.05))}`;
}

/** The planted faults: how well each cue tells each kind from untouched hands and harmless edits. */
export function reportPlanted(
  { judged, refused, hidden }: PlantedStills,
  can: (s: JudgedStill) => boolean,
  score: (s: JudgedStill) => number,
  threshold: number,
): void {
  const of = (...kinds: string[]) => judged.filter(({ kind }) => kinds.includes(kind));
  const right = of('real', 'harmless', 'refilled');
  console.log(
    `\nPlanted: ${judged.length} hands judged, ${refused} refused by the gate and ${hidden.length} because something lies in front of them; ${new Set(judged.map(({ series }) => series)).size} series of ${new Set(judged.map(({ source }) => source)).size} sources never trained on\n`,
  );
  console.log('| fault | cue | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|---|');
  for (const kind of ['extra', 'missing', 'fused', 'melted'])
    for (const [k, name] of FIGURES.entries())
      console.log(
        `| ${kind} (${of(kind).length}) | ${name} | ${separation(of(kind), right, still => figuresOf(still.cues)[k][1])} |`,
      );
  console.log(
    '\n| half | hands that can be counted | with a finger too many | of | share | 95 % upper bound |\n|---|---|---|---|---|---|',
  );
  for (const half of ['choosing', 'proving'] as const)
    for (const kind of ['extra', 'real', 'harmless', 'refilled', 'missing', 'fused', 'melted']) {
      const hands = of(kind).filter(still => halfOf(still.series) === half && can(still));
      const hits = hands.filter(still => score(still) >= threshold).length;
      console.log(
        `| ${half} | ${kind} | ${hits} | ${hands.length} | ${two(hits / hands.length)} | ${upperBound(hits, hands.length).toFixed(4)} |`,
      );
    }
}

/** Gates and thresholds were chosen on one half of the series and are proved on the other. */
export function halfOf(series: string): 'choosing' | 'proving' {
  let sum = 0;
  for (const letter of series) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return (sum >>> 7) % 2 === 0 ? 'choosing' : 'proving';
}

import path from 'node:path';
import { JUDGED } from '../../src/observers/hand-gate.ts';
import type { HandNet } from '../../src/observers/hand-net.ts';
import { type JudgedStill, judgePlanted, seePlanted } from './planted.ts';
import { halfOf, separation } from './report.ts';

/** An object hides so much of a hand before its fingers can no longer be told. */
const MUCH = 0.2;

/**
 * How surely a hand that something lies in front of is told from a free one, how many free ones the gate refuses, and whether missing
 * fingers are told from hidden ones. Sources never trained on.
 * @param cache holds `planted-hidden` (plant_hidden.py) and `planted` (plant_test.py)
 */
export async function reportHidden(cache: string, net: HandNet): Promise<void> {
  const folder = path.join(cache, 'planted-hidden');
  const shares = new Map(
    (await seePlanted(folder)).map(still => [still.file, (still as { hidden?: number }).hidden ?? 0]),
  );
  const objects = await judgePlanted(folder, net);
  const faults = await judgePlanted(path.join(cache, 'planted'), net);
  const all = [...objects.judged, ...objects.hidden, ...faults.judged, ...faults.hidden];
  const share = ({ file, kind }: JudgedStill): number =>
    kind === 'front' || kind === 'held' ? (shares.get(file) ?? 0) : 0;
  const of = (...kinds: string[]) => all.filter(({ kind }) => kinds.includes(kind));
  const free = of('real', 'harmless', 'beside');
  console.log(`\nObjects in front of hands: ${objects.refused} of ${shares.size} refused before they were looked at\n`);
  console.log('| object | hands | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|---|');
  for (const [name, hands] of [
    ['in front', of('front')],
    ['held', of('held')],
    [`hides ${MUCH * 100} % or more`, of('front', 'held').filter(still => share(still) >= MUCH)],
    ['hides less', of('front', 'held').filter(still => share(still) < MUCH)],
  ] as const)
    console.log(`| ${name} | ${hands.length} | ${separation(hands, free, ({ cues }) => cues.hidden)} |`);
  console.log(`\n| half | hands | refused (hidden > ${JUDGED.hidden}) | of |\n|---|---|---|---|`);
  const groups: [string, readonly JudgedStill[]][] = [
    [`object hides ${MUCH * 100} % or more`, of('front', 'held').filter(still => share(still) >= MUCH)],
    ['object hides less', of('front', 'held').filter(still => share(still) < MUCH)],
    ['object beside or behind', of('beside')],
    ...['real', 'harmless', 'extra', 'missing', 'fused', 'melted'].map((kind): [string, JudgedStill[]] => [
      kind,
      of(kind),
    ]),
  ];
  for (const half of ['choosing', 'proving'] as const)
    for (const [name, hands] of groups) {
      const those = hands.filter(({ series }) => halfOf(series) === half);
      console.log(
        `| ${half} | ${name} | ${those.filter(({ cues }) => cues.hidden > JUDGED.hidden).length} | ${those.length} |`,
      );
    }
  console.log('\n| missing fingers against | cue | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|---|');
  const seen = (list: readonly JudgedStill[]) => list.filter(({ cues }) => cues.hidden <= JUDGED.hidden);
  const right = of('real', 'harmless');
  const covered = of('front', 'held');
  for (const [name, wrong, others] of [
    ['free hands', of('missing'), right],
    ['free and hidden hands', of('missing'), [...right, ...covered]],
    ['the same, of those that the gate lets through', seen(of('missing')), seen([...right, ...covered])],
  ] as const)
    for (const cue of ['lacking', 'gone', 'tipless', 'boneless'] as const)
      console.log(`| ${name} | ${cue} | ${separation(wrong, others, ({ cues }) => cues[cue])} |`);
}

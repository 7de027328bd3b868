import { join } from 'node:path';
import type { FrameRange } from '../../src/clip.ts';
import type { Morph, Morphs } from '../../src/signals/morphing/morphs.ts';
import { readCached } from './cached.ts';
import { areaUnder, percent } from './figures.ts';
import { type Fold, judge, modelFor, most } from './judging.ts';
import { type Planted, readPlanted } from './planted.ts';

interface Judged extends Planted {
  before: number;
  after: number;
  named: boolean;
  hit: boolean;
  /** The strongest region, found or not, lies on what was planted. */
  strongest: boolean;
  placed: boolean;
  timed: boolean;
}

/** What is planted by other scripts than plant.py. */
const HARDEST = new Set(['limb-swap', 'merge', 'split']);
/** Real clips that a limit may let through. */
const LET_THROUGH = [0, 1, 2, 4, 6];

/**
 * Planted pairs, judged by models that saw neither half: how they are ordered, found and placed, by strength and kind, and what a limit is worth.
 *
 * @param real the strongest region of every real clip
 */
export function benchPairs(cache: string, folds: readonly Fold[], real: readonly number[]): void {
  const pairs: Judged[] = [];
  const untouchedOnes = new Map<string, Morphs[]>();
  for (const planted of readPlanted(cache)) {
    // Of several morphs planted in one stretch every second one: it saves minutes.
    if (planted.a !== planted.key && Number(planted.key) % 2 === 0) continue;
    const model = modelFor(folds, `planted__${planted.key}`);
    if (model === undefined) continue;
    const read = (name: string) => readCached(join(cache, 'planted-drift'), `planted__${name}.mp4`);
    const changed = read(`${planted.key}-b`);
    const before = untouchedOnes.get(planted.a) ?? judge(read(`${planted.a}-a`), model);
    untouchedOnes.set(planted.a, before);
    const after = judge(changed, model);
    const found = after.flatMap(({ found }) => found);
    const covers = ({ box }: Pick<Morph, 'box'>) => planted.overlap(box, changed.source) >= 0.3;
    const meets = ({ start, end }: FrameRange) => {
      const shared = Math.min(end, planted.end) - Math.max(start, planted.start);
      return shared / Math.max(1, Math.min(end - start, planted.end - planted.start)) >= 0.5;
    };
    // Where the strongest region lies, found or not: as if the least that is found were just below it.
    const strongest = most(after, ({ region }) => region);
    const { slope, offset } = model.calibration;
    const [top] = judge(changed, model, 1 / (1 + Math.exp(0.001 - slope * strongest - offset))).flatMap(({ found }) =>
      found.filter(({ kind }) => kind === 'morph'),
    );
    pairs.push({
      ...planted,
      before: most(before, ({ region }) => region),
      after: most(after, ({ region }) => region),
      named: before.some(({ found }) => found.length > 0),
      hit: found.length > 0,
      strongest: top !== undefined && covers(top) && meets(top),
      placed: found.some(covers),
      timed: found.some(meets),
    });
  }
  console.log(
    `\n## Planted: ${pairs.length} pairs\n\n| planted | n | AUC | pairs ordered | strongest region on it: box ≥ .3, time ≥ .5 | found at the default | of found: box ≥ .3 | time ≥ .5 | untouched named |\n|---|---|---|---|---|---|---|---|---|`,
  );
  const line = (title: string, of: readonly Judged[]) => {
    if (of.length === 0) return;
    const found = of.filter(({ hit }) => hit);
    const share = (count: number, all: number) => (all === 0 ? '–' : percent(count / all));
    const auc = areaUnder(
      of.map(({ after }) => after),
      of.map(({ before }) => before),
      value => value,
    );
    const ordered = of.filter(({ before, after }) => after > before).length / of.length;
    const named = of.filter(({ named }) => named).length;
    console.log(
      `| ${title} | ${of.length} | ${auc.toFixed(2)} | ${percent(ordered)} | ${percent(of.filter(({ strongest }) => strongest).length / of.length)} | ${percent(found.length / of.length)} | ${share(found.filter(({ placed }) => placed).length, found.length)} | ${share(found.filter(({ timed }) => timed).length, found.length)} | ${named} |`,
    );
  };
  line('all', pairs);
  // The first 409 seeds are what earlier models were measured on.
  line(
    'first 409 seeds, medium',
    pairs.filter(({ key, strength }) => Number(key) < 409 && strength === 'medium'),
  );
  for (const strength of ['weak', 'medium', 'strong'])
    for (const [title, counts] of [
      [strength, () => true],
      [`${strength}, one region (no limb swaps, merges, splits)`, ({ kind }: Judged) => !HARDEST.has(kind)],
    ] as const)
      line(
        title,
        pairs.filter(pair => pair.strength === strength && counts(pair)),
      );
  for (const kind of [...new Set(pairs.map(({ kind }) => kind))].sort())
    line(
      kind,
      pairs.filter(pair => pair.kind === kind),
    );

  const highest = [...real].sort((a, b) => b - a);
  console.log(
    `\n| real clips with a region above the limit, of ${real.length} | weak / medium / strong above it | untouched halves |\n|---|---|---|`,
  );
  for (const count of LET_THROUGH) {
    const above = (value: number) => value > highest[count];
    const shares = ['weak', 'medium', 'strong'].map(name => {
      const of = pairs.filter(({ strength }) => strength === name);
      return Math.round((100 * of.filter(({ after }) => above(after)).length) / of.length);
    });
    const untouched = new Set(pairs.filter(({ before }) => above(before)).map(({ a }) => a)).size;
    console.log(`| ${count} | ${shares.join(' / ')} % | ${untouched} |`);
  }
}

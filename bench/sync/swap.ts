import { isSure } from '../../src/signals/lip-sync/analyse.ts';
import type { SyncEstimate } from '../../src/signals/lip-sync/estimate.ts';
import { estimate, LIMITS, published, rowsOf, sameSpeaker, speakerOf } from './context.ts';
import { strict, type Talker, windowStarts } from './material.ts';
import { auc, naive, percent, table } from './score.ts';

/** A window's mouth with its own sound, or with that of somebody else. */
interface Pair {
  mouth: string;
  sound: string;
  said: Pick<SyncEstimate, 'match' | 'confidence'>;
  naive: number;
}

/** Share of swapped pairs that may be accepted over 4 s: the rule by which the limit was chosen. */
const ACCEPTED = 0.04;

/** Right sound against swapped sound, with the limit as shipped and with one chosen without the speaker. */
export function swapped(all: readonly Talker[]): void {
  const pairs = new Map([4, 8].map(seconds => [seconds, pairsOf(all, seconds)]));
  table(
    ['window', 'right', 'swapped', 'AUC', 'AUC energy × aperture', 'right judged', 'swapped judged'],
    [...pairs].map(([seconds, { right, wrong }]) => [
      `${seconds} s`,
      right.length,
      wrong.length,
      auc(
        right.map(pair => pair.said.match),
        wrong.map(pair => pair.said.match),
      ).toFixed(3),
      auc(
        right.map(pair => pair.naive),
        wrong.map(pair => pair.naive),
      ).toFixed(3),
      percent(right.filter(({ said }) => isSure(said as SyncEstimate, LIMITS)).length / right.length),
      percent(wrong.filter(({ said }) => isSure(said as SyncEstimate, LIMITS)).length / wrong.length),
    ]),
  );
  const speakers = [...new Set(all.map(speakerOf))];
  const four = pairs.get(4) as ReturnType<typeof pairsOf>;
  const limits = new Map(speakers.map(speaker => [speaker, limitWithout(speaker, four.wrong)]));
  const list = [...limits.values()];
  table(
    ['match chosen on the other speakers', 'right judged', 'swapped judged'],
    [...pairs].map(([seconds, { right, wrong }]) => {
      const share = (part: Pair[]) =>
        part.filter(({ mouth, said }) =>
          isSure(said as SyncEstimate, { ...LIMITS, match: limits.get(mouth) as number }),
        ).length / part.length;
      return [
        `${seconds} s, ${Math.min(...list).toFixed(1)} – ${Math.max(...list).toFixed(1)}`,
        percent(share(right)),
        percent(share(wrong)),
      ];
    }),
  );
}

/** The least match at which swapped sound of other speakers is accepted as seldom as it may be. */
function limitWithout(speaker: string, wrong: readonly Pair[]): number {
  const others = wrong.filter(({ mouth, sound }) => mouth !== speaker && sound !== speaker);
  const sure = others.filter(({ said }) => said.confidence >= LIMITS.confidence).map(({ said }) => said.match);
  sure.sort((a, b) => b - a);
  return sure[Math.floor(ACCEPTED * others.length)] ?? 0;
}

function pairsOf(all: readonly Talker[], seconds: number): { right: Pair[]; wrong: Pair[] } {
  const right: Pair[] = [];
  const wrong: Pair[] = [];
  const count = rowsOf(seconds);
  for (const talker of all)
    for (const start of windowStarts(talker.mouth, seconds)) {
      const [mouth, own] = strict(talker.mouth, published(talker), start, count);
      const pair = (other: Talker, sound: Float32Array): Pair => {
        const { match, confidence } = estimate(talker, mouth, sound);
        return {
          mouth: speakerOf(talker),
          sound: speakerOf(other),
          said: { match, confidence },
          naive: Math.max(...naive(mouth, sound).curve),
        };
      };
      right.push(pair(talker, own));
      for (const other of all.filter(o => !sameSpeaker(o, talker) && o.mouth.length >= count)) {
        const from = (start * 7919) % (other.mouth.length - count + 1);
        const [, foreign] = strict(other.mouth, published(other), from, count);
        wrong.push(pair(other, foreign));
      }
    }
  return { right, wrong };
}

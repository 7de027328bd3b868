/**
 * p, b and m: are they heard, do lips close on them, and is it found when they do not? Against the sounds that pocketsphinx
 * aligned (training/lip-sync/spoken.py); the network that hears them was trained on other speech altogether.
 */
import { readFile } from 'node:fs/promises';
import type { Fault } from '../../src/detectors/detector.ts';
import { frameOfRow, type VoiceActivity } from '../../src/landmarks.ts';
import { closuresOf, hearClosures, peaksOf } from '../../src/signals/lip-sync/closures.ts';
import { MEASURES } from '../../src/signals/lip-sync/mouth.ts';
import { published, sameSpeaker, speakerOf, zeroOf } from './context.ts';
import { bandsOf, type Talker } from './material.ts';
import { withOpenLips } from './plants.ts';
import { auc, percent, table } from './score.ts';
import { faultsIn } from './stretches.ts';

interface Spoken {
  /** Whether the words are known rather than recognised. */
  transcript: boolean;
  /** Seconds in which the sounds are known. */
  known: [number, number][];
  closures: [number, number, string][];
}

const LEVELS = [0.15, 0.3, 0.4, 0.5, 0.6, 0.7];
/** s by which a closure may be heard beside its sound. */
const NEAR = 0.06;
const OPEN = 0.05;

type Told = Talker & { spoken: Spoken };

export async function closureTables(all: readonly Talker[], file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return console.log('\nno sounds are known: run training/lip-sync/spoken.py');
  const spoken = JSON.parse(text) as Record<string, Spoken>;
  const told = all.flatMap(talker => (spoken[talker.name] ? [{ ...talker, spoken: spoken[talker.name] }] : []));
  hearing(told);
  lips(told);
  await planted(told, all);
}

const isKnown = ({ known }: Spoken, from: number, to: number): boolean =>
  known.some(
    ([a, b], i) => a <= from && (b >= to || (known[i + 1] && known[i + 1][0] - b < 0.02 && known[i + 1][1] >= to)),
  );

const hits = ({ closures }: Spoken, time: number): number =>
  closures.findIndex(([a, b]) => time >= a - NEAR && time <= b + NEAR);

/** Sounds heard against sounds aligned, whole clips. */
function hearing(told: readonly Told[]): void {
  const rows = LEVELS.map(level => {
    const sum = { heard: 0, right: 0, spoken: 0, found: 0 };
    const precisions: number[] = [];
    for (const talker of told) {
      const { spoken, model } = talker;
      const bands = published(talker);
      const peaks = peaksOf(hearClosures(model.hearing, bands, 0, Math.floor(bands.length / 80)), level)
        .map(row => row / 50)
        .filter(time => isKnown(spoken, time - 0.02, time + 0.02));
      const right = peaks.filter(time => hits(spoken, time) >= 0);
      sum.heard += peaks.length;
      sum.right += right.length;
      sum.spoken += spoken.closures.length;
      sum.found += new Set(right.map(time => hits(spoken, time))).size;
      if (peaks.length >= 3) precisions.push(right.length / peaks.length);
    }
    return [
      level,
      sum.heard,
      percent(sum.right / sum.heard),
      precisions.length ? percent(Math.min(...precisions)) : '–',
      percent(sum.found / sum.spoken),
    ];
  });
  table(
    [
      'heard from',
      'n',
      'precision',
      'least of a speaker (3 or more)',
      `recall of ${told.reduce((n, t) => n + t.spoken.closures.length, 0)}`,
    ],
    rows,
  );
  const [yes, no]: [number[], number[]] = [[], []];
  for (const { spoken, model, ...talker } of told) {
    const bands = published(talker as Talker);
    const curve = hearClosures(model.hearing, bands, 0, Math.floor(bands.length / 80));
    for (const [a, b] of spoken.known) {
      const k = Math.round(25 * (a + b));
      (spoken.closures.some(([c]) => c === a) ? yes : no).push(curve[k] ?? 0);
    }
  }
  console.log(
    `\nsounds in their middle, p b m against others: AUC ${auc(yes, no).toFixed(3)} (${yes.length} / ${no.length})`,
  );
}

/** Lips on closures that were spoken, that were heard, and at any time, in clips of speakers who close them. */
function lips(told: readonly Told[]): void {
  const count = { spoken: [0, 0], any: [0, 0] };
  const heard = LEVELS.map(() => [0, 0]);
  for (const talker of told) {
    const { mouth, model, spoken } = talker;
    const zero = zeroOf(talker) / 1000;
    const nearest = (from: number, to: number): number | null => {
      const first = Math.floor(from * 50) - mouth.first;
      const last = Math.ceil(to * 50) - mouth.first;
      if (first < 0 || last >= mouth.length) return null;
      let least = Number.POSITIVE_INFINITY;
      for (let k = first; k <= last; k++) least = Math.min(least, mouth.measures[k * MEASURES.length]);
      return least;
    };
    const add = (to: number[], opening: number | null) => {
      if (opening === null) return;
      to[0] += opening > OPEN ? 1 : 0;
      to[1]++;
    };
    for (const [a, b] of spoken.closures)
      add(count.spoken, nearest((a + b) / 2 - zero - 0.08, (a + b) / 2 - zero + 0.08));
    for (let at = 0.2; at < mouth.length / 50; at += 0.1)
      add(count.any, nearest(mouth.first / 50 + at - 0.08, mouth.first / 50 + at + 0.08));
    LEVELS.forEach((level, i) => {
      for (const { opening } of closuresOf(
        model.hearing,
        mouth,
        published(talker),
        talker.seen.signals.voice as VoiceActivity,
        { from: 0, to: mouth.length },
        zeroOf(talker),
        level,
      ))
        add(heard[i], opening);
    });
  }
  const line = (what: string, [open, n]: number[]) => [what, n, percent(open / n)];
  table(
    ['lips within 80 ms', 'n', 'open'],
    [
      line('at any time', count.any),
      line('on p b m as aligned', count.spoken),
      ...LEVELS.map((level, i) => line(`heard from ${level}`, heard[i])),
    ],
  );
}

/** What single closures led to in a clip: of the finding of that kind, or null when nothing was judged. */
const found = (faults: Fault[] | null): { judged: boolean; closure: Fault | undefined } => ({
  judged: faults !== null,
  closure: faults?.find(({ kind }) => kind === 'closure'),
});

/** Lips held open on every p, b and m that is spoken, and somebody else's speech over a stretch. */
async function planted(told: readonly Told[], all: readonly Talker[]): Promise<void> {
  const rows: (string | number)[][] = [];
  const spans: [number, (talker: Told) => number[]][] = [
    [8, talker => middles(talker, 8)],
    [16, talker => middles(talker, 16)],
  ];
  for (const least of [0.06, 0.08, 0.1, 0.12])
    for (const [seconds, of] of spans) {
      const sum = { n: 0, judged: 0, found: 0, moments: 0, right: 0 };
      for (const talker of told)
        for (const middle of of(talker)) {
          const { seen, model, spoken } = talker;
          const zero = zeroOf(talker) / 1000;
          const inside = spoken.closures.filter(
            ([a, b]) => (a + b) / 2 - zero > middle - seconds / 2 && (a + b) / 2 - zero < middle + seconds / 2,
          );
          if (inside.length < 4) continue;
          const near = Array.from(seen.signals.faces.presence, (_, row) => row).filter(row => {
            const time = seen.clip.times[frameOfRow(seen.signals.faces, row)] + zero;
            return inside.some(([a, b]) => time > a - 0.12 && time < b + 0.12);
          });
          const { judged, closure } = found(
            faultsIn(seen, model, { faces: withOpenLips(seen.signals.faces, near, least), around: middle, seconds }),
          );
          sum.n++;
          if (judged) sum.judged++;
          if (closure) sum.found++;
          if (!closure) continue;
          const frames =
            String(closure.values?.where ?? '')
              .match(/\d+(?=,| \(| …)/g)
              ?.map(Number) ?? [];
          sum.moments += frames.length;
          sum.right += frames.filter(frame => hits(spoken, seen.clip.times[frame] + zero) >= 0).length;
        }
      rows.push([
        `lips held ${least} apart on p, b, m`,
        `${seconds} s`,
        sum.n,
        percent(sum.judged / sum.n),
        percent(sum.found / sum.n),
        sum.moments ? percent(sum.right / sum.moments) : '–',
      ]);
    }
  for (const seconds of [8, 16]) {
    const sum = { n: 0, judged: 0, found: 0 };
    for (const talker of told)
      for (const middle of middles(talker, seconds)) {
        const donor = all.find(
          one => !sameSpeaker(one, talker) && one.fold !== talker.fold && one.samples.length > 16_000 * 6,
        );
        if (!donor) continue;
        // The last two fifths are said by somebody else.
        const start = Math.round((middle + seconds / 10) * 16_000);
        const end = Math.round((middle + seconds / 2) * 16_000);
        const samples = talker.samples.slice();
        for (let k = start; k < Math.min(end, samples.length); k++)
          samples[k] = donor.samples[(k - start) % donor.samples.length];
        const { judged, closure } = found(
          faultsIn(talker.seen, talker.model, { bands: bandsOf(samples), around: middle, seconds }),
        );
        sum.n++;
        if (judged) sum.judged++;
        if (closure) sum.found++;
      }
    rows.push([
      'the last 40 % said by somebody else',
      `${seconds} s`,
      sum.n,
      percent(sum.judged / sum.n),
      percent(sum.found / sum.n),
      '–',
    ]);
  }
  for (const seconds of [8, 16]) {
    const sum = { n: 0, judged: 0, found: 0 };
    for (const talker of told)
      for (const middle of middles(talker, seconds)) {
        const { judged, closure } = found(faultsIn(talker.seen, talker.model, { around: middle, seconds }));
        sum.n++;
        if (judged) sum.judged++;
        if (closure) {
          sum.found++;
          console.log(`  ${speakerOf(talker)}: ${String(closure.values?.where)}`);
        }
      }
    rows.push(['nothing', `${seconds} s`, sum.n, percent(sum.judged / sum.n), percent(sum.found / sum.n), '–']);
  }
  table(['planted', 'clip', 'n', 'judged', 'closure found', 'its frames on p, b, m'], rows);
}

/** Middles of stretches of so many seconds, half overlapping; the whole where a clip is shorter by up to a fifth. */
function middles({ mouth }: Talker, seconds: number): number[] {
  const [first, length] = [mouth.first / 50, mouth.length / 50];
  if (length < 0.8 * seconds) return [];
  const n = Math.max(1, Math.floor((length - seconds) / (seconds / 2)) + 1);
  return Array.from(
    { length: n },
    (_, k) => first + Math.min(length / 2, seconds / 2) + (n === 1 ? 0 : (k * Math.max(0, length - seconds)) / (n - 1)),
  );
}

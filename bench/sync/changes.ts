import { analyse, changeOf, type SyncCourse } from '../../src/signals/lip-sync/analyse.ts';
import type { MouthTrack } from '../../src/signals/lip-sync/mouth.ts';
import { CACHE, LIMITS, type Limits, published, quantiles, rowsOf, speakerOf, zeroOf } from './context.ts';
import { bandsOf, reencoded, shiftFilter, strict, type Talker, windowStarts } from './material.ts';
import { middle, naive, percent, table } from './score.ts';

/** A stretch whose sound was changed in a known way, and what was found in it. */
interface Changed {
  speaker: string;
  /** Drift in ms/s or jump in ms. */
  made: number;
  seconds: number;
  course: Omit<SyncCourse, 'compared'>;
  /** Seconds by which the place of a jump was missed. */
  missed: number;
  /** Slope and jump by energy × aperture, ms/s and ms. */
  naiveSlope: number;
  naiveJump: number;
}

const DRIFTS = [-20, -10, 0, 10, 20];
const JUMPS = [-240, -120, 0, 120, 240];

/** Stretched sound and spliced sound, with the limits as shipped and with limits chosen without the speaker. */
export async function changes(all: readonly Talker[], wanted: (part: string) => boolean): Promise<void> {
  const drifted = await stretched(all);
  if (wanted('drift')) driftTables(drifted);
  const cut = await spliced(all);
  if (wanted('splice')) spliceTable(cut);
  nested(drifted, cut);
}

const without = ({ compared: _left, ...rest }: SyncCourse): Omit<SyncCourse, 'compared'> => rest;
const called = ({ course }: Changed, limits: Limits): 'drift' | 'splice' | null =>
  changeOf(course as SyncCourse, limits);

/** Offsets of 2 s windows by energy × aperture, as a line by the median of pairs (Theil, Sen), and second half against first. */
function naiveChange(mouth: MouthTrack, bands: Float32Array): { naiveSlope: number; naiveJump: number } {
  const places: [number, number][] = [];
  for (let from = 0; from + 100 <= mouth.length; from += 25) {
    const [part, sound] = strict({ ...mouth, first: 0 }, bands, from, 100);
    places.push([from / 50, naive(part, sound).offset]);
  }
  const slopes = places.flatMap(([t, x], i) => places.slice(i + 1).map(([u, y]) => (y - x) / (u - t)));
  const half = mouth.length >> 1;
  const ends = [0, half].map(from => naive(...strict({ ...mouth, first: 0 }, bands, from, half)).offset);
  return { naiveSlope: middle(slopes), naiveJump: ends[1] - ends[0] };
}

/** Drift that the clip came with in this window: one of the public clips does. Only where the evidence is plain. */
function nativeDrift(talker: Talker, start: number, seconds: number): number {
  const [mouth, sound] = strict(talker.mouth, published(talker), start, rowsOf(seconds));
  const { slope } = analyse(talker.model, mouth, sound, 0, mouth.length);
  if (slope === null || slope.gain < 4 * LIMITS.driftGain || slope.perSecond === 0) return 0;
  console.log(`${talker.name} drifts by ${slope.perSecond} ms/s as published (${seconds} s from row ${start})`);
  return slope.perSecond;
}

async function stretched(all: readonly Talker[]): Promise<Changed[]> {
  const rows: Changed[] = [];
  for (const talker of all) {
    const own = new Map<string, number>();
    for (const added of DRIFTS) {
      const filter = `${shiftFilter(0)}${added === 0 ? '' : `,atempo=${(1 / (1 + added / 1000)).toFixed(6)}`}`;
      const samples = await reencoded(talker.path, filter, 'mp4', CACHE);
      if (samples === null) continue;
      const bands = bandsOf(samples);
      for (const seconds of [8, 12])
        for (const start of windowStarts(talker.mouth, seconds)) {
          // A long stretched clip drifts beyond what is searched.
          if (Math.abs(zeroOf(talker) + added * (start / 50 + seconds)) > 600) continue;
          const [mouth, sound] = strict(talker.mouth, bands, start, rowsOf(seconds));
          const course = without(analyse(talker.model, mouth, sound, 0, mouth.length));
          if (course.slope === null) continue;
          const key = `${start} ${seconds}`;
          if (!own.has(key)) own.set(key, nativeDrift(talker, start, seconds));
          const made = added + (own.get(key) ?? 0);
          rows.push({ speaker: speakerOf(talker), made, seconds, course, missed: 0, ...naiveChange(mouth, sound) });
        }
    }
  }
  return rows;
}

async function spliced(all: readonly Talker[]): Promise<Changed[]> {
  const rows: Changed[] = [];
  for (const talker of all.filter(t => t.mouth.length >= 300))
    for (const jump of JUMPS) {
      if (Math.abs(zeroOf(talker) + jump) > 520) continue;
      const count = Math.min(talker.mouth.length, 500);
      const at = (talker.mouth.first + count / 2) / 50;
      const filter =
        jump === 0
          ? shiftFilter(0)
          : `${shiftFilter(0)},asplit[a][b];[a]atrim=0:${at}[x];[b]atrim=start=${at - jump / 1000},asetpts=PTS-STARTPTS[y];[x][y]concat=n=2:v=0:a=1`;
      const samples = await reencoded(talker.path, filter, 'mov', CACHE);
      if (samples === null) continue;
      const [mouth, sound] = strict(talker.mouth, bandsOf(samples), 0, count);
      const course = without(analyse(talker.model, mouth, sound, 0, count));
      if (course.split === null) continue;
      const missed = Math.abs(course.split.row / 50 - (at - talker.mouth.first / 50));
      rows.push({
        speaker: speakerOf(talker),
        made: jump,
        seconds: count / 50,
        course,
        missed,
        ...naiveChange(mouth, sound),
      });
    }
  return rows;
}

const share = (rows: readonly Changed[], holds: (row: Changed) => boolean): string =>
  percent(rows.filter(holds).length / rows.length);
const nearDrift = (row: Changed, made: number) => Math.abs(row.made - made) <= 5;
const sided = (row: Changed, found: number) => row.made === 0 || found * row.made > 0;

function driftTables(rows: readonly Changed[]): void {
  for (const seconds of [8, 12])
    table(
      [
        `drift, ${seconds} s`,
        'n',
        'slope, 5 quantiles',
        'gain, 5 quantiles',
        'gain of a split',
        'called drift',
        'called splice',
        'energy × aperture: slope',
        'called drift',
      ],
      DRIFTS.map(made => {
        const part = rows.filter(row => nearDrift(row, made) && row.seconds === seconds);
        return [
          `${made} ms/s`,
          part.length,
          quantiles(part.map(({ course }) => course.slope?.perSecond ?? 0)),
          quantiles(part.map(({ course }) => course.slope?.gain ?? 0)),
          quantiles(part.map(({ course }) => course.split?.gain ?? 0)),
          share(
            part,
            row => called(row, LIMITS) === 'drift' && (made === 0 || sided(row, row.course.slope?.perSecond ?? 0)),
          ),
          share(part, row => called(row, LIMITS) === 'splice'),
          quantiles(part.map(row => row.naiveSlope)),
          share(part, row => Math.abs(row.naiveSlope) >= LIMITS.drift && (made === 0 || sided(row, row.naiveSlope))),
        ];
      }),
    );
}

function spliceTable(rows: readonly Changed[]): void {
  table(
    [
      'splice, 6 – 10 s',
      'n',
      'jump, 5 quantiles',
      'place, |error| 5 quantiles',
      'gain',
      'gain of a line',
      'called splice',
      'called drift',
      'energy × aperture: jump, halves',
      'called splice',
    ],
    JUMPS.map(jump => {
      const part = rows.filter(row => row.made === jump);
      return [
        `${jump} ms`,
        part.length,
        quantiles(
          part.map(({ course }) => (course.split ? course.split.after.offset - course.split.before.offset : 0)),
        ),
        `${quantiles(part.map(row => 1000 * row.missed))} ms`,
        quantiles(part.map(({ course }) => course.split?.gain ?? 0)),
        quantiles(part.map(({ course }) => course.slope?.gain ?? 0)),
        share(part, row => called(row, LIMITS) === 'splice'),
        share(part, row => called(row, LIMITS) === 'drift'),
        quantiles(part.map(row => row.naiveJump)),
        share(part, row => Math.abs(row.naiveJump) >= LIMITS.jump && (jump === 0 || row.naiveJump * jump > 0)),
      ];
    }),
  );
}

/** Room above the largest gain that unchanged sound of other speakers had. */
const ROOM = 1.25;

/** Limits chosen on all speakers but one and tried on that one. */
function nested(drifted: readonly Changed[], cut: readonly Changed[]): void {
  const speakers = [...new Set([...drifted, ...cut].map(row => row.speaker))];
  const chosen = new Map(speakers.map(speaker => [speaker, limitsWithout(speaker, drifted, cut)]));
  const by = (row: Changed) => called(row, chosen.get(row.speaker) as Limits);
  const span = (pick: (limits: Limits) => number) => {
    const values = [...chosen.values()].map(pick);
    return `${Math.min(...values).toFixed(0)} – ${Math.max(...values).toFixed(0)}`;
  };
  console.log(
    `\nlimits chosen on the other speakers: driftGain ${span(l => l.driftGain)} (shipped ${LIMITS.driftGain}), jumpGain ${span(l => l.jumpGain)} (shipped ${LIMITS.jumpGain})`,
  );
  const named = (row: Changed, kind: 'drift' | 'splice') => by(row) === kind;
  table(
    ['limits chosen without the speaker', 'n', 'called drift', 'called splice'],
    [
      ...[8, 12].flatMap(seconds =>
        DRIFTS.map(made => {
          const part = drifted.filter(row => nearDrift(row, made) && row.seconds === seconds);
          return [
            `drift ${made} ms/s, ${seconds} s`,
            part.length,
            share(part, row => named(row, 'drift') && (made === 0 || sided(row, row.course.slope?.perSecond ?? 0))),
            share(part, row => named(row, 'splice')),
          ];
        }),
      ),
      ...JUMPS.map(jump => {
        const part = cut.filter(row => row.made === jump);
        return [
          `jump ${jump} ms`,
          part.length,
          share(part, row => named(row, 'drift')),
          share(part, row => named(row, 'splice')),
        ];
      }),
    ],
  );
}

function limitsWithout(speaker: string, drifted: readonly Changed[], cut: readonly Changed[]): Limits {
  const others = [...drifted, ...cut].filter(row => row.speaker !== speaker);
  const steady = others.filter(row => row.made === 0);
  const drift = steady
    .filter(({ course }) => Math.abs(course.slope?.perSecond ?? 0) >= LIMITS.drift)
    .map(({ course }) => course.slope?.gain ?? 0);
  const open = { ...LIMITS, jumpGain: 0 };
  const jump = steady.filter(row => called(row, open) === 'splice').map(({ course }) => course.split?.gain ?? 0);
  return { ...LIMITS, driftGain: ROOM * Math.max(1, ...drift), jumpGain: ROOM * Math.max(1, ...jump) };
}

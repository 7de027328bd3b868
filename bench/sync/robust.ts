/**
 * Talking clips through real re-encoding into what the model was not trained on: other frame rates, uneven frames, sound
 * that starts late, music, two faces that speak in turn, mouths half hidden. Pictures are looked at anew.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { judgeWith } from '../../src/detectors/lip-sync.ts';
import { pointsOf } from '../../src/landmarks.ts';
import { findShots } from '../../src/signals/shots.ts';
import type { Seen } from '../../training/lip-sync/features.ts';
import { look } from '../../training/lip-sync/look.ts';
import { LIMITS, speakerOf } from './context.ts';
import { bandsOf, type Talker } from './material.ts';
import { middle, percent, table, within } from './score.ts';

/** Clips of this length from each speaker's longest, s. */
const SECONDS = 8;
/** Speakers at most: pictures are dear. */
const SPEAKERS = 3;

interface Condition {
  name: string;
  /** Arguments of ffmpeg between the input and the output; null where the clip does not allow it. */
  made: (talker: Talker, other: Talker) => string[] | null;
  /** Least frames per second that the check is asked to read. */
  rate?: number;
}

const START = ['-t', String(SECONDS)];
const PLAIN = [
  '-c:v',
  'libx264',
  '-crf',
  '16',
  '-preset',
  'veryfast',
  '-pix_fmt',
  'yuv420p',
  '-c:a',
  'aac',
  '-b:a',
  '128k',
];
const video = (filter: string) => ['-vf', filter, ...PLAIN];
/** Four chords of a struck string with a beat, so many dB below the speech. */
const music = (below: number) => {
  const tone = (f: number) => `sin(2*PI*${f}*t)+0.5*sin(4*PI*${f}*t)+0.25*sin(6*PI*${f}*t)`;
  const chord = [220, 277.18, 329.63].map(tone).join('+');
  const beat = '0.6*(random(0)-0.5)*exp(-30*mod(t\\,0.25))';
  return [
    '-filter_complex',
    `aevalsrc='0.2*(${chord})*exp(-3*mod(t\\,0.5))+${beat}':s=16000:d=${SECONDS},volume=${-below}dB,aformat=channel_layouts=mono[m];` +
      `[0:a]aresample=16000,aformat=channel_layouts=mono,dynaudnorm=p=0.35[s];[s][m]amix=inputs=2:normalize=0:duration=first[a]`,
    ...['-map', '0:v:0', '-map', '[a]', ...PLAIN],
  ];
};

const CONDITIONS: Condition[] = [
  { name: 'encoded anew', made: () => PLAIN },
  { name: '12 fps, read from 10 fps on', made: () => video('fps=12'), rate: 10 },
  { name: '12 fps', made: () => video('fps=12') },
  { name: '15 fps, read from 10 fps on', made: () => video('fps=15'), rate: 10 },
  { name: '60 fps', made: () => video('fps=60') },
  {
    name: 'uneven frames: two of 13 left out, times kept',
    made: () => ['-vf', "select='not(eq(mod(n*7\\,13)\\,1)+eq(mod(n*7\\,13)\\,4))'", '-vsync', 'vfr', ...PLAIN],
  },
  { name: 'sound track begins 0.7 s in', made: () => ['-af', 'atrim=start=0.7', '-copyts', ...PLAIN] },
  { name: 'music 10 dB below', made: () => music(10) },
  { name: 'music 0 dB below', made: () => music(0) },
  { name: 'mouth half hidden, left side', made: talker => hidden(talker, 0.5) },
  { name: 'mouth hidden', made: talker => hidden(talker, 1) },
  { name: 'two faces that speak in turn', made: inTurn },
];

/** A box over so much of the mouth's width, where the mouth is in the median, and all around it up and down. */
function hidden({ seen }: Talker, share: number): string[] | null {
  const { faces } = seen.signals;
  const points = new Float32Array(faces.points * 3);
  const places = Array.from(faces.presence.slice(0, 400), (_, row) => {
    pointsOf(faces, row, points);
    return [61, 291, 0, 17].flatMap(point => [points[3 * point], points[3 * point + 1]]);
  });
  const at = (k: number) => middle(places.map(place => place[k]));
  const [left, right] = [Math.min(at(0), at(2)), Math.max(at(0), at(2))];
  const height = 2.2 * (at(7) - at(5));
  const width = 1.4 * (right - left);
  const x = (left + right) / 2 - width / 2;
  const y = (at(5) + at(7)) / 2 - height / 2;
  return video(
    `drawbox=x=${x.toFixed(0)}:y=${y.toFixed(0)}:w=${(share * width).toFixed(0)}:h=${height.toFixed(0)}:color=gray:t=fill`,
  );
}

/** Both clips side by side; the first half of the sound is of the left, the second of the right. */
function inTurn(_talker: Talker, other: Talker): string[] {
  return [
    ...['-t', String(SECONDS), '-i', other.path, '-filter_complex'],
    '[0:v:0]scale=-2:400,fps=25,setsar=1[x];[1:v:0]scale=-2:400,fps=25,setsar=1[y];[x][y]hstack[v];' +
      `[0:a:0]aresample=16000,aformat=channel_layouts=mono,atrim=0:${SECONDS / 2}[p];[1:a:0]aresample=16000,aformat=channel_layouts=mono,atrim=start=${SECONDS / 2},asetpts=PTS-STARTPTS[q];[p][q]concat=n=2:v=0:a=1[a]`,
    ...['-map', '[v]', '-map', '[a]', ...PLAIN],
  ];
}

async function seenAs(key: string, source: string, made: string[], cache: string): Promise<Seen | null> {
  const kept = path.join(cache, `${key}.v8`);
  if (existsSync(kept)) return deserialize(await readFile(kept)) as Seen;
  const file = path.join(cache, `${key}.mp4`);
  const { status, stderr } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-y', ...START, '-i', source, ...made, ...START, file],
    { timeout: 120_000 },
  );
  if (status !== 0) {
    console.log(key, String(stderr).slice(0, 200));
    return null;
  }
  const seen = await look(file);
  await writeFile(kept, serialize(seen));
  return seen;
}

export async function robust(all: readonly Talker[], cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const longest = new Map<string, Talker>();
  for (const talker of [...all].sort((a, b) => a.mouth.length - b.mouth.length))
    if (talker.mouth.length >= 50 * SECONDS - 10 && talker.mouth.first < 10) longest.set(speakerOf(talker), talker);
  const speakers = [...longest.values()].sort((a, b) => a.name.localeCompare(b.name)).slice(0, SPEAKERS);
  const judge = (talker: Talker, { clip, signals, samples }: Seen, rate = LIMITS.rate) => {
    const [shot] = findShots(signals, clip).shots.sort((a, b) => b.end - b.start - (a.end - a.start));
    const { faces, voice } = signals;
    const speechBands = { step: 0.01, values: bandsOf(samples) };
    return judgeWith(() => talker.model, {
      clip,
      shot,
      options: { ...LIMITS, rate },
      signals: { faces, voice, speechBands },
    });
  };
  const own = new Map<string, number>();
  const rows: (string | number)[][] = [];
  for (const { name, made, rate } of CONDITIONS) {
    const errors: number[] = [];
    const kinds = new Map<string, number>();
    const reasons = new Map<string, number>();
    let n = 0;
    for (const [k, talker] of speakers.entries()) {
      const other = speakers[(k + 1) % speakers.length];
      const args = made(talker, other);
      const key = `${speakerOf(talker).slice(0, 24)}-${name}`.replace(/[^a-z0-9]+/gi, '-');
      const seen =
        args &&
        (await seenAs(
          name.includes('read from') ? key.replace('-read-from-10-fps-on', '') : key,
          talker.path,
          args,
          cache,
        ));
      if (!seen) continue;
      n++;
      const answer = judge(talker, seen, rate);
      if (answer.status === 'skipped') {
        reasons.set(answer.reason, (reasons.get(answer.reason) ?? 0) + 1);
        continue;
      }
      const offset = Number(answer.measurements.offset);
      if (name === CONDITIONS[0].name) own.set(talker.name, offset);
      // Of two faces either may be the one that is judged.
      const zeros = [talker, ...(made === inTurn ? [other] : [])].map(one => own.get(one.name) ?? 0);
      errors.push(zeros.map(zero => offset - zero).sort((a, b) => Math.abs(a) - Math.abs(b))[0]);
      for (const { kind } of answer.faults)
        if (kind !== 'offset' || Math.abs(errors[errors.length - 1]) > 84) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const list = (map: Map<string, number>) => [...map].map(([what, count]) => `${count} × ${what}`).join('; ') || '–';
    rows.push([
      name,
      n,
      errors.length,
      errors.length ? `${middle(errors.map(Math.abs)).toFixed(0)} ms` : '–',
      percent(within(errors, 42)),
      percent(within(errors, 84)),
      list(kinds),
      list(reasons),
    ]);
  }
  table(
    [
      `${SECONDS} s, pictures and sound encoded anew`,
      'clips',
      'judged',
      'offset against the clip encoded anew, median',
      '≤ 42 ms',
      '≤ 84 ms',
      'findings beyond the clip’s own offset',
      'skipped',
    ],
    rows,
  );
}

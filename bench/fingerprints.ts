/**
 * How well shots are matched back to their takes: `npx tsx bench/fingerprints.ts <folder of clips> [cache folder] [most clips]`.
 *
 * Every clip is a take. Of each, a stretch that begins and ends inside it goes through what an export does to it
 * (another size, bars, a mild grade, strong compression, one frame trimmed off), and is looked for among all takes. A
 * match with a take of the same picture content under another name is told apart as a twin.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from '../src/gate/fingerprint/collect.ts';
import { matchShot } from '../src/gate/fingerprint/match.ts';
import { FingerprintStore } from '../src/gate/fingerprint/store.ts';
import { probe } from '../src/media/probe.ts';
import { observe } from '../src/observe.ts';
import { observersFor } from '../src/observers/index.ts';
import { findShots, shotSignals } from '../src/signals/shots.ts';

const run = promisify(execFile);
const [folder, cache = 'bench/cache/fingerprints', most = '400'] = process.argv.slice(2);
if (!folder) throw new Error('usage: tsx bench/fingerprints.ts <folder of clips> [cache folder] [most clips]');

const EFFECTS: Record<string, string[]> = {
  're-encoded': ['-crf', '34'],
  scaled: ['-vf', 'scale=960:540,setsar=1', '-crf', '28'],
  letterboxed: ['-vf', 'scale=854:364,pad=854:480:0:58,setsar=1', '-crf', '26'],
  graded: ['-vf', 'eq=contrast=1.12:brightness=0.03:saturation=0.8:gamma=1.08', '-crf', '26'],
};

const hash = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
const names = (await readdir(folder, { recursive: true }))
  .filter(name => /\.(mp4|mkv|avi|gif|mov)$/i.test(name))
  .sort()
  .slice(0, Number(most));
await mkdir(cache, { recursive: true });
const store = new FingerprintStore(cache);
const takes = new Map<string, { name: string; sha256: string; path: string }>();
for (const name of names) {
  const path = join(folder, name);
  const sha256 = await hash(path);
  if (!takes.has(sha256)) takes.set(sha256, { name, sha256, path });
}
const candidates: { sha256: string; fingerprint: Awaited<ReturnType<FingerprintStore['get']>> }[] = [];
for (const take of takes.values()) {
  try {
    candidates.push({ sha256: take.sha256, fingerprint: await store.get(take.sha256, take.path) });
  } catch (error) {
    console.log(`${take.name}: not a take (${(error as Error).message})`);
  }
}

const tally = new Map<
  string,
  { shots: number; right: number; twin: number; wrong: number; none: number; offset: number }
>();
const kinds = Object.keys(EFFECTS);
let index = 0;
for (const { sha256, fingerprint } of candidates) {
  const take = takes.get(sha256)!;
  const kind = kinds[index++ % kinds.length];
  const from = 1;
  const to = Math.min(fingerprint.frames - 1, from + 72);
  if (to - from < 6) continue;
  const out = join(cache, `${sha256.slice(0, 16)}-${kind}.mp4`);
  if (!(await stat(out).catch(() => null))) {
    const [first, ...rest] = EFFECTS[kind];
    const extra = first === '-vf' ? `,${rest[0]}` : '';
    const encode = first === '-vf' ? rest.slice(1) : EFFECTS[kind];
    const filter = `trim=start_frame=${from}:end_frame=${to},setpts=PTS-STARTPTS${extra},scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p`;
    await run('ffmpeg', [
      '-v',
      'error',
      '-threads',
      '1',
      '-i',
      take.path,
      '-an',
      '-vf',
      filter,
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-threads',
      '1',
      ...encode,
      '-y',
      out,
    ]);
  }
  const small = await probe(out);
  const film = await fingerprintOf(small);
  const measured = await observe({ ...small, audio: null }, observersFor(new Set(shotSignals)));
  const { shots } = findShots(measured.signals, measured.clip);
  for (const shot of shots) {
    const { matches } = matchShot(shot, film, candidates);
    const entry = tally.get(kind) ?? { shots: 0, right: 0, twin: 0, wrong: 0, none: 0, offset: 0 };
    tally.set(kind, entry);
    entry.shots++;
    const longest = matches.sort((a, b) => b.frames.end - b.frames.start - (a.frames.end - a.frames.start))[0];
    const others = matches.filter(match => match.sha256 !== sha256);
    if (!longest) entry.none++;
    else if (others.length === 0) entry.right++;
    else if (others.every(match => match.rivals.includes(sha256))) entry.twin++;
    else entry.wrong++;
    if (longest?.sha256 === sha256) {
      const truth = { start: from + longest.frames.start, end: from + longest.frames.end };
      if (longest.source.start <= truth.start && longest.source.end >= truth.end) entry.offset++;
      else
        console.log(
          `${kind} ${take.name}: frames ${longest.source.start}–${longest.source.end} instead of ${truth.start}–${truth.end}`,
        );
    }
    if (!longest || others.length > 0)
      console.log(
        `${kind} ${take.name} shot ${shot.start}-${shot.end}: ${matches.map(match => `${takes.get(match.sha256)?.name} ${match.score.toFixed(4)} (rivals: ${match.rivals.map(rival => takes.get(rival)?.name).join(' ')})`).join('; ') || 'none'}`,
      );
    else if (longest.rivals.length > 0)
      console.log(
        `${kind} ${take.name}: right ${longest.score.toFixed(4)}, rivals ${longest.rivals.map(rival => takes.get(rival)?.name).join(' ')}`,
      );
  }
}
console.table(Object.fromEntries(tally));

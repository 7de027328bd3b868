/**
 * How well shots are matched back to their takes: `npm run bench:fingerprints -- <folder of clips> … [--rounds n]`.
 *
 * Every clip of all folders is a take. Of each, a stretch that begins one frame after its start and ends before its end
 * goes through what an export does to it (another size, bars, a mild grade, strong compression, nothing but the trim),
 * and is looked for among all takes. Kinds go round; `--rounds 5` puts every clip through each. A match with a take of the
 * same pictures under another name is told apart as a twin: the gate names both.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintCollector } from '../src/gate/fingerprint/collect.ts';
import type { Fingerprint } from '../src/gate/fingerprint/fingerprint.ts';
import { type Match, matchShot } from '../src/gate/fingerprint/match.ts';
import { FingerprintStore } from '../src/gate/fingerprint/store.ts';
import { probe } from '../src/media/probe.ts';
import { observe } from '../src/observe.ts';
import { observersFor } from '../src/observers/index.ts';
import { findShots, shotSignals } from '../src/signals/shots.ts';

const run = promisify(execFile);
const given = process.argv.slice(2).filter(argument => argument !== '--');
const at = given.indexOf('--rounds');
const rounds = at < 0 ? 1 : Number(given.splice(at, 2)[1]);
if (given.length === 0 || !(rounds >= 1))
  throw new Error('usage: npm run bench:fingerprints -- <folder of clips> … [--rounds n]');
const CACHE = 'bench/cache/fingerprints';
/** Frames of a stretch. */
const LENGTH = 72;

/** What an export does: a filter behind the trim, and how it is encoded. */
const EFFECTS: Record<string, { filter?: string; crf: number }> = {
  're-encoded': { crf: 34 },
  scaled: { filter: 'scale=960:540,setsar=1', crf: 28 },
  letterboxed: { filter: 'scale=854:364,pad=854:480:0:58,setsar=1', crf: 26 },
  graded: { filter: 'eq=contrast=1.12:brightness=0.03:saturation=0.8:gamma=1.08', crf: 26 },
  trimmed: { crf: 20 },
};

interface Take {
  name: string;
  sha256: string;
  path: string;
  fingerprint: Fingerprint;
}

async function takesOf(folders: readonly string[]): Promise<Take[]> {
  const store = new FingerprintStore(CACHE);
  const takes = new Map<string, Take>();
  for (const folder of folders)
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      if (!/\.(mp4|mkv|avi|gif|mov|mpg)$/i.test(name)) continue;
      const path = join(folder, name);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      if (takes.has(sha256)) continue;
      try {
        takes.set(sha256, { name, sha256, path, fingerprint: await store.get(sha256, path) });
      } catch (error) {
        console.log(`${name}: not a take (${(error as Error).message})`);
      }
    }
  return [...takes.values()];
}

/** The stretch as an export would show it; made once. */
async function exported({ path, sha256 }: Take, kind: string, from: number, to: number): Promise<string> {
  const out = join(CACHE, `${sha256.slice(0, 16)}-${kind}.mp4`);
  if (await stat(out).catch(() => null)) return out;
  const { filter, crf } = EFFECTS[kind];
  const graph = [
    `trim=start_frame=${from}:end_frame=${to},setpts=PTS-STARTPTS`,
    ...(filter ? [filter] : []),
    'scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p',
  ];
  await run('ffmpeg', [
    ...['-v', 'error', '-threads', '1', '-i', path, '-an', '-vf', graph.join(','), '-fps_mode', 'passthrough'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-crf', String(crf), '-y', out],
  ]);
  return out;
}

const takes = await takesOf(given);
const nameOf = (sha256: string): string => takes.find(take => take.sha256 === sha256)?.name ?? sha256;
const kinds = Object.keys(EFFECTS);
const tally = new Map(kinds.map(kind => [kind, { shots: 0, right: 0, twin: 0, wrong: 0, none: 0, frames: 0 }]));
await mkdir(CACHE, { recursive: true });
for (const [index, take] of takes.entries())
  for (let round = 0; round < rounds; round++) {
    const kind = kinds[(index + round) % kinds.length];
    const from = 1;
    const to = Math.min(take.fingerprint.frames - 1, from + LENGTH);
    if (to - from < 6) continue;
    const small = await probe(await exported(take, kind, from, to));
    const collector = fingerprintCollector();
    const observers = [...observersFor(new Set(shotSignals)), collector.observer];
    const { signals, clip } = await observe({ ...small, audio: null }, observers);
    const film = collector.fingerprint(clip);
    for (const shot of findShots(signals, clip).shots) {
      const { matches } = matchShot(shot, film, takes);
      count(take, kind, from, matches);
    }
  }

function count({ name, sha256 }: Take, kind: string, from: number, matches: Match[]): void {
  const entry = tally.get(kind)!;
  entry.shots++;
  const [longest] = matches.sort((a, b) => b.frames.end - b.frames.start - (a.frames.end - a.frames.start));
  const others = matches.filter(match => match.sha256 !== sha256);
  if (!longest) entry.none++;
  else if (others.length === 0) entry.right++;
  else if (others.every(match => match.rivals.includes(sha256))) entry.twin++;
  else entry.wrong++;
  const shown = ({ sha256: found, score, rivals }: Match) =>
    `${nameOf(found)} ${score.toFixed(4)}${rivals.length > 0 ? `, as well as ${rivals.map(nameOf).join(' ')}` : ''}`;
  if (!longest || others.length > 0 || longest.rivals.length > 0)
    console.log(`${kind} ${name}: ${matches.map(shown).join('; ') || 'no take'}`);
  if (longest?.sha256 !== sha256) return;
  const truth = { start: from + longest.frames.start, end: from + longest.frames.end };
  if (longest.source.start <= truth.start && longest.source.end >= truth.end) entry.frames++;
  else
    console.log(
      `${kind} ${name}: frames ${longest.source.start}–${longest.source.end} instead of ${truth.start}–${truth.end}`,
    );
}

console.log(`${takes.length} takes`);
console.log('| export | shots | right take | twin | wrong take | none | right frames |');
console.log('|---|---|---|---|---|---|---|');
const rows = [...tally];
const sum = (key: keyof (typeof rows)[0][1]): number => rows.reduce((all, [, entry]) => all + entry[key], 0);
for (const [kind, { shots, right, twin, wrong, none, frames }] of [
  ...rows,
  [
    'all',
    {
      ...{ shots: sum('shots'), right: sum('right'), twin: sum('twin') },
      ...{ wrong: sum('wrong'), none: sum('none'), frames: sum('frames') },
    },
  ] as (typeof rows)[0],
])
  console.log(`| ${kind} | ${shots} | ${right} | ${twin} | ${wrong} | ${none} | ${frames} |`);

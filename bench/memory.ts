/**
 * Memory over time while a long clip is checked with every signal measured.
 *
 *     npm run bench:memory -- <clip> [--minutes 20] [--sample 1] [--people]
 *
 * The clip is repeated (its packets copied, not encoded again) until it is that long. Prints the resident memory of the
 * process and of its decoders at every twentieth of the way, and which signals take most of it. `--people` measures faces,
 * hands, bodies, identity and voice alone. Linux only: figures come from /proc.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runFfmpeg } from '../fixtures/run.ts';
import { inspect } from '../src/inspect.ts';
import { runningPids } from '../src/media/ffmpeg.ts';
import { probe } from '../src/media/probe.ts';
import { observe } from '../src/observe.ts';
import { observersFor } from '../src/observers/index.ts';
import type { Measured, SignalName } from '../src/signals.ts';

const CACHE = join(dirname(fileURLToPath(import.meta.url)), 'cache', 'memory');

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter(argument => argument !== '--'),
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '20' },
    sample: { type: 'string', default: '1' },
    people: { type: 'boolean', default: false },
  },
});
const [source] = positionals;
if (source === undefined) throw new Error('name a clip');
const minutes = Number(values.minutes);

/** The clip over and over, up to the length asked for. */
async function repeated(path: string): Promise<string> {
  const made = join(CACHE, `${basename(path)}-${minutes}min.mp4`);
  if (existsSync(made)) return made;
  mkdirSync(CACHE, { recursive: true });
  const { seconds } = await probe(path);
  const draft = join(CACHE, `.${process.pid}.mp4`);
  const times = Math.ceil((60 * minutes) / seconds) - 1;
  await runFfmpeg([
    '-stream_loop',
    String(times),
    '-i',
    resolve(path),
    '-c',
    'copy',
    '-t',
    String(60 * minutes),
    draft,
  ]);
  renameSync(draft, made);
  return made;
}

const residentMb = (pid: number | 'self'): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

const clip = await repeated(source);
let [peak, peakOwn, step] = [0, 0, 0];
const read = (): [number, number] => {
  const own = residentMb('self');
  const all = runningPids().reduce((sum, pid) => sum + residentMb(pid), own);
  peak = Math.max(peak, all);
  peakOwn = Math.max(peakOwn, own);
  return [own, all];
};
const row = (name: string) => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const cells = [...read(), heapUsed / 2 ** 20, (external + arrayBuffers) / 2 ** 20].map(Math.round);
  console.log(`| ${name} | ${cells.join(' | ')} |`);
};
const timer = setInterval(read, 250);
console.log('| part | Node, MB | with decoders, MB | heap, MB | buffers, MB |\n|---|---|---|---|---|');
const cpu = process.cpuUsage();
const onFrame = (done: number, expected: number) => {
  if (done < (step * expected) / 20) return;
  row(`${5 * step}\u2009%`);
  step++;
};
const sample = Number(values.sample);
const timeoutSeconds = 36_000;

/** Everything that the line measures, or people alone. */
async function measure(): Promise<{ frames: number; signals: Measured }> {
  if (values.people) {
    const names = new Set<SignalName>(['faces', 'hands', 'bodies', 'identities', 'voice']);
    const { clip: facts, signals } = await observe(await probe(clip), observersFor(names, { sample }), {
      timeoutSeconds,
      loudness: false,
      onFrame,
    });
    return { frames: facts.frames, signals };
  }
  const { clip: facts, signals } = await inspect(clip, {
    measure: 'everything',
    sample,
    timeoutSeconds,
    onProgress: ({ stage, done, expected }) => stage === 'decode' && onFrame(done, expected),
  });
  return { frames: facts.frames, signals };
}

/** Bytes of every array in a signal. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce((sum, part) => sum + bytesOf(part), 0);
}

const { frames, signals } = await measure();
row('judged');
clearInterval(timer);
const { user, system } = process.cpuUsage(cpu);
const kept = (['faces', 'hands', 'bodies'] as const).map(name => {
  const table = signals[name];
  return `${name} ${table?.presence.length} rows, every ${table?.step}. frame`;
});
const largest = Object.entries(signals)
  .map(([name, value]) => ({ name, bytes: bytesOf(value) }))
  .sort((a, b) => b.bytes - a.bytes)
  .slice(0, 8)
  .map(({ name, bytes }) => `${name} ${(bytes / frames).toFixed(0)}`);
console.log(
  `\n${frames} frames, ${minutes} min, looked for people in every ${sample}. frame; kept: ${kept.join('; ')}`,
);
console.log(`bytes per frame: ${largest.join(', ')}`);
console.log(`most at once ${Math.round(peakOwn)} MB, with decoders ${Math.round(peak)} MB`);
console.log(`${((user + system) / 1000 / frames).toFixed(1)} ms of CPU per frame in Node`);

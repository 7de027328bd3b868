/**
 * What a check costs: CPU of every check that runs no model against that of decoding the same clip to nothing, wall time and
 * memory.
 *
 *   npm run bench:speed                     rendered clips: 480p, 720p, 1080p at 5, 20 and 60 s
 *   npm run bench:speed -- --quick          5 s only
 *   npm run bench:speed -- --decode-only    probe and decode without any measuring
 *   npm run bench:speed -- --with-models    every check: also those that run models
 *   npm run bench:speed -- clip.mp4 folder  these clips instead
 *
 * Every clip is checked in a fresh process that has warmed up on a short clip before (the checks run compiled, as they
 * do from the second clip of a batch on). Checks and plain decodes take turns, and the least of each counts, so that
 * other work on the machine disturbs the ratio little. Linux only: CPU and memory of children come from /proc.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runFfmpeg } from '../fixtures/run.ts';

const CACHE = join(dirname(fileURLToPath(import.meta.url)), 'cache', 'speed');
/** Width, height and Mbit/s: the rates that video platforms recommend for uploads at 24–30 frames per second. */
const SIZES = { '480p': [854, 480, 2.5], '720p': [1280, 720, 5], '1080p': [1920, 1080, 8] } as const;
const LENGTHS = [5, 20, 60];
const MEDIA = new Set(['.mp4', '.mov', '.mkv', '.webm', '.avi', '.gif']);
interface Cost {
  /** CPU seconds of this process and of its children. */
  cpu: number;
  own: number;
  wall: number;
  frames: number;
  seconds: number;
  /** Most memory at once, in MB: this process with its children, and this process alone. */
  peak: number;
  peakOwn: number;
}

/** A clip of moving cells over drifting gradients under film noise, with sound; longer ones repeat the first five seconds. */
async function render(name: keyof typeof SIZES, seconds: number): Promise<string> {
  const path = join(CACHE, `${name}-${seconds}s.mp4`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const [width, height, rate] = SIZES[name];
  const draft = join(CACHE, `.${process.pid}-${name}-${seconds}s.mp4`);
  if (seconds > 5) {
    const source = await render(name, 5);
    await runFfmpeg(['-stream_loop', String(seconds / 5 - 1), '-i', source, '-c', 'copy', draft]);
  } else {
    const size = `${width}x${height}`;
    const graph = [
      `life=s=160x90:r=30:mold=10:ratio=0.3:seed=7,scale=${size}:flags=bilinear[cells]`,
      `gradients=s=${size}:r=30:n=4:seed=7[land]`,
      '[cells][land]blend=all_mode=softlight,noise=alls=4:allf=t:all_seed=7[v]',
      'anoisesrc=r=48000:a=0.1:seed=7,tremolo=f=3,aformat=channel_layouts=stereo[a]',
    ].join(';');
    const video = [
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-b:v',
      `${rate}M`,
      '-maxrate',
      `${rate}M`,
      '-bufsize',
      `${rate}M`,
      '-pix_fmt',
      'yuv420p',
    ];
    await runFfmpeg([
      '-filter_complex',
      graph,
      '-map',
      '[v]',
      '-map',
      '[a]',
      '-t',
      '5',
      ...video,
      '-c:a',
      'aac',
      draft,
    ]);
  }
  renameSync(draft, path);
  return path;
}

/** CPU seconds of the children that have ended so far. */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const residentMb = (pid: number | 'self'): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

/** Plain decode in a child: CPU seconds. */
function plainDecode(path: string): number {
  const before = childrenCpu();
  spawnSync('ffmpeg', ['-v', 'quiet', '-nostdin', '-i', `file:${resolve(path)}`, '-f', 'null', '-'], {
    stdio: 'ignore',
  });
  return childrenCpu() - before;
}

async function check(path: string, mode: Mode): Promise<{ frames: number; seconds: number }> {
  if (mode === 'decode') {
    const [{ probe }, { decode }] = [await import('../src/media/probe.ts'), await import('../src/media/decode.ts')];
    const clip = await probe(path);
    const decoding = await decode(clip);
    try {
      const { frames } = await decoding.finish();
      return { frames, seconds: clip.seconds };
    } finally {
      await decoding.close();
    }
  }
  const { inspect } = await import('../src/inspect.ts');
  const { detectors } = await import('../src/detectors/index.ts');
  const { observers } = await import('../src/observers/index.ts');
  const left = observers().filter(({ models }) => models !== undefined);
  const without = new Set(left.flatMap(({ provides }) => provides));
  const chosen =
    mode === 'models' ? detectors : detectors.filter(({ meta }) => !meta.signals.some(name => without.has(name)));
  const { clip } = await inspect(path, { detectors: chosen });
  return { frames: clip.frames, seconds: clip.seconds };
}

type Mode = 'decode' | 'plain' | 'models';

/** One measured check in this process. */
async function measure(path: string, mode: Mode): Promise<Cost> {
  const { runningPids } = await import('../src/media/ffmpeg.ts');
  let [peak, peakOwn] = [0, 0];
  const sample = () => {
    const own = residentMb('self');
    peakOwn = Math.max(peakOwn, own);
    peak = Math.max(
      peak,
      runningPids().reduce((sum, pid) => sum + residentMb(pid), own),
    );
  };
  const timer = setInterval(sample, 20);
  const [cpu, children, wall] = [process.cpuUsage(), childrenCpu(), performance.now()];
  const { frames, seconds } = await check(path, mode);
  const used = process.cpuUsage(cpu);
  const took = (performance.now() - wall) / 1000;
  clearInterval(timer);
  sample();
  const own = (used.user + used.system) / 1e6;
  return { cpu: own + childrenCpu() - children, own, wall: took, frames, seconds, peak, peakOwn };
}

/** The part that runs in a fresh process per clip. */
async function worker(path: string, warmup: string, mode: Mode, turns: number): Promise<void> {
  for (let i = 0; i < 2; i++) await check(warmup, mode);
  const plain = [plainDecode(path)];
  const costs: Cost[] = [];
  for (let turn = 0; turn < turns; turn++) {
    costs.push(await measure(path, mode));
    plain.push(plainDecode(path));
  }
  const best = costs.reduce((least, cost) => (cost.cpu < least.cpu ? cost : least));
  const most = (key: 'peak' | 'peakOwn') => Math.max(...costs.map(cost => cost[key]));
  process.stdout.write(
    `${JSON.stringify({ ...best, peak: most('peak'), peakOwn: most('peakOwn'), plain: Math.min(...plain) })}\n`,
  );
}

/** Runs the worker and reads its answer. */
function inFreshProcess(path: string, warmup: string, mode: Mode, turns: number): Promise<Cost & { plain: number }> {
  const job = Buffer.from(JSON.stringify([path, warmup, mode, turns])).toString('base64');
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), '--worker', job], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', piece => {
      text += piece;
    });
    child.once('error', fail);
    child.once('close', code =>
      code === 0 ? done(JSON.parse(text)) : fail(new Error(`the worker ended with ${code}`)),
    );
  });
}

const clipsUnder = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter(name => MEDIA.has(extname(name).toLowerCase()))
        .sort()
        .map(name => join(path, name))
    : [path];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      worker: { type: 'string' },
      quick: { type: 'boolean' },
      'decode-only': { type: 'boolean' },
      'with-models': { type: 'boolean' },
      out: { type: 'string' },
    },
  });
  if (values.worker !== undefined) {
    const [path, warmup, mode, turns] = JSON.parse(Buffer.from(values.worker, 'base64').toString()) as [
      ...[path: string, warmup: string, mode: Mode, turns: number],
    ];
    return worker(path, warmup, mode, turns);
  }
  const modes = { 'decode-only': 'decode', 'with-models': 'models' } as const;
  const flags = Object.keys(modes) as (keyof typeof modes)[];
  const mode: Mode = flags.filter(flag => values[flag]).map(flag => modes[flag])[0] ?? 'plain';
  const lengths = values.quick ? [5] : LENGTHS;
  const names = Object.keys(SIZES) as (keyof typeof SIZES)[];
  const given = positionals.flatMap(clipsUnder);
  const clips = [...given];
  if (clips.length === 0)
    for (const name of names) for (const length of lengths) clips.push(await render(name, length));
  const lines = [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, mode ${mode}`,
    '',
    '| clip | frames | plain decode, ms/frame | check, ms/frame | of it in Node | ratio | × real time | peak MB (with ffmpeg) | peak MB (Node) |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const line of lines) console.log(line);
  for (const clip of clips) {
    // A short run is disturbed more by whatever else the machine does.
    const { size } = statSync(clip);
    const turns = size > 15e6 ? 3 : size > 4e6 ? 5 : 8;
    const warmup = given.length > 0 ? clip : await render(names.find(name => clip.includes(`${name}-`)) ?? '480p', 5);
    const cost = await inFreshProcess(clip, warmup, mode, turns);
    const perFrame = (seconds: number) => ((1000 * seconds) / cost.frames).toFixed(2);
    const row = [
      ...[clip.split('/').at(-1), cost.frames, perFrame(cost.plain), perFrame(cost.cpu), perFrame(cost.own)],
      ...[(cost.cpu / cost.plain).toFixed(2), (cost.seconds / cost.wall).toFixed(1)],
      ...[Math.round(cost.peak), Math.round(cost.peakOwn)],
    ];
    lines.push(`| ${row.join(' | ')} |`);
    console.log(lines.at(-1));
  }
  if (values.out !== undefined) writeFileSync(values.out, `${lines.join('\n')}\n`);
}

await main();

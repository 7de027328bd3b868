import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runFfmpeg } from '../../fixtures/run.ts';
import type { Clip } from '../../src/clip.ts';
import { openSession } from '../../src/inference/onnx.ts';
import { type LandmarkTable, rowsOf } from '../../src/landmarks.ts';
import { runningPids } from '../../src/media/ffmpeg.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { bodies } from '../../src/observers/bodies.ts';
import { faces } from '../../src/observers/faces.ts';
import { hands } from '../../src/observers/hands.ts';
import { identity } from '../../src/observers/identity.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { voice } from '../../src/observers/voice.ts';
import { type Asked, clipsIn } from './common.ts';

/** CPU milliseconds of this process and of its decoders so far. */
function cpuSoFar(): number {
  const { user, system } = process.cpuUsage();
  const decoders = runningPids().map(pid => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  });
  return (user + system) / 1000 + decoders.reduce((sum, ms) => sum + ms, 0);
}

/** A clip at 1280 × 720, forth and back, so that nothing jumps and it lasts long enough to be timed. */
async function at720(file: string, into: string): Promise<string> {
  const made = path.join(into, `${path.basename(file, path.extname(file))}-720p.mp4`);
  const graph =
    'scale=1280:720:force_original_aspect_ratio=decrease:flags=bicubic,pad=1280:720:-1:-1,split[a][b];[b]reverse[c];[a][c]concat,format=yuv420p';
  const video = ['-t', '10', '-an', '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '5M'];
  await runFfmpeg(['-stream_loop', '1', '-i', file, '-filter_complex', graph, ...video, made]);
  return made;
}

/** CPU milliseconds of one run of the hand network, the unit that tells a busy machine from a quiet one. */
async function handRun(): Promise<number> {
  const session = await openSession('hand-landmarks');
  const times: number[] = [];
  for (let run = 0; run < 30; run++) {
    const { user, system } = process.cpuUsage();
    await session.run();
    const after = process.cpuUsage();
    times.push((after.user + after.system - user - system) / 1000);
  }
  await session.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1];
}

interface Cost {
  /** CPU milliseconds per frame over the second half of the clip, and over those of its frames with a face and two hands. */
  all: number;
  full: number;
  /** Of the latter, those in which all three are followed from the frame before: the steady state. */
  steady: number;
  steadyFrames: number;
}

async function cost(clip: Clip, observers: Observer[]): Promise<Cost> {
  const spent: number[] = [];
  const { signals } = await observe(clip, observers, {
    loudness: false,
    onFrame: () => {
      spent.push(cpuSoFar());
    },
  });
  const [from, to] = [clip.times.length >> 1, clip.times.length - 2];
  const mean = (frames: number[]) =>
    frames.reduce((sum, frame) => sum + spent[frame] - spent[frame - 1], 0) / frames.length;
  const full = Array.from({ length: to - from }, (_, k) => from + k).filter(
    frame => linesIn(signals.faces, frame).length === 1 && linesIn(signals.hands, frame).length === 2,
  );
  const steady = full.filter(frame =>
    [signals.faces, signals.hands].every(table => linesIn(table, frame).join() === linesIn(table, frame - 1).join()),
  );
  return {
    all: (spent[to - 1] - spent[from - 1]) / (to - from),
    full: mean(full),
    steady: mean(steady),
    steadyFrames: steady.length,
  };
}

/** Lineages of what is seen in a frame, ascending. */
function linesIn(table: LandmarkTable | undefined, frame: number): number[] {
  const rows = table && rowsOf(table, frame);
  return rows ? Array.from(table.lineage.subarray(...rows)).sort((a, b) => a - b) : [];
}

/** CPU time per frame when everything is followed and warm: the least of some runs. */
export async function speed({ folder, quick }: Asked): Promise<void> {
  console.log('\n## Cost at steady state, 1280 × 720 (this process and its decoder, one thread each; Linux only)\n');
  console.log(`one run of the hand network just before: ${(await handRun()).toFixed(2)} ms of CPU\n`);
  console.log(
    '| clip | observers | ms CPU per frame | with a face and two hands | these followed from the frame before | such frames | most memory, Node |\n|---|---|---|---|---|---|---|',
  );
  const sets: [string, Observer[]][] = [
    ['faces, hands (and bodies for wrists)', [faces, hands] as unknown as Observer[]],
    ['all of people and speech', [faces, hands, bodies, identity, voice] as unknown as Observer[]],
  ];
  const files = await clipsIn(folder, 'footage', /sample-videos__(sorry|please|bird)\.mkv$/);
  const scratch = await mkdtemp(path.join(tmpdir(), 'retake-bench-'));
  try {
    for (const file of quick ? files.slice(0, 1) : files) {
      const clip = await probe(await at720(file, scratch));
      for (const [name, observers] of sets) {
        const runs: Cost[] = [];
        while (runs.length < (quick ? 1 : 3)) runs.push(await cost(clip, observers));
        const least = (key: 'all' | 'full' | 'steady') => Math.min(...runs.map(run => run[key])).toFixed(1);
        const memory = Math.round(process.resourceUsage().maxRSS / 1024);
        console.log(
          `| ${path.basename(file)} | ${name} | ${least('all')} | ${least('full')} | ${least('steady')} | ${runs[0].steadyFrames} | ${memory} MiB |`,
        );
      }
    }
    console.log(`\none run of the hand network just after: ${(await handRun()).toFixed(2)} ms of CPU`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

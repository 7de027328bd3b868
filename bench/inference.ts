/**
 * `npm run bench:inference [-- model …]`: what every model costs on one thread. Each is measured in a process of its own, so that its memory is its own.
 * The pictures are arbitrary: the networks do the same work whatever they see.
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { modelEntry, readManifest } from '../src/inference/manifest.ts';
import { openSession } from '../src/inference/onnx.ts';

const RUNS = 60;
/** About what a clip's small picture has, for models that take any size. */
const ANY_SIZE = { height: 256, width: 448 };
const ROW = '--row';

/** Models that the runtime runs; weights as JSON are measured where they are used. */
const onnx = (): string[] =>
  readManifest()
    .models.filter(({ file }) => file.endsWith('.onnx'))
    .map(({ name }) => name);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

async function measure(name: string): Promise<string> {
  const model = modelEntry(name);
  const memoryBefore = process.memoryUsage.rss();
  const opening = performance.now();
  const session = await openSession(name, { dimensions: ANY_SIZE });
  const opened = performance.now() - opening;
  const [input] = model.inputs;
  const { scale, offset } = input.normalisation ?? { scale: 1 / 256, offset: 0 };
  session.inputs[input.name].forEach((_, i, values) => {
    values[i] = ((i * 7919) % 256) * scale + offset;
  });
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    await session.run();
    times.push(performance.now() - started);
  }
  const cpu = process.cpuUsage(cpuBefore);
  const memory = process.memoryUsage.rss() - memoryBefore;
  times.sort((a, b) => a - b);
  const cpuPerRun = (cpu.user + cpu.system) / 1000 / RUNS;
  const figures = [
    times[0].toFixed(2),
    times[RUNS / 2].toFixed(2),
    cpuPerRun.toFixed(2),
    opened.toFixed(0),
    megabytes(model.bytes),
    megabytes(memory),
  ];
  await session.dispose();
  return `| ${name} | ${session.shapes[input.name].join('×')} | ${figures.join(' | ')} |`;
}

function table(names: string[]): void {
  const cpu = `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`;
  console.log(`Node ${process.version}, ${cpu}; ${RUNS} runs each, one thread\n`);
  console.log('| model | input | min ms | median ms | CPU ms | open ms | file MB | memory MB |');
  console.log('|---|---|---:|---:|---:|---:|---:|---:|');
  for (const name of names) {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), ROW, name];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) process.exitCode = 1;
  }
}

const args = process.argv.slice(2);
if (args[0] === ROW) console.log(await measure(args[1]));
else table(args.length > 0 ? args : onnx());

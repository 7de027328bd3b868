import { availableParallelism, totalmem } from 'node:os';
import { Command } from 'commander';
import pc from 'picocolors';
import { asRetakeError } from '../errors.ts';
import { loadModel, modelsFolder, readManifest } from '../inference/store.ts';
import { ffmpegVersion } from '../media/ffmpeg.ts';
import { version } from '../version.ts';
import { EXIT, runCommand } from './run.ts';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Check that this machine has what Retake needs')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => runCommand(() => doctor(options)));

interface Check {
  name: string;
  ok: boolean;
  /** What was found. */
  found: string;
  /** What to do when it is not ok. */
  remedy?: string;
}

async function doctor(options: { json?: boolean }): Promise<number> {
  const checks = await Promise.all([node(), ffmpeg(), models(), machine()]);
  if (options.json) process.stdout.write(`${JSON.stringify({ version, checks }, null, 2)}\n`);
  else
    for (const check of checks) {
      process.stdout.write(`${check.ok ? pc.green('ok     ') : pc.red('missing')} ${check.name}: ${check.found}\n`);
      if (!check.ok && check.remedy) process.stdout.write(`        ${check.remedy}\n`);
    }
  return checks.every(check => check.ok) ? EXIT.ok : EXIT.unjudged;
}

async function node(): Promise<Check> {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 9);
  return { name: 'Node.js', ok, found: process.versions.node, remedy: 'Install Node.js 20.9 or newer.' };
}

async function ffmpeg(): Promise<Check> {
  try {
    return { name: 'ffmpeg', ok: true, found: await ffmpegVersion() };
  } catch (thrown) {
    const error = asRetakeError(thrown);
    return { name: 'ffmpeg', ok: false, found: error.message, remedy: error.hint };
  }
}

/** Every model is there and is what the manifest says. */
async function models(): Promise<Check> {
  const { models: entries } = readManifest();
  const broken = await Promise.all(entries.map(({ name }) => loadModel(name).then(() => null, asRetakeError)));
  const first = broken.find(error => error !== null);
  const found = first ? first.message : `${entries.length} in place, in ${modelsFolder()}`;
  return { name: 'models', ok: !first, found, remedy: first?.hint };
}

async function machine(): Promise<Check> {
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    name: 'machine',
    ok: true,
    found: `${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${process.arch}`,
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import createCommand from 'fluent-ffmpeg';
import { oneLine, RetakeError } from '../errors.ts';
import { findBinary, INSTALL_HINT, isRecent, OLDEST } from './binaries.ts';
import { inputArguments } from './input.ts';
import { LineSplitter } from './lines.ts';

/** How a child process ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Limits {
  signal?: AbortSignal;
  /** Wall time after which the process is killed and `timed-out` is thrown. */
  timeoutSeconds?: number;
}

const live = new Set<ChildProcess>();
let hooked = false;

/** Kills every child that is still running: called when this process exits. */
function killAll(): void {
  for (const child of live) child.kill('SIGKILL');
  live.clear();
}

/** Process ids of the ffmpeg and ffprobe processes now running. */
export const runningPids = (): number[] => [...live].flatMap(child => (child.pid === undefined ? [] : [child.pid]));

/** Keeps a child on the list of those to kill with this process. */
function track(child: ChildProcess): void {
  if (!hooked) {
    process.on('exit', killAll);
    hooked = true;
  }
  live.add(child);
  child.once('exit', () => live.delete(child));
  child.once('error', () => live.delete(child));
}

const versions = new Map<string, Promise<string>>();

async function readVersion(binary: string): Promise<string> {
  let first = '';
  const run = await start(binary, ['-version'], { timeoutSeconds: 30 }, line => {
    first ||= line;
  });
  const { code } = await run.ended;
  const version = /version (\S+)/.exec(first)?.[1];
  if (code !== 0 || version === undefined) {
    throw new RetakeError('ffmpeg-missing', `${oneLine(binary)} does not answer like ffmpeg.`, { hint: INSTALL_HINT });
  }
  return version;
}

/**
 * Version of the ffmpeg that will be used, such as `5.1.9-0+deb12u1`; asked once per program.
 * @throws RetakeError `ffmpeg-missing` or `ffmpeg-too-old`, both with a hint how to install it
 */
export async function ffmpegVersion(): Promise<string> {
  const binary = await findBinary('ffmpeg');
  let asked = versions.get(binary);
  if (asked === undefined) {
    asked = readVersion(binary);
    versions.set(binary, asked);
    asked.catch(() => versions.delete(binary));
  }
  const version = await asked;
  if (!isRecent(version)) {
    throw new RetakeError('ffmpeg-too-old', `ffmpeg ${oneLine(version)} is older than ${OLDEST.join('.')}.`, {
      hint: INSTALL_HINT,
    });
  }
  return version;
}

/** A child process under supervision. */
export interface Running {
  child: ChildProcess;
  /** Settles when it has ended and its streams are closed; rejects on abort, time-out or when it cannot be started. */
  ended: Promise<Ended>;
  /** Kills it; `ended` then resolves. Safe to call twice. */
  kill(): void;
}

/** Watches over a started child: abort signal, time-out, and death with this process. */
function supervise(child: ChildProcess, limits: Limits, closed: Promise<Ended>): Running {
  track(child);
  let stop: RetakeError | null = null;
  const kill = () => {
    child.kill('SIGKILL');
  };
  const abort = () => {
    stop ??= new RetakeError('aborted', 'Stopped before the clip was judged.', { cause: limits.signal?.reason });
    kill();
  };
  limits.signal?.addEventListener('abort', abort, { once: true });
  if (limits.signal?.aborted) abort();
  const seconds = limits.timeoutSeconds;
  const timer =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          stop ??= new RetakeError('timed-out', `No result within ${seconds} s.`, {
            hint: 'Allow more time, or check a shorter clip.',
          });
          kill();
        }, seconds * 1000);
  const ended = closed
    .then(end => {
      if (stop !== null) throw stop;
      return end;
    })
    .finally(() => {
      clearTimeout(timer);
      limits.signal?.removeEventListener('abort', abort);
    });
  // Whoever reads the pipes may look at `ended` later: an early rejection must not count as unhandled.
  ended.catch(() => {});
  return { child, ended, kill };
}

/** Throws `aborted` when the signal has fired already, before anything is started. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new RetakeError('aborted', 'Stopped before the clip was judged.', { cause: signal.reason });
  }
}

/** A program that could not be started at all. */
const startFailure = (thrown: unknown, binary: string): RetakeError =>
  new RetakeError('ffmpeg-missing', `${oneLine(binary)} could not be started.`, { hint: INSTALL_HINT, cause: thrown });

async function start(
  binary: string,
  args: string[],
  limits: Limits,
  onLine: (line: string) => void,
  onComplaint: (line: string) => void = () => {},
): Promise<Running> {
  throwIfAborted(limits.signal);
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const out = new LineSplitter(onLine);
  const complaints = new LineSplitter(onComplaint);
  child.stdout.setEncoding('utf8').on('data', text => out.push(text));
  child.stderr.setEncoding('utf8').on('data', text => complaints.push(text));
  const closed = new Promise<Ended>((settle, fail) => {
    child.once('error', thrown => fail(startFailure(thrown, binary)));
    child.once('close', (code, signal) => {
      out.end();
      complaints.end();
      settle({ code, signal });
    });
  });
  return supervise(child, limits, closed);
}

/**
 * Runs ffprobe on one file and hands its output over line by line, so that memory stays bounded on long clips.
 * @returns how it ended; a failure of ffprobe itself is the caller's to name
 * @throws RetakeError `ffmpeg-missing`, `aborted`, `timed-out`
 */
export async function runProbe(
  path: string,
  args: string[],
  limits: Limits,
  onLine: (line: string) => void,
  onComplaint: (line: string) => void,
): Promise<Ended> {
  const binary = await findBinary('ffprobe');
  const { options, source } = inputArguments(path);
  const run = await start(binary, ['-hide_banner', ...options, ...args, source], limits, onLine, onComplaint);
  return run.ended;
}

/** One output of an ffmpeg run: its options and its target, such as `pipe:1` or a file in the working folder. */
export interface OutputPlan {
  options: string[];
  target: string;
}

export interface DecodePlan {
  path: string;
  inputOptions: string[];
  outputs: OutputPlan[];
  /** Working folder, so that filters can name their files without a path. */
  folder?: string;
  /** Number of outlets from file descriptor 1 on, standard error included. */
  pipes: number;
  /** Sockets that are handed over to the child in place of pipes, by file descriptor. */
  sockets?: ReadonlyMap<number, Socket>;
}

/** What fluent-ffmpeg keeps for itself and this wrapper uses: its argument builder and its spawner. */
interface CommandInternals {
  _getArguments(): string[];
  _spawnFfmpeg(
    args: string[],
    options: object,
    onProcess: (child: ChildProcess, out: unknown, complaints: LineRing) => void,
    onEnd: (error: Error | null) => void,
  ): void;
}

interface LineRing {
  callback(listener: (line: string) => void): void;
}

/**
 * Starts one ffmpeg for one clip. fluent-ffmpeg builds the arguments and spawns; its own `run()` is not used because it
 * starts two more processes per run for a capability check and hides the child's further pipes.
 * @throws RetakeError `ffmpeg-missing`, `ffmpeg-too-old`, `aborted`
 */
export async function startFfmpeg(
  plan: DecodePlan,
  limits: Limits,
  onComplaint: (line: string) => void,
): Promise<Running> {
  await ffmpegVersion();
  const binary = await findBinary('ffmpeg');
  throwIfAborted(limits.signal);
  const { options, source } = inputArguments(plan.path);
  const command = createCommand({ stdoutLines: 20 });
  command.setFfmpegPath(binary);
  command.input(source).inputOptions(...onlyWhole(['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info']));
  command.inputOptions(...onlyWhole([...options, ...plan.inputOptions]));
  for (const output of plan.outputs) command.output(output.target).outputOptions(...onlyWhole(output.options));
  const internals = command as unknown as CommandInternals;
  return new Promise((settle, fail) => {
    let finish: (end: Ended) => void = () => {};
    let broken: (error: Error) => void = fail;
    const stdio = [
      'ignore',
      ...Array.from({ length: plan.pipes }, (_, index) => plan.sockets?.get(index + 1) ?? 'pipe'),
    ];
    const onProcess = (child: ChildProcess, _out: unknown, complaints: LineRing) => {
      complaints.callback(onComplaint);
      const closed = new Promise<Ended>((end, error) => {
        finish = end;
        broken = error;
      });
      child.once('close', (code, signal) => finish({ code, signal }));
      settle(supervise(child, limits, closed));
    };
    internals._spawnFfmpeg(
      ['-y', ...internals._getArguments()],
      { stdio, cwd: plan.folder, windowsHide: true },
      onProcess,
      error => {
        // Exit statuses come with `close`; this is only for a program that did not start.
        if (error !== null && 'syscall' in error) broken(startFailure(error, binary));
      },
    );
  });
}

/**
 * fluent-ffmpeg splits a lone option at its space; passed as several arguments they are kept whole. Guards that there
 * are several.
 */
function onlyWhole(options: string[]): [string[]] {
  if (options.length < 2) throw new RetakeError('internal', 'A decode plan needs at least two options per place.');
  return options as unknown as [string[]];
}

import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ErrorCode, oneLine, RetakeError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { JudgeOptions } from './judge.ts';
import type { FromChild, ToChild } from './judge-child.ts';

export interface JudgePoolOptions {
  /** Clips at a time. */
  size: number;
  /** Seconds after which a clip is given up with `timed-out`. */
  seconds?: number;
  /** Module that exports `judge`; the real one when absent. */
  module?: string;
  /** Clips that one process judges before a fresh one takes over: whatever it leaks, leaks only so long. */
  recycle?: number;
  /** Niceness of the processes, 0 to 19. Default 19: judging takes what answering leaves, and a whole core where nothing else runs. */
  nice?: number;
}

interface Member {
  child: ChildProcess;
  done: number;
  settle?: { resolve(report: Report): void; reject(error: RetakeError): void };
}

/** Judges clips in child processes. */
export class JudgePool {
  readonly #options: JudgePoolOptions;
  readonly #idle: Member[] = [];
  readonly #members = new Set<Member>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #next = 1;
  #closed = false;

  constructor(options: JudgePoolOptions) {
    this.#options = options;
  }

  /** Throws what the judge throws, `aborted`, `timed-out`, or `internal` when the process died. */
  async judge(path: string, options: JudgeOptions): Promise<Report> {
    await this.#acquire();
    try {
      if (this.#closed || options.signal?.aborted) throw new RetakeError('aborted', 'judging was stopped');
      return await this.#run(this.#idle.pop() ?? this.#start(), path, options);
    } finally {
      // A slot goes straight to who waits for it, so that nobody can slip in between.
      const next = this.#queue.shift();
      if (next) next();
      else this.#busy--;
    }
  }

  async #acquire(): Promise<void> {
    if (this.#busy < this.#options.size) this.#busy++;
    else await new Promise<void>(resolve => this.#queue.push(resolve));
  }

  async #run(member: Member, path: string, { policy, review, signal }: JudgeOptions): Promise<Report> {
    const { seconds = 3600, recycle = 50 } = this.#options;
    const id = this.#next++;
    const { child } = member;
    let failure: RetakeError | undefined;
    let kill: NodeJS.Timeout | undefined;
    const give = (error: RetakeError, grace: number) => {
      failure ??= error;
      if (child.connected) child.send({ cancel: id } satisfies ToChild, () => undefined);
      kill ??= setTimeout(() => killGroup(child), grace);
    };
    const onAbort = () => give(new RetakeError('aborted', 'judging was stopped'), 2_000);
    const limit = setTimeout(
      () => give(new RetakeError('timed-out', `not judged after ${seconds} s`), 500),
      seconds * 1000,
    );
    signal?.addEventListener('abort', onAbort);
    try {
      const report = await new Promise<Report>((resolve, reject) => {
        member.settle = { resolve, reject };
        child.send({ id, path, policy, review } satisfies ToChild, error => {
          if (error) reject(new RetakeError('internal', `the judge cannot be reached: ${oneLine(error.message)}`));
        });
        if (signal?.aborted) onAbort();
      });
      if (failure) throw failure;
      return report;
    } catch (error) {
      throw failure ?? error;
    } finally {
      clearTimeout(limit);
      clearTimeout(kill);
      signal?.removeEventListener('abort', onAbort);
      member.settle = undefined;
      member.done++;
      if (this.#closed || failure !== undefined || member.done >= recycle || !child.connected) this.#end(member);
      else this.#idle.push(member);
    }
  }

  #start(): Member {
    const typescript = import.meta.url.endsWith('.ts');
    const here = (name: string) => new URL(`./${name}.${typescript ? 'ts' : 'js'}`, import.meta.url);
    // From sources the loader that runs TypeScript is needed; the built package runs as it is.
    const loader = typescript ? pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href : undefined;
    const child = fork(fileURLToPath(here('judge-child')), [this.#options.module ?? here('judge').href], {
      execArgv: loader === undefined ? [] : ['--import', loader],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    if (child.pid !== undefined) yieldTo(child.pid, this.#options.nice ?? 19);
    const member: Member = { child, done: 0 };
    let last = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString('utf8')).slice(-2_000);
    });
    const died = (how: string) => {
      this.#members.delete(member);
      const at = this.#idle.indexOf(member);
      if (at >= 0) this.#idle.splice(at, 1);
      const said = last.trim() === '' ? '' : `: ${oneLine(last.trim().split('\n').at(-1) ?? '', 200)}`;
      member.settle?.reject(new RetakeError('internal', `the judge ended (${how})${said}`));
    };
    child.on('exit', (code, sign) => died(sign ?? `exit ${code}`));
    child.on('error', error => died(oneLine(error.message, 120)));
    child.on('message', (message: FromChild) => {
      if ('report' in message) member.settle?.resolve(message.report);
      else {
        const { code, message: text, hint } = message.error;
        member.settle?.reject(new RetakeError(code as ErrorCode, text, { hint }));
      }
    });
    this.#members.add(member);
    return member;
  }

  #end(member: Member): void {
    if (member.child.connected) member.child.disconnect();
    killGroup(member.child);
  }

  /** Ends every process; clips being judged are given up with `aborted`. */
  async close(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#members].map(
      ({ child }) =>
        new Promise<void>(resolve => (child.exitCode === null ? child.once('exit', () => resolve()) : resolve())),
    );
    for (const member of this.#members) {
      member.settle?.reject(new RetakeError('aborted', 'judging was stopped'));
      this.#end(member);
    }
    for (const waiting of this.#queue.splice(0)) waiting();
    await Promise.all(ends);
  }
}

/**
 * Lets everything else go first. Where Linux weighs sessions rather than processes (autogroup, common on desktops and
 * virtual machines) a process's own niceness does nothing against other sessions: the child leads one, so that is set too.
 */
function yieldTo(pid: number, nice: number): void {
  try {
    setPriority(pid, nice);
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // It is only a courtesy, and not every system knows it.
  }
}

/** The child and everything it started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

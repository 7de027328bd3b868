import pc from 'picocolors';
import { asRetakeError, oneLine, type RetakeError } from '../errors.ts';

/** 0: pass or review. 1: shots must be generated again. 2: something could not be judged. 130: stopped by the user. */
export const EXIT = { ok: 0, regenerate: 1, unjudged: 2, interrupted: 130 } as const;

/** One line for a person: what failed, its code, what to do. With `verbose` the stack and causes follow. */
export function errorText(error: RetakeError, verbose = false): string {
  const hint = error.hint ? ` ${pc.dim(oneLine(error.hint))}` : '';
  const line = `${pc.red(`${error.code}:`)} ${oneLine(error.message)}${hint}\n`;
  if (!verbose) return line;
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    causes.push(cause.stack ?? String(cause));
  return `${line}${pc.dim(causes.join('\ncaused by '))}\n`;
}

/** An abort signal that SIGINT and SIGTERM set off; a second signal ends the process at once. */
export function interruptible(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, dispose: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}

/** Runs a command's action; an error becomes one line on stderr and exit code 2 (130 when the user stopped it). */
export async function runCommand(action: () => Promise<number>, verbose = false): Promise<void> {
  try {
    process.exitCode = await action();
  } catch (thrown) {
    const error = asRetakeError(thrown);
    process.stderr.write(errorText(error, verbose));
    process.exitCode = error.code === 'aborted' ? EXIT.interrupted : EXIT.unjudged;
  }
}

/**
 * A process of its own that judges: the server stays quick while it works, and a clip that takes it down takes nothing
 * else along. It leads its process group, so that decoders go with it, and dies with its parent.
 */
import { asRetakeError } from '../errors.ts';
import type { Judge, JudgeOptions } from './judge.ts';

export type ToChild = ({ id: number; path: string } & Pick<JudgeOptions, 'policy' | 'review'>) | { cancel: number };
export type FromChild =
  | { id: number; report: Awaited<ReturnType<Judge>> }
  | { id: number; error: { code: string; message: string; hint?: string } };

const running = new Map<number, AbortController>();

process.on('disconnect', () => {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
});
// Ctrl-C reaches the whole terminal; the parent decides when judging ends.
process.on('SIGINT', () => undefined);

const { judge } = (await import(process.argv[2]!)) as { judge: Judge };

process.on('message', (message: ToChild) => {
  if ('cancel' in message) running.get(message.cancel)?.abort();
  else void run(message);
});

async function run({ id, path, policy, review }: Exclude<ToChild, { cancel: number }>): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  let answer: FromChild;
  try {
    answer = { id, report: await judge(path, { policy, review, signal: abort.signal }) };
  } catch (thrown) {
    const { code, message, hint } = asRetakeError(thrown);
    answer = { id, error: { code, message, hint } };
  }
  running.delete(id);
  if (process.connected) process.send!(answer);
}

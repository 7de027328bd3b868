/** The other side of thread.ts: runs observers over the frames that come through shared memory, in order. */
import { parentPort, workerData } from 'node:worker_threads';
import { asRetakeError, RetakeError } from '../../errors.ts';
import type { Frame } from '../../media/frame.ts';
import { observers } from '../index.ts';
import type { AnyRun, ObserveContext } from '../observer.ts';
import { type FromThread, SLOTS, slotPictures, type ThreadStart, type ToThread } from './protocol.ts';

const port = parentPort!;
const start = workerData as ThreadStart;
const context: ObserveContext = { clip: start.clip, analysis: start.analysis, small: start.small };
const slots = Array.from({ length: SLOTS }, (_, slot) => slotPictures(start, slot));
const runs = new Map<string, AnyRun>();
const tell = (message: FromThread, given: readonly ArrayBuffer[] = []) => port.postMessage(message, given);

/** An observer that fails costs its own signals only. */
async function attempt(id: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const { code, message, hint } = asRetakeError(thrown, 'observer-failed');
    const run = runs.get(id);
    runs.delete(id);
    await Promise.resolve(run?.close?.()).catch(() => {});
    tell({ id, error: { code, message, hint } });
  }
}

async function begin(): Promise<void> {
  for (const observer of observers(start.options).filter(({ id }) => start.ids.includes(id))) {
    await attempt(observer.id, async () => runs.set(observer.id, await observer.start(context)));
  }
}

async function look(frame: Frame, slot: number): Promise<void> {
  await Promise.all([...runs].map(([id, run]) => attempt(id, () => run.frame?.(frame))));
  tell({ free: slot });
}

async function ended(): Promise<void> {
  await Promise.all([...runs].map(([id, run]) => attempt(id, () => run.ended?.())));
  tell('ended');
}

async function finish(): Promise<void> {
  for (const id of start.ids) {
    await attempt(id, async () => {
      const run = runs.get(id);
      if (run === undefined) throw new RetakeError('observer-failed', `${id} is not at work`);
      const signals = await run.finish();
      // Handed over, not copied: they are large, and nobody here needs them any more.
      tell({ id, signals }, [...new Set(buffersOf(signals))]);
    });
  }
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(buffersOf);
}

async function close(): Promise<void> {
  for (const run of runs.values()) await Promise.resolve(run.close?.()).catch(() => {});
  runs.clear();
  port.close();
}

// One thing after the other, in the order in which it was asked for.
let work = begin();
port.on('message', (message: ToThread) => {
  work = work.then(() => {
    if (message === 'ended') return ended();
    if (message === 'finish') return finish();
    if (message === 'close') return close();
    return look({ index: message.frame, ...slots[message.slot]! }, message.slot);
  });
});

import type { Clip, ClipFacts } from './clip.ts';
import { asRetakeError, type RetakeError } from './errors.ts';
import { decode } from './media/decode.ts';
import type { Frame } from './media/frame.ts';
import type { AnyObserver, AnyRun, ObserveContext } from './observers/observer.ts';
import { SignalStore } from './observers/signal-store.ts';
import type { Measured, SignalName } from './signals.ts';

/** What one pass over a clip yields. */
export interface Observation {
  clip: ClipFacts;
  signals: Measured;
  /** Signals that could not be measured, and why. */
  failures: Map<SignalName, RetakeError>;
}

export interface ObserveOptions {
  signal?: AbortSignal;
  timeoutSeconds?: number;
  /** Also measure loudness and true peak, which cost as much as several observers; on by default. */
  loudness?: boolean;
  /** Called after every frame. */
  onFrame?(done: number, expected: number): void;
}

/** An observer at work; `run` is dropped when it fails, the others go on. */
interface Worker {
  observer: AnyObserver;
  run: AnyRun | null;
}

/**
 * Decodes the clip once and feeds every observer. An observer that throws costs its own signals only. Throws what the
 * decoder throws: `decode-failed`, `clip-no-frames`, `timed-out`, `aborted`.
 */
export async function observe(
  clip: Clip,
  observers: readonly AnyObserver[],
  options: ObserveOptions = {},
): Promise<Observation> {
  const store = new SignalStore();
  const failures = new Map<SignalName, RetakeError>();
  const detail = observers.every(({ reads }) => reads === 'small' || reads === 'coarse') ? 'coarse' : 'fine';
  const { signal, timeoutSeconds, loudness = true } = options;
  const speech = observers.some(({ listens }) => listens);
  const decoding = await decode(clip, { signal, timeoutSeconds, loudness, speech, detail });
  const workers: Worker[] = [];
  const drop = (worker: Worker, thrown: unknown) => {
    const error = asRetakeError(thrown, 'observer-failed');
    for (const name of worker.observer.provides) failures.set(name, error);
    void closed(worker.run);
    worker.run = null;
  };
  /** Asks observers that are at work one after the other; one that throws is dropped. */
  const each = async (asked: readonly Worker[], work: (run: AnyRun) => unknown) => {
    for (const worker of asked)
      try {
        if (worker.run) await work(worker.run);
      } catch (thrown) {
        drop(worker, thrown);
      }
  };
  try {
    const context: ObserveContext = { clip, analysis: decoding.analysis, small: decoding.small };
    for (const observer of observers) {
      const worker: Worker = { observer, run: null };
      workers.push(worker);
      try {
        worker.run = await observer.start(context);
      } catch (thrown) {
        drop(worker, thrown);
      }
    }
    for await (const frame of decoding.frames) {
      const pending = feed(workers, frame, drop);
      if (pending.length > 0) await Promise.all(pending);
      options.onFrame?.(frame.index + 1, clip.times.length);
    }
    const decoded = await decoding.finish();
    const [listeners, watchers] = apart(workers, ({ run }) => run?.audio !== undefined);
    await each(watchers, run => run.ended?.());
    if (listeners.some(({ run }) => run !== null))
      for await (const samples of decoded.samples()) await each(listeners, run => run.audio?.(samples));
    await each(listeners, run => run.ended?.());
    // Those with models first: what their networks and threads held is free for what the others bring.
    const [heavy, light] = apart(workers, ({ observer }) => observer.models !== undefined);
    for (const worker of [...heavy, ...light])
      await each([worker], async run => {
        store.add(await run.finish());
        worker.run = null;
        await closed(run);
      });
    store.add({
      decodeFaults: decoded.faults,
      ...(loudness ? { loudness: decoded.loudness } : {}),
      audioLevels: decoded.audioLevels,
    } satisfies Measured);
    const { times: _expected, ...facts } = clip;
    return { clip: { ...facts, frames: decoded.frames, times: decoded.times }, signals: store.signals, failures };
  } finally {
    for (const { run } of workers) void closed(run);
    await decoding.close();
  }
}

/** Hands the frame to every observer; returns the promises of those that are not done at once. */
function feed(workers: Worker[], frame: Frame, drop: (worker: Worker, thrown: unknown) => void): Promise<void>[] {
  const pending: Promise<void>[] = [];
  for (const worker of workers) {
    try {
      const promise = worker.run?.frame?.(frame);
      if (promise) pending.push(promise.catch(thrown => drop(worker, thrown)));
    } catch (thrown) {
      drop(worker, thrown);
    }
  }
  return pending;
}

/** Frees an observer's native memory; a failure to do so must not hide the clip's verdict. */
async function closed(run: AnyRun | null): Promise<void> {
  try {
    await run?.close?.();
  } catch {
    // Nothing left to free.
  }
}

/** Those that `holds` is true of, and the rest. */
const apart = <Item>(items: readonly Item[], holds: (item: Item) => boolean): [Item[], Item[]] => [
  items.filter(holds),
  items.filter(item => !holds(item)),
];

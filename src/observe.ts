import type { Clip, ClipFacts } from './clip.ts';
import { asRetakeError, type RetakeError } from './errors.ts';
import { decode } from './media/decode.ts';
import type { Frame } from './media/frame.ts';
import type { AnyObserver, AnyRun, ObserveContext } from './observers/observer.ts';
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
  const signals: Measured = {};
  const failures = new Map<SignalName, RetakeError>();
  const detail = observers.every(({ reads }) => reads === 'small' || reads === 'coarse') ? 'coarse' : 'fine';
  const { signal, timeoutSeconds, loudness = true } = options;
  const speech = observers.some(({ listens }) => listens);
  const decoding = await decode(clip, { signal, timeoutSeconds, loudness, speech, detail });
  const workers: Worker[] = [];
  const drop = (worker: Worker, thrown: unknown) => {
    const error = asRetakeError(thrown, 'observer-failed');
    for (const name of worker.observer.provides) failures.set(name, error);
    close(worker.run);
    worker.run = null;
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
    const listeners = workers.filter(worker => worker.run?.audio);
    if (listeners.length > 0)
      for await (const samples of decoded.samples())
        for (const worker of listeners)
          try {
            await worker.run?.audio?.(samples);
          } catch (thrown) {
            drop(worker, thrown);
          }
    for (const worker of workers)
      try {
        if (worker.run) Object.assign(signals, await worker.run.finish());
      } catch (thrown) {
        drop(worker, thrown);
      }
    Object.assign(signals, {
      decodeFaults: decoded.faults,
      ...(loudness ? { loudness: decoded.loudness } : {}),
      audioLevels: decoded.audioLevels,
    } satisfies Measured);
    const { times: _expected, ...facts } = clip;
    return { clip: { ...facts, frames: decoded.frames, times: decoded.times }, signals, failures };
  } finally {
    for (const worker of workers) close(worker.run);
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
function close(run: AnyRun | null): void {
  try {
    void Promise.resolve(run?.close?.()).catch(() => {});
  } catch {
    // Nothing left to free.
  }
}

import { availableParallelism } from 'node:os';
import type { Clip } from '../../clip.ts';
import type { AnyObserver, ObserveContext } from '../observer.ts';
import type { SampleOptions } from '../vision/run.ts';
import { ObserverThread } from './thread.ts';

/** What looks at people: it costs most, shares what it sees, and needs nothing of the others. */
export const PEOPLE: ReadonlySet<string> = new Set([
  'faces',
  'hands',
  'bodies',
  'identity',
  'clothes',
  'hand-evidence',
]);

/** Frames below which starting a thread costs more than it gains. */
const LEAST_FRAMES = 120;

export interface SplitOptions extends SampleOptions {
  /** Frames from which a thread is started. */
  leastFrames?: number;
  /** Cores that may be used; those of the machine when absent. */
  cores?: number;
}

/**
 * The same observers, those that look at people in a thread of their own where that makes the check quicker: a second
 * core is there, the clip is long enough, and models look at frames on both sides (speech is judged after them). What is measured is the same either way.
 */
export function inThreads(
  observers: readonly AnyObserver[],
  clip: Pick<Clip, 'times'>,
  { sample, leastFrames = LEAST_FRAMES, cores = availableParallelism() }: SplitOptions = {},
): readonly AnyObserver[] {
  const people = observers.filter(({ id }) => PEOPLE.has(id));
  const others = observers.some(({ id, models }) => !PEOPLE.has(id) && id !== 'voice' && models !== undefined);
  const worth = cores > 1 && clip.times.length >= leastFrames && people.length > 0 && others;
  if (!worth) return observers;
  const threads = new WeakMap<ObserveContext, ObserverThread>();
  const threadOf = (context: ObserveContext): ObserverThread => {
    let thread = threads.get(context);
    if (thread === undefined) {
      thread = new ObserverThread(
        people.map(({ id }) => id),
        context,
        { sample },
      );
      threads.set(context, thread);
    }
    return thread;
  };
  return observers.map(observer => {
    if (!PEOPLE.has(observer.id)) return observer;
    return {
      ...observer,
      start(context) {
        const thread = threadOf(context);
        return {
          frame: frame => thread.feed(frame),
          ended: () => thread.ended(),
          finish: () => thread.finish(observer.id),
          close: () => thread.close(),
        };
      },
    };
  });
}

import type { SignalName } from '../signals.ts';
import type { Observer } from './observer.ts';

/** Every observer. */
export const observers: readonly Observer[] = [];

/** The observers that provide at least one of the named signals: nothing is measured that nobody reads. */
export const observersFor = (names: ReadonlySet<SignalName>): Observer[] =>
  observers.filter(observer => observer.provides.some(name => names.has(name)));

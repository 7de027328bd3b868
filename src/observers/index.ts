import type { SignalName } from '../signals.ts';
import { bars } from './bars.ts';
import { flashes } from './flashes.ts';
import { frameChange } from './frame-change.ts';
import { levels } from './levels.ts';
import { motion } from './motion.ts';
import type { AnyObserver } from './observer.ts';
import { pictureStatistics } from './picture-statistics.ts';
import { sharpness } from './sharpness.ts';

/** Every observer. */
export const observers: readonly AnyObserver[] = [
  pictureStatistics,
  frameChange,
  motion,
  flashes,
  levels,
  sharpness,
  bars,
];

/** The observers that provide at least one of the named signals: nothing is measured that nobody reads. */
export const observersFor = (names: ReadonlySet<SignalName>): AnyObserver[] =>
  observers.filter(observer => observer.provides.some(name => names.has(name)));

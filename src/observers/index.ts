import type { SignalName } from '../signals.ts';
import { backgroundViews } from './background-views.ts';
import { bars } from './bars.ts';
import { bodiesObserver } from './bodies.ts';
import { boiling } from './boiling.ts';
import { clothesObserver } from './clothes.ts';
import { continuity } from './continuity/continuity.ts';
import { facesObserver } from './faces.ts';
import { flashes } from './flashes.ts';
import { frameChange } from './frame-change.ts';
import { handEvidenceObserver } from './hand-evidence.ts';
import { handsObserver } from './hands.ts';
import { identityObserver } from './identity.ts';
import { levels } from './levels.ts';
import { motion } from './motion.ts';
import type { AnyObserver } from './observer.ts';
import { pictureStatistics } from './picture-statistics.ts';
import { semantic } from './semantic.ts';
import { sharpness } from './sharpness.ts';
import { speechBands } from './speech-bands.ts';
import { text } from './text.ts';
import { thingsObserver } from './things.ts';
import type { SampleOptions } from './vision/run.ts';
import { voice } from './voice.ts';

/** Every observer. */
export const observers = (options: SampleOptions = {}): readonly AnyObserver[] => [
  pictureStatistics,
  frameChange,
  motion,
  backgroundViews,
  thingsObserver,
  flashes,
  levels,
  sharpness,
  bars,
  continuity,
  facesObserver(options),
  handsObserver(options),
  handEvidenceObserver(options),
  bodiesObserver(options),
  identityObserver(options),
  clothesObserver(options),
  semantic,
  boiling,
  text,
  voice,
  speechBands,
];

/** The observers that provide at least one of the named signals (all of them for null): nothing is measured that nobody reads. */
export const observersFor = (
  names: ReadonlySet<SignalName> | null,
  options: SampleOptions = {},
): readonly AnyObserver[] =>
  observers(options).filter(observer => names === null || observer.provides.some(name => names.has(name)));

import type { Clip } from '../clip.ts';
import type { Frame, PictureSize } from '../media/frame.ts';
import type { Measured, SignalName, Signals } from '../signals.ts';

/** What an observer knows when a run starts. */
export interface ObserveContext {
  clip: Clip;
  /** Sizes of the two pictures that every frame brings. */
  analysis: PictureSize;
  small: PictureSize;
}

/** One clip's worth of measuring. Frames come in order; their buffers are reused after `frame` has resolved. */
export interface ObserverRun<Names extends SignalName> {
  frame?(frame: Frame): void | Promise<void>;
  /** 16 kHz mono samples, −1 … 1, contiguous from the container's start; called after the last frame if the observer `listens`. */
  audio?(samples: Float32Array): void | Promise<void>;
  /**
   * Called once after the last frame, and after the last sample for those who listen, before anybody finishes: frees what
   * `finish` does not need, networks above all, so that they do not lie beside all that was measured.
   */
  ended?(): void | Promise<void>;
  /** Called once after the last frame and sample. */
  finish(): Pick<Signals, Names> | Promise<Pick<Signals, Names>>;
  /** Frees what is not garbage-collected; called in any case, also after an error. */
  close?(): void | Promise<void>;
}

/** Measures frames or samples and provides named signals. Never judges, never links frames into tracks. */
export interface Observer<Names extends SignalName = SignalName> {
  id: string;
  provides: readonly Names[];
  /**
   * What it reads of a frame: the small picture only, the analysis picture at whatever size, or (default) the analysis
   * picture in full detail. When nobody needs full detail, the decoder delivers a smaller analysis picture.
   */
  reads?: 'small' | 'coarse' | 'fine';
  /** Takes the sound's samples: they are decoded only when somebody does. */
  listens?: true;
  /** Names of the models in models/manifest.json that it runs, for the report. */
  models?: readonly string[];
  start(context: ObserveContext): ObserverRun<Names> | Promise<ObserverRun<Names>>;
}

/** An observer of which only the declaration is known: it provides some of the signals. */
export interface AnyObserver extends Omit<Observer, 'start'> {
  start(context: ObserveContext): AnyRun | Promise<AnyRun>;
}

/** A run of {@link AnyObserver}. */
export interface AnyRun extends Omit<ObserverRun<never>, 'finish'> {
  finish(): Measured | Promise<Measured>;
}

/** Checks a declaration's types and hands it on unchanged. */
export const defineObserver = <const Names extends SignalName>(observer: Observer<Names>): Observer<Names> => observer;

import type { z } from 'zod';
import type { ClipFacts } from '../clip.ts';
import type { DraftFinding, Measurements } from '../finding.ts';
import type { Reference } from '../media/references.ts';
import type { Shot, SignalName, Signals } from '../signals.ts';

/** A fault as a detector's function returns it: the runner adds the detector's id and renders the message template. */
export interface Fault<Kind extends string = string>
  extends Omit<DraftFinding, 'detector' | 'message' | 'advice' | 'kind'> {
  kind: Kind;
  /** Values for the message template's `{name}` places. */
  values?: Record<string, string | number>;
}

/** What a detector's function returns for one shot (or one clip). */
export type Judgement<Kind extends string = string> =
  | { status: 'ran'; score: number; measurements: Measurements; faults: Fault<Kind>[] }
  | { status: 'skipped'; reason: string; measurements?: Measurements };

/** Metadata is data: documentation, options table, policy schema and report texts are made from it. */
export interface DetectorMeta<Names extends SignalName, Options extends z.ZodObject, Kind extends string> {
  /** kebab-case, also the name of the three files. */
  id: string;
  /** A few words for a table or a lane. */
  title: string;
  /** One sentence: what it finds. */
  summary: string;
  /** What it looks at: the picture, the sound or the container. Decides the lane and the wording. */
  medium: 'picture' | 'sound' | 'container';
  /** `shot`: called once per shot; `clip`: once for the whole clip, findings count for the shots they overlap. */
  scope: 'shot' | 'clip';
  /** Signals that the function reads. */
  signals: readonly Names[];
  /** Options with defaults and descriptions (unit and source of each threshold). */
  options: Options;
  /**
   * Least confidence at which a finding may count as the policy's `regenerate`; below it is at most a review.
   * 0 for deterministic measurements. Learned detectors state the confidence with measured precision ≥ 0.9.
   */
  certainFrom: number;
  /**
   * Whether a fault makes its frames unusable for an editor. False for faults of delivery (loudness, bars, levels) that
   * are mended without new frames. Default true.
   */
  costsFrames?: boolean;
  /** Sentence per kind with `{name}` places, filled from the fault's values plus measured, threshold and unit. */
  messages: Record<Kind, string>;
  /** What to change in the prompt or settings, per kind. */
  advice?: Partial<Record<Kind, string>>;
  /** Names of the project's own models in models/manifest.json that the judgement rests on. */
  models?: readonly string[];
  /** Where the method or its thresholds come from, for the report. */
  source: string;
}

/** The declaration that a detector's file exports. The function is pure: same input, same answer. */
export interface Detector<
  Names extends SignalName = SignalName,
  Options extends z.ZodObject = z.ZodObject,
  Kind extends string = string,
> {
  meta: DetectorMeta<Names, Options, Kind>;
  judge(input: JudgeInput<Names, z.output<Options>>): Judgement<Kind>;
}

/**
 * A detector of which nothing but the declaration is known. Whoever calls `judge` has checked the signals and options
 * against `meta`, which the compiler cannot do for a list of different detectors.
 */
export interface AnyDetector {
  meta: DetectorMeta<SignalName, z.ZodObject, string>;
  judge(input: never): Judgement;
}

/** Where cuts were planned: nowhere, anywhere, or at these frames. */
export type Planned = 'single' | 'multi' | readonly number[];

export interface JudgeInput<Names extends SignalName, Options> {
  clip: ClipFacts;
  /** For scope `clip` this is the whole clip as one shot with id `clip`. */
  shot: Shot;
  /** Series cover the whole clip: index them with the shot's frames. */
  signals: Pick<Signals, Names>;
  options: Options;
  /** What the policy says of cuts (`shots`). */
  planned?: Planned;
  /** Pictures of the place that the policy names (`references`), in the size of the views. */
  references?: readonly Reference[];
}

/** Checks a declaration's types and hands it on unchanged: lets the compiler infer names, options and kinds. */
export const defineDetector = <const Names extends SignalName, Options extends z.ZodObject, const Kind extends string>(
  detector: Detector<Names, Options, Kind>,
): Detector<Names, Options, Kind> => detector;

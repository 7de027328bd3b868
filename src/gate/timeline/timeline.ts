import type { FrameRange, Rational } from '../../clip.ts';
import { oneLine, RetakeError } from '../../errors.ts';
import type { Time } from './exact.ts';

/** What a timeline says about a piece of media: untrusted text, enough to look for the take. */
export interface SourceName {
  /** Name of the clip or its file. */
  name: string;
  /** File path out of a URL or comment; null when the timeline names none. */
  path: string | null;
  /** Tape or reel name. */
  reel: string | null;
  /** sha-256 that Retake's own markers left in the timeline. */
  sha256: string | null;
}

/** One stretch of one source on the timeline: what an audience sees or hears of it, transitions included, handles not. */
export interface Use {
  /** `u1`, `u2`, … in timeline order. */
  id: string;
  /** As the editor calls it. */
  name: string;
  medium: 'picture' | 'sound';
  track: string;
  /** Timeline frames from the first one. */
  record: FrameRange;
  source: SourceName;
  /** Seconds of the media's own clock, end exclusive. */
  range: { start: Time; end: Time };
  /**
   * Reading of the media's clock at its first frame. Null when the timeline does not say: the file's own timecode then
   * counts, or zero.
   */
  origin: Time | null;
  /** Rate that the source's frames are counted in; null where the timeline gives seconds. */
  rate: Rational | null;
  /** 1: as recorded; negative: backwards; 0: a still; null: varies. */
  speed: number | null;
  /** Length of the transition at its beginning, in timeline frames; 0 for a cut. */
  transition: number;
}

export interface Timeline {
  format: string;
  name: string;
  fps: Rational;
  drop: boolean;
  /** Timecode of the first frame, in frames since midnight. */
  start: number;
  /** Frames. */
  length: number;
  uses: Use[];
  /** What the reader could not carry over, a sentence each: titles, generators, nested effects. */
  notes: string[];
}

/** A use as a reader finds it, in exact seconds of the timeline's clock. */
export interface DraftUse extends Omit<Use, 'id' | 'record' | 'transition'> {
  record: { start: Time; end: Time };
  transition: Time;
}

/** More than this is no timeline that a person cut, or nested sequences that multiply. */
const MOST_USES = 100_000;
/** Sequences within sequences. */
export const MOST_NESTING = 32;

/** Bytes of a timeline file: two hours with every attribute stay far below. */
export const MOST_BYTES = 64 * 1024 * 1024;

export const invalid = (message: string, cause?: unknown): RetakeError =>
  new RetakeError('timeline-invalid', oneLine(message), cause === undefined ? {} : { cause });

/** Gathers uses and refuses timelines that multiply without end. */
export class UseList {
  readonly drafts: DraftUse[] = [];
  readonly notes = new Set<string>();
  #visits = 0;

  add(draft: DraftUse): void {
    if (this.drafts.length >= MOST_USES) throw invalid(`The timeline has more than ${MOST_USES} clips.`);
    this.drafts.push(draft);
  }

  /** Counts sequences that are entered: nested ones multiply even when nothing is in them. */
  enter(): void {
    if (++this.#visits > MOST_USES) throw invalid(`The timeline enters more than ${MOST_USES} nested sequences.`);
  }

  note(text: string): void {
    if (this.notes.size < 200) this.notes.add(oneLine(text, 200));
  }
}

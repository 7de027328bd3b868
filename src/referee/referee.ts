import type { Finding } from '../finding.ts';

/** One crop of a suspicious place. */
export interface RefereeCrop {
  frame: number;
  jpeg: Buffer;
}

/** What a referee is asked: is this finding right? */
export interface Question {
  /** Detector and kind of the finding. */
  detector: string;
  kind: string;
  /** The finding's sentence. */
  claim: string;
  /** The finding's box with some room, before, at and after its worst frame; the worst one first. */
  crops: readonly RefereeCrop[];
}

/** What a referee answers. `unsure` leaves everything as it was. */
export interface Opinion {
  answer: 'fault' | 'fine' | 'unsure';
  /** The referee's probability of a fault, where it has one. */
  probability: number | null;
  /** A few words for the report: why, or why there is no answer. */
  note: string;
}

/**
 * A second opinion on findings that a detector is not certain of. It is asked about findings that are worth a review only, and
 * its answer can do two things: make such a finding a reason to generate again, where the policy allows that for the detector,
 * or put it down to a note. No answer, a late answer or a doubtful one changes nothing: absence is never a pass.
 */
export interface Referee {
  /** Name for the report. */
  id: string;
  /** Detectors whose findings it can judge. */
  detectors: readonly string[];
  /** Most questions per clip. */
  budget: number;
  /** May throw: that is recorded as no answer. */
  ask(question: Question, signal?: AbortSignal): Promise<Opinion>;
  close?(): Promise<void>;
}

/** An answer as it is recorded. */
export interface Heard extends Opinion {
  referee: string;
}

/** Whether a finding is one to ask about. */
export const isOpen = (finding: Finding): boolean => finding.severity === 'review' && finding.review === undefined;

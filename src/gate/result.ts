import type { FrameRange } from '../clip.ts';
import type { ReviewEntry } from '../report/review/decisions.ts';
import type { Report } from '../report.ts';
import type { Take } from '../takes/take.ts';
import type { Credentials } from './credentials.ts';
import type { Timeline } from './timeline/timeline.ts';

/** One used stretch and what became of it. */
export interface JudgedUse {
  id: string;
  name: string;
  medium: 'picture' | 'sound';
  track: string;
  /** Frames of the film. */
  record: FrameRange;
  speed: number | null;
  /** Null when no take was found. */
  source: { path: string; sha256: string; frames: FrameRange; by: 'bytes' | 'name' | 'reel' | 'fingerprint' } | null;
  takes: Take[];
  /** `pass`, `review`, `regenerate` or `error` as the policy says of the used frames; `missing` without a judged take. */
  decision: Report['verdict']['decision'] | 'missing';
  reasons: string[];
  /** The whole report that the decision was made from, and that report narrowed to the used frames. */
  full: Report | null;
  narrowed: Report | null;
  review: ReviewEntry[];
}

export interface GateResult {
  decision: 'pass' | 'fail' | 'error';
  /** The film as a whole: detectors on the export and the gate's own checks. */
  subject: Report;
  review: ReviewEntry[];
  uses: JudgedUse[];
  timeline: (Timeline & { path: string; sha256: string }) | null;
  export: { path: string; sha256: string } | null;
  credentials: {
    export: Credentials | null;
    exportText: string;
    sources: { sha256: string; state: Credentials['state'] }[];
  };
}

/** Reports for the formats that CI reads: the film, then every used stretch that did not pass. */
export const reportsOf = ({ subject, uses }: GateResult): Report[] => [
  subject,
  ...uses.flatMap(({ narrowed, decision }) => (narrowed && decision !== 'pass' ? [narrowed] : [])),
];

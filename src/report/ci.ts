import type { Finding, Outcome } from '../finding.ts';
import type { Report } from '../report.ts';
import { type Annotation, annotationOf, findingKeys } from './review/decisions.ts';

/** What the formats for continuous integration may be told; everything has a default. */
export interface CiOptions {
  /** Count findings of severity `review` as failures too: what a policy with `strict` asks for. */
  strict?: boolean;
  /** What people said about the findings since the report was written: by the clip's sha-256, then by finding key. */
  annotations?: ReadonlyMap<string, ReadonlyMap<string, Annotation>>;
  /** A file to point at from each clip, such as its page, by the clip's sha-256. */
  attachments?: ReadonlyMap<string, string>;
}

/** A finding with where it stands and what was said about it. */
export interface CiFinding {
  finding: Finding;
  key: string;
  outcome: Outcome;
  annotation: Annotation | undefined;
  waived: boolean;
  /** Whether it fails a build: not waived, and severe enough. */
  fails: boolean;
}

/** One report or several, as a list. */
export const reportList = (reports: Report | readonly Report[]): readonly Report[] =>
  Array.isArray(reports) ? reports : [reports as Report];

/** Every finding of a report, outcome by outcome. */
export function ciFindings(report: Report, options: CiOptions): Map<Outcome, CiFinding[]> {
  const all = report.outcomes.flatMap(outcome => outcome.findings.map(finding => ({ finding, outcome })));
  const keys = findingKeys(all.map(({ finding }) => finding));
  const said = options.annotations?.get(report.clip.sha256);
  const found = new Map<Outcome, CiFinding[]>(report.outcomes.map(outcome => [outcome, []]));
  all.forEach(({ finding, outcome }, i) => {
    const annotation = annotationOf(finding, keys[i], said);
    const waived = annotation?.status === 'waived';
    const severe = finding.severity === 'regenerate' || (options.strict === true && finding.severity === 'review');
    found.get(outcome)?.push({ finding, key: keys[i], outcome, annotation, waived, fails: severe && !waived });
  });
  return found;
}

/** `frames 12–39 (0.48 s)`: last frame inclusive, seconds of the first one. */
export function whereText(report: Report, { start, end }: Pick<Finding, 'start' | 'end'>): string {
  const frames = end - start === 1 ? `frame ${start}` : `frames ${start}–${end - 1}`;
  return `${frames} (${secondsAt(report, start).toFixed(2)} s)`;
}

/** Seconds from the first frame at which a frame starts: by the container's times when they vary. */
export function secondsAt({ clip }: Report, frame: number): number {
  const nominal = clip.fps.den / clip.fps.num;
  const { times } = clip;
  if (times === undefined || times.length === 0) return frame * nominal;
  const last = times.length - 1;
  return frame <= last ? times[frame] - times[0] : times[last] - times[0] + (frame - last) * nominal;
}

/** `measured 0.9 s, threshold 0.6`. */
export const measuredText = ({ measured, threshold, unit }: Finding): string =>
  `measured ${measured} ${unit}, threshold ${threshold}`;

/** `waived by Kim until 2030-01-31: planned`, for a finding that somebody spoke about. */
export function annotationText(annotation: Annotation | undefined): string {
  if (!annotation || annotation.status === 'open') return '';
  const { status, who, until, reason } = annotation;
  return `${status}${who ? ` by ${who}` : ''}${until ? ` until ${until}` : ''}${reason ? `: ${reason}` : ''}`;
}

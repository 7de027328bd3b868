import type { Finding, Outcome } from '../../finding.ts';

/**
 * One line of a review file: what a person said about one finding. The file only grows; the last agree, waive or
 * reopen about a finding counts, notes add up.
 */
export interface ReviewEntry {
  /** Version of this shape. */
  v: 1;
  /** When it was said, ISO 8601 in UTC. */
  at: string;
  /** sha-256 of the clip's bytes: a decision never moves on to another take. */
  clip: string;
  /** {@link findingKeys}. */
  finding: string;
  action: 'agree' | 'waive' | 'reopen' | 'note';
  who: string;
  /** Why: required for a waiver. */
  reason?: string;
  /** Last day on which a waiver holds, `YYYY-MM-DD` (UTC); absent: until withdrawn. */
  until?: string;
  /** Text of a note. */
  text?: string;
}

/** What the review says about a finding now. `expired`: was waived, and the day has passed; it counts again. */
export interface Annotation {
  status: 'open' | 'agreed' | 'waived' | 'expired';
  who?: string;
  at?: string;
  reason?: string;
  until?: string;
  notes: { who: string; at: string; text: string }[];
}

type Named = Pick<Finding, 'detector' | 'kind' | 'start' | 'end'>;

/**
 * A stable name per finding, in the order given: detector, kind and frames, such as `freeze/frozen@12-40`; a second
 * finding with all of these equal (two hands in one picture) gets `~2`. Readable, so that a review file can be read.
 */
export function findingKeys(findings: readonly Named[]): string[] {
  const seen = new Map<string, number>();
  return findings.map(({ detector, kind, start, end }) => {
    const key = `${detector}/${kind}@${start}-${end}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}~${count}`;
  });
}

/** Every finding of a report with its key, in report order. */
export function keyedFindings(outcomes: readonly Outcome[]): { key: string; finding: Finding; outcome: Outcome }[] {
  const all = outcomes.flatMap(outcome => outcome.findings.map(finding => ({ finding, outcome })));
  const keys = findingKeys(all.map(({ finding }) => finding));
  return all.map((entry, i) => ({ key: keys[i], ...entry }));
}

/** A waiver holds through the end of its last day, UTC. */
export const holds = (entry: Pick<ReviewEntry, 'until'>, now: Date): boolean =>
  entry.until === undefined || now.getTime() < Date.parse(`${entry.until}T00:00:00Z`) + 24 * 3600 * 1000;

/**
 * What the entries say about each finding of the clip with these bytes, by key. Findings that nobody spoke about are
 * not in the map. Pure.
 */
export function annotate(clip: string, entries: readonly ReviewEntry[], now: Date): Map<string, Annotation> {
  const annotations = new Map<string, Annotation>();
  for (const entry of entries) {
    if (entry.clip !== clip) continue;
    const before: Annotation = annotations.get(entry.finding) ?? { status: 'open', notes: [] };
    annotations.set(entry.finding, after(before, entry, now));
  }
  return annotations;
}

function after(before: Annotation, entry: ReviewEntry, now: Date): Annotation {
  const { who, at } = entry;
  switch (entry.action) {
    case 'note':
      return { ...before, notes: [...before.notes, { who, at, text: entry.text ?? '' }] };
    case 'agree':
      return { status: 'agreed', who, at, notes: before.notes, ...(entry.reason ? { reason: entry.reason } : {}) };
    case 'waive': {
      const status = holds(entry, now) ? 'waived' : 'expired';
      const until = entry.until === undefined ? {} : { until: entry.until };
      return { status, who, at, reason: entry.reason ?? '', ...until, notes: before.notes };
    }
    case 'reopen':
      return { status: 'open', who, at, notes: before.notes };
  }
}

/**
 * What was said about one finding: by the entries at hand, else as the report itself carries it, so that a report that
 * travels without its review file still tells of its waivers.
 */
export function annotationOf(
  finding: Finding,
  key: string,
  annotations?: ReadonlyMap<string, Annotation>,
): Annotation | undefined {
  const given = annotations?.get(key);
  return given ?? (finding.review ? { ...finding.review, notes: [] } : undefined);
}

/** Annotations of a report's findings, one per finding in {@link keyedFindings} order; `open` where nobody spoke. */
export function applyReview(
  report: { clip: { sha256: string }; outcomes: readonly Outcome[] },
  entries: readonly ReviewEntry[],
  now: Date,
): { key: string; finding: Finding; annotation: Annotation }[] {
  const said = annotate(report.clip.sha256, entries, now);
  return keyedFindings(report.outcomes).map(({ key, finding }) => ({
    key,
    finding,
    annotation: said.get(key) ?? { status: 'open', notes: [] },
  }));
}

/** The outcomes with what people said written into their findings; the rest is left as it is. Pure. */
export function withReview(
  outcomes: readonly Outcome[],
  clip: string,
  entries: readonly ReviewEntry[],
  now: Date,
): Outcome[] {
  const annotations = new Map(
    applyReview({ clip: { sha256: clip }, outcomes }, entries, now).map(({ finding, annotation }) => [
      finding,
      annotation,
    ]),
  );
  return outcomes.map(outcome => ({
    ...outcome,
    findings: outcome.findings.map(finding => {
      const { status, who, at, reason, until } = annotations.get(finding) ?? { status: 'open' };
      if (status === 'open' || who === undefined || at === undefined) return finding;
      return { ...finding, review: { status, who, at, ...(reason ? { reason } : {}), ...(until ? { until } : {}) } };
    }),
  }));
}

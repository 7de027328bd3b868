import type { FrameRange } from './clip.ts';
import type { AnyDetector } from './detectors/detector.ts';
import type { Finding, Outcome, Severity } from './finding.ts';
import type { DraftOutcome } from './judge.ts';
import type { Policy } from './policy.ts';
import type { Decision, Report } from './report.ts';
import type { Cut, Shot } from './signals.ts';

/** Gives each finding the severity that the policy allows it. */
export function weigh(outcomes: readonly DraftOutcome[], policy: Policy, detectors: readonly AnyDetector[]): Outcome[] {
  const certainFrom = new Map(detectors.map(({ meta }) => [meta.id, meta.certainFrom]));
  return outcomes.map(outcome => ({
    ...outcome,
    findings: outcome.findings.map(finding => ({
      ...finding,
      severity: severityOf(finding.confidence, policy, outcome.detector, certainFrom.get(outcome.detector) ?? 0),
    })),
  }));
}

function severityOf(confidence: number, policy: Policy, detector: string, certainFrom: number): Severity {
  if (confidence < policy.leastConfidence) return 'info';
  return policy.detectors[detector]?.level === 'regenerate' && confidence >= certainFrom ? 'regenerate' : 'review';
}

const RANK: Record<Decision, number> = { pass: 0, review: 1, error: 2, regenerate: 3 };
/** A known fault outranks a failed check: it is reason enough to act on. Both outrank a review. */
export const worst = (decisions: Iterable<Decision>): Decision =>
  [...decisions].reduce<Decision>((a, b) => (RANK[b] > RANK[a] ? b : a), 'pass');

export interface VerdictInput {
  policy: Policy;
  shots: readonly Shot[];
  cuts: readonly Cut[];
  outcomes: readonly Outcome[];
  detectors: readonly AnyDetector[];
  frames: number;
  /** Least length of a usable range in frames. */
  handle: number;
}

/** A finding that takes part in the decision: above the policy's least confidence and not waived by a person. */
const counts = (finding: Finding): boolean => finding.severity !== 'info' && finding.review?.status !== 'waived';

/** Applies the policy: outcomes to a decision per shot and clip, with reasons, and the stretches that can be cut with. */
export function decide(input: VerdictInput): Report['verdict'] {
  const { policy, outcomes } = input;
  const shots = input.shots.map(shot => {
    const own = outcomes.filter(outcome => outcome.shot === null || outcome.shot === shot.id);
    const verdicts = own.flatMap(outcome => verdictsOf(outcome, shot, input));
    const decision = worst(verdicts.map(verdict => verdict.decision));
    return { shot: shot.id, decision, reasons: [...new Set(verdicts.map(verdict => verdict.reason))] };
  });
  const reasons = [...new Set(shots.flatMap(shot => shot.reasons))];
  const decision = worst(shots.map(shot => shot.decision));
  const usable = usableRanges(input);
  return {
    decision,
    shots,
    usable,
    ...(decision === 'pass' ? {} : { reasons: policy.strict ? [...reasons] : reasons }),
  };
}

function verdictsOf(outcome: Outcome, shot: Shot, input: VerdictInput): { decision: Decision; reason: string }[] {
  const { policy } = input;
  if (outcome.status === 'error')
    return [{ decision: 'error', reason: `${outcome.detector} could not judge (${outcome.code}): ${outcome.reason}` }];
  if (outcome.status === 'skipped')
    return policy.require.includes(outcome.detector)
      ? [{ decision: 'error', reason: `${outcome.detector} is required but was skipped: ${outcome.reason}` }]
      : [];
  return outcome.findings
    .filter(finding => counts(finding) && overlaps(finding, shot))
    .map(finding => {
      const strict = policy.strict && finding.severity === 'review';
      return {
        decision: strict || finding.severity === 'regenerate' ? 'regenerate' : 'review',
        reason: strict ? `${finding.message} (review, counted as failure: strict)` : finding.message,
      };
    });
}

const overlaps = (a: FrameRange, b: FrameRange): boolean => a.start < b.end && b.start < a.end;

/** What is left of the shots without transitions and faulty frames, in stretches of at least `handle` frames. */
function usableRanges(input: VerdictInput): FrameRange[] {
  const costly = new Set(input.detectors.filter(({ meta }) => meta.costsFrames !== false).map(({ meta }) => meta.id));
  const lost: FrameRange[] = [
    ...input.cuts.filter(cut => cut.kind !== 'cut').map(({ start, end }) => ({ start, end })),
    ...input.outcomes.flatMap(outcome =>
      outcome.findings.filter(finding => costly.has(finding.detector) && counts(finding)),
    ),
  ].sort((a, b) => a.start - b.start);
  const unjudged = new Set(input.outcomes.filter(outcome => outcome.status === 'error').map(outcome => outcome.shot));
  return input.shots.flatMap(shot => {
    if (unjudged.has(shot.id) || unjudged.has(null)) return [];
    const clean: FrameRange[] = [];
    let from = shot.start;
    for (const range of lost) {
      if (range.end <= from || range.start >= shot.end) continue;
      if (range.start > from) clean.push({ start: from, end: range.start });
      from = Math.max(from, range.end);
    }
    if (from < shot.end) clean.push({ start: from, end: shot.end });
    return clean.filter(range => range.end - range.start >= input.handle);
  });
}

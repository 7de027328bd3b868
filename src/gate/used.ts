import type { FrameRange } from '../clip.ts';
import type { AnyDetector } from '../detectors/detector.ts';
import type { Outcome } from '../finding.ts';
import type { Policy } from '../policy.ts';
import { type ReviewEntry, withReview } from '../report/review/decisions.ts';
import type { Report } from '../report.ts';
import { decide, weigh } from '../verdict.ts';

export interface UsedRange {
  /** `u1`, … */
  id: string;
  /** Source frames, end exclusive. */
  frames: FrameRange;
  medium: 'picture' | 'sound';
}

/**
 * A take's report narrowed to what a timeline uses of it: findings outside the range and of the medium that is not used
 * are left out, the policy decides anew, waivers are those that hold today. A check that the policy asks for and the
 * report does not have counts as an error. Pure.
 */
export function narrowReport(
  report: Report,
  review: readonly ReviewEntry[],
  { id, frames, medium }: UsedRange,
  policy: Policy,
  detectors: readonly AnyDetector[],
  now: Date,
): Report {
  const metas = new Map(detectors.map(({ meta }) => [meta.id, meta]));
  // What a stored report says of severities and waivers is not taken on trust: both are worked out again.
  const bare = report.outcomes.map(outcome => ({
    ...outcome,
    findings: outcome.findings.map(({ review: _said, ...finding }) => finding),
  }));
  const all = withReview(weigh(bare, policy, detectors), report.clip.sha256, review, now);
  const touching = new Set(report.shots.filter(shot => overlaps(shot, frames)).map(shot => shot.id));
  const used = all
    .filter(outcome => outcome.shot === null || touching.has(outcome.shot))
    .filter(outcome => concerns(metas.get(outcome.detector), medium))
    .map(outcome => ({
      ...outcome,
      shot: outcome.shot === null ? null : id,
      findings: outcome.findings.filter(finding => overlaps(finding, frames)),
    }));
  const outcomes = [...merged(used), ...absent(used, policy, metas, medium)];
  const shots = [{ id, ...frames }];
  const { num, den } = report.clip.fps;
  const handle = Math.max(1, Math.round((policy.handle * num) / den));
  const cuts = report.cuts.map(cut => ({ ...cut, start: cut.frame, end: cut.frame }));
  const verdict = decide({ policy, shots, cuts, outcomes, detectors, frames: report.clip.frames, handle });
  return {
    ...report,
    shots,
    outcomes,
    verdict,
    cuts: report.cuts.filter(({ frame }) => frame > frames.start && frame < frames.end),
  };
}

const overlaps = (a: FrameRange, b: FrameRange): boolean => a.start < b.end && b.start < a.end;

/** Whether a detector's findings say anything about this half of a clip. */
function concerns(meta: AnyDetector['meta'] | undefined, medium: UsedRange['medium']): boolean {
  if (!meta) return true;
  // A file's missing or short sound does not matter where only its picture is used.
  if (meta.medium === 'container') return medium === 'sound' || meta.costsFrames !== false;
  return meta.medium === medium;
}

/** One outcome per detector: a use may reach over several of the take's shots. */
function merged(outcomes: readonly Outcome[]): Outcome[] {
  const rank = { skipped: 0, ran: 1, error: 2 };
  const byDetector = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const before = byDetector.get(outcome.detector);
    if (!before) byDetector.set(outcome.detector, outcome);
    else {
      const worse = rank[outcome.status] > rank[before.status] ? outcome : before;
      const findings = [...before.findings, ...outcome.findings];
      const score = Math.max(before.score ?? 0, outcome.score ?? 0);
      byDetector.set(outcome.detector, { ...worse, score: worse.status === 'ran' ? score : worse.score, findings });
    }
  }
  return [...byDetector.values()];
}

function absent(
  used: readonly Outcome[],
  policy: Policy,
  metas: ReadonlyMap<string, AnyDetector['meta']>,
  medium: UsedRange['medium'],
): Outcome[] {
  const present = new Set(used.map(outcome => outcome.detector));
  return Object.entries(policy.detectors)
    .filter(
      ([detector, { level }]) => level !== 'off' && !present.has(detector) && concerns(metas.get(detector), medium),
    )
    .map(([detector]) => ({
      detector,
      shot: null,
      status: 'error' as const,
      code: 'report-invalid',
      reason: 'the report does not hold this check for the used frames',
      score: null,
      measurements: {},
      findings: [],
    }));
}

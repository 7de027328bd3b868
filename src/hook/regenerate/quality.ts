import type { Finding } from '../../finding.ts';
import type { Report } from '../../report.ts';

const RANK = { pass: 0, review: 1, regenerate: 2, error: 3 } as const;

/** What two takes of a shot are compared by, the most important first; smaller is better. */
export interface Quality {
  /** 0 pass … 3 error. */
  decision: number;
  /** Share of the clip that is in no usable range, 0–1. */
  unusable: number;
  /** Sum over findings of severity (review 1, regenerate 3) times confidence. */
  weight: number;
}

export function qualityOf(report: Report): Quality {
  const { usable, decision } = report.verdict;
  const frames = Math.max(1, report.clip.frames);
  const good = usable.reduce((sum, { start, end }) => sum + (end - start), 0);
  const weight = findingsOf(report).reduce(
    (sum, { severity, confidence }) =>
      sum + (severity === 'regenerate' ? 3 : severity === 'review' ? 1 : 0) * confidence,
    0,
  );
  return { decision: RANK[decision], unusable: Math.max(0, 1 - good / frames), weight };
}

/** Negative when `a` is better. Differences below a hundredth are none: they would keep a loop going for nothing. */
export function compareQuality(a: Quality, b: Quality): number {
  const unusable = Math.round((a.unusable - b.unusable) * 100);
  return a.decision - b.decision || unusable || Math.round((a.weight - b.weight) * 100);
}

export const findingsOf = (report: Report): Finding[] => report.outcomes.flatMap(({ findings }) => findings);

/** Findings that made the verdict what it is, the worst first, one per detector and kind. */
export function reasonsToRetake(report: Report): Finding[] {
  const worst = new Map<string, Finding>();
  const weigh = ({ severity, confidence }: Finding) => (severity === 'regenerate' ? 10 : 0) + confidence;
  for (const finding of findingsOf(report)) {
    if (finding.severity === 'info') continue;
    const key = `${finding.detector}/${finding.kind}`;
    const known = worst.get(key);
    if (known === undefined || weigh(finding) > weigh(known)) worst.set(key, finding);
  }
  return [...worst.values()].sort((a, b) => weigh(b) - weigh(a) || a.start - b.start);
}

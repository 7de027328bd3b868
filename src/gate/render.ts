import { detectors } from '../detectors/index.ts';
import { oneLine } from '../errors.ts';
import { renderBatch } from '../report/formats.ts';
import { annotate } from '../report/review/decisions.ts';
import { renderSarif } from '../report/sarif.ts';
import { rateOf, toTimecode } from '../report/timecode.ts';
import { gateRules } from './checks.ts';
import { type GateResult, reportsOf } from './result.ts';

/** Formats for CI that a gate's result is written in, beside its certificate. */
export const GATE_FORMATS = ['junit', 'sarif', 'github', 'markdown'] as const;
export type GateFormat = (typeof GATE_FORMATS)[number];

export function renderGate(
  format: GateFormat,
  result: GateResult,
  strict: boolean,
  now: Date,
): { file: string; content: string | Uint8Array } {
  const reports = reportsOf(result);
  const entries = new Map(
    result.uses.flatMap(({ full, review }) => (full ? [[full.clip.sha256, review] as const] : [])),
  );
  entries.set(result.subject.clip.sha256, result.review);
  const annotations = new Map([...entries].map(([sha256, review]) => [sha256, annotate(sha256, review, now)]));
  if (format === 'sarif') {
    const rules = [...detectors.map(({ meta }) => meta), ...gateRules];
    return { file: 'retake.sarif', content: renderSarif(reports, { annotations, strict, rules }) };
  }
  return renderBatch(format, reports, { annotations, strict })!;
}

/** What a person reads in the terminal: the decision, what blocks, then a line per use that is not clean. */
export function gateText(result: GateResult, strict: boolean): string {
  const { subject, uses } = result;
  const rate = rateOf(subject.clip.fps);
  const word = { pass: 'PASS', fail: 'FAIL', error: 'NOT JUDGED' }[result.decision];
  const clean = uses.filter(({ decision }) => decision === 'pass').length;
  const lines = [`${word}  ${oneLine(subject.clip.path)}  ${uses.length} used ranges, ${clean} clean`];
  for (const outcome of subject.outcomes) {
    if (outcome.status === 'error') lines.push(`  error  ${outcome.detector}: ${oneLine(outcome.reason ?? '')}`);
    for (const finding of outcome.findings) {
      const waived = finding.review?.status === 'waived';
      const blocks = !waived && (finding.severity === 'regenerate' || (strict && finding.severity === 'review'));
      if (finding.severity === 'info' && !outcome.detector.startsWith('gate-')) continue;
      const mark = waived ? `waived by ${oneLine(finding.review?.who ?? '', 40)}` : blocks ? 'blocks' : 'note';
      lines.push(
        `  ${mark}  ${toTimecode(finding.start, rate)}  ${outcome.detector}/${finding.kind}: ${oneLine(finding.message)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

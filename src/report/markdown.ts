import type { Report } from '../report.ts';
import { annotationText, type CiFinding, type CiOptions, ciFindings, reportList, whereText } from './ci.ts';
import { singleLine } from './text.ts';

const ORDER = { regenerate: 0, review: 1, info: 2 } as const;

/**
 * A summary in Markdown for a pull request, a job summary or a chat: a table of clips when there are several, then per
 * clip its findings, what was not judged and why, and the usable ranges.
 */
export function renderMarkdown(reports: Report | readonly Report[], options: CiOptions = {}): string {
  const list = reportList(reports);
  const sections = list.map(report => section(report, options));
  return `${[...(list.length > 1 ? [overview(list, options)] : []), ...sections].join('\n\n')}\n`;
}

function overview(reports: readonly Report[], options: CiOptions): string {
  const count = (decision: string): number => reports.filter(report => report.verdict.decision === decision).length;
  const totals = ['regenerate', 'error', 'review', 'pass']
    .filter(decision => count(decision) > 0)
    .map(decision => `${count(decision)} ${decision}`);
  const rows = reports.map(report => {
    const findings = [...ciFindings(report, options).values()].flat();
    const waived = findings.filter(entry => entry.waived).length;
    const count = waived > 0 ? `${findings.length} (${waived} waived)` : String(findings.length);
    return `| ${code(report.clip.path).replaceAll('|', '\\|')} | ${report.verdict.decision} | ${count} |`;
  });
  return [
    `**${reports.length} clips: ${totals.join(', ')}**`,
    '',
    '| Clip | Verdict | Findings |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function section(report: Report, options: CiOptions): string {
  const { clip, verdict } = report;
  const findings = [...ciFindings(report, options).values()].flat().sort(bySeverity);
  const lines = [`### ${code(clip.path)}: ${verdict.decision}`];
  if (findings.length > 0) {
    const rows = findings.map(entry => row(report, entry));
    lines.push(
      '',
      '| Severity | Check | Frames | What | Measured | What to do |',
      '|---|---|---|---|---|---|',
      ...rows,
    );
  } else lines.push('', 'No findings.');
  const unjudged = report.outcomes.filter(outcome => outcome.status !== 'ran');
  if (unjudged.length > 0) {
    lines.push('', 'Not judged:', '');
    for (const { detector, shot, status, reason } of unjudged)
      lines.push(`- ${text(detector)}${shot === null ? '' : ` in ${text(shot)}`}, ${status}: ${text(reason ?? '')}`);
  }
  const usable = verdict.usable.map(({ start, end }) => `${start}–${end - 1}`);
  lines.push('', `Usable frames: ${usable.length > 0 ? usable.join(', ') : 'none'} (of ${clip.frames}).`);
  return lines.join('\n');
}

function row(report: Report, { finding, annotation, waived }: CiFinding): string {
  const said = annotationText(annotation);
  const severity = waived ? `waived (${finding.severity})` : finding.severity;
  return `| ${[
    severity,
    `${text(finding.detector)}: ${text(finding.kind)}`,
    whereText(report, finding),
    text(said ? `${finding.message} (${said})` : finding.message),
    `${finding.measured} ${text(finding.unit)} (threshold ${finding.threshold})`,
    text(finding.advice ?? ''),
  ].join(' | ')} |`;
}

const bySeverity = (a: CiFinding, b: CiFinding): number =>
  Number(a.waived) - Number(b.waived) ||
  ORDER[a.finding.severity] - ORDER[b.finding.severity] ||
  a.finding.start - b.finding.start;

/** Text that stays text: no markup, link, mention, reference, image or HTML can come out of it. */
const text = (value: string): string =>
  singleLine(value, 600)
    .replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] as string)
    .replace(/[\\`*_{}[\]+!|~^$=]/g, char => `\\${char}`)
    // Mentions, references and bare links are made of plain characters: a comment between them keeps them apart.
    .replace(/[@#]/g, '$&<!-- -->')
    .replace(/(https?|ftp):/gi, '$1<!-- -->:')
    .replace(/www\./gi, 'www<!-- -->.');

/** A path as code: nothing in it is markup. */
function code(value: string): string {
  const line = singleLine(value, 300);
  const fence = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

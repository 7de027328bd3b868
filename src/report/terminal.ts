import pc from 'picocolors';
import { oneLine } from '../errors.ts';
import type { Finding, Outcome } from '../finding.ts';
import type { Decision, Report } from '../report.ts';
import { annotationText, secondsAt } from './ci.ts';
import { annotationOf, keyedFindings } from './review/decisions.ts';

const PAINT: Record<Decision, (text: string) => string> = {
  pass: pc.green,
  review: pc.yellow,
  regenerate: pc.red,
  error: pc.magenta,
};

export interface TerminalOptions {
  /** Lists every check, also those with nothing to say. */
  verbose?: boolean;
  /** Where the page is, to be shown last. */
  page?: string;
}

/** A clip's verdict for a person at a terminal: the decision, then each finding with its frames, then what was not judged. */
export function renderTerminal(report: Report, options: TerminalOptions = {}): string {
  const { clip, verdict } = report;
  const rate = trim(clip.fps.num / clip.fps.den);
  const facts = `${clip.width}×${clip.height}, ${rate} fps, ${clip.frames} ${clip.frames === 1 ? 'frame' : 'frames'}, ${trim(clip.seconds)} s`;
  const lines = [`${PAINT[verdict.decision](badge(verdict.decision))} ${pc.bold(oneLine(clip.path))} ${pc.dim(facts)}`];
  const findings = keyedFindings(report.outcomes).map(({ key, finding }) => {
    const annotation = annotationOf(finding, key);
    return { finding, waived: annotation?.status === 'waived', said: annotationText(annotation) };
  });
  for (const found of findings.sort(byWeightThenFrame)) lines.push(...findingLines(found, report));
  for (const outcome of report.outcomes.filter(outcome => outcome.status === 'error'))
    lines.push(
      `  ${pc.magenta('not judged')}  ${outcome.detector}${inShot(outcome)}: ${oneLine(outcome.reason ?? '')}`,
    );
  const skipped = report.outcomes.filter(outcome => outcome.status === 'skipped');
  if (options.verbose)
    for (const outcome of report.outcomes) lines.push(pc.dim(`  ${outcome.status.padEnd(8)} ${checkLine(outcome)}`));
  else if (skipped.length > 0)
    lines.push(
      pc.dim(`  skipped: ${unique(skipped.map(outcome => `${outcome.detector} (${oneLine(outcome.reason ?? '')})`))}`),
    );
  if (verdict.decision !== 'pass' && verdict.usable.length > 0)
    lines.push(`  usable: ${verdict.usable.map(range => `${range.start}–${range.end - 1}`).join(', ')}`);
  if (verdict.decision !== 'pass' && verdict.usable.length === 0)
    lines.push('  usable: nothing longer than the handle');
  if (options.page) lines.push(pc.dim(`  report: ${oneLine(options.page)}`));
  return `${lines.join('\n')}\n`;
}

const badge = (decision: Decision): string => decision.toUpperCase().padEnd(10);

/** A finding with what people said about it; a waived one stands last, in words that nobody takes for an open one. */
interface Told {
  finding: Finding;
  waived: boolean;
  said: string;
}

function findingLines({ finding, waived, said }: Told, report: Report): string[] {
  const paint = waived || finding.severity === 'info' ? pc.dim : PAINT[finding.severity];
  const frames =
    finding.end - finding.start === 1 ? `frame ${finding.start}` : `frames ${finding.start}–${finding.end - 1}`;
  const seconds = trim(secondsAt(report, finding.start));
  const word = waived ? 'waived' : finding.severity;
  const head = `  ${paint(word.padEnd(10))} ${finding.detector}: ${oneLine(finding.message)}`;
  const where = pc.dim(`             ${frames} (${seconds} s), confidence ${trim(finding.confidence)}`);
  const more = [said, waived ? '' : (finding.advice ?? '')].filter(text => text !== '');
  return [head, where, ...more.map(text => pc.dim(`             ${oneLine(text)}`))];
}

function checkLine(outcome: Outcome): string {
  const said = outcome.status === 'ran' ? `score ${trim(outcome.score ?? 0)}` : oneLine(outcome.reason ?? '');
  return `${outcome.detector}${inShot(outcome)}: ${said}`;
}

const inShot = (outcome: Outcome): string => (outcome.shot ? ` in ${outcome.shot}` : '');
const unique = (texts: string[]): string => [...new Set(texts)].join(', ');
const trim = (value: number): string => String(Math.round(value * 100) / 100);

const ORDER = { regenerate: 0, review: 1, info: 2 } as const;
const byWeightThenFrame = (a: Told, b: Told): number =>
  Number(a.waived) - Number(b.waived) ||
  ORDER[a.finding.severity] - ORDER[b.finding.severity] ||
  a.finding.start - b.finding.start ||
  (a.finding.detector < b.finding.detector ? -1 : 1);

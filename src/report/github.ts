import type { Severity } from '../finding.ts';
import type { Report } from '../report.ts';
import { annotationText, type CiOptions, ciFindings, measuredText, reportList, whereText } from './ci.ts';
import { baseName, printable, singleLine } from './text.ts';

const COMMANDS: Record<Severity, string> = { regenerate: 'error', review: 'warning', info: 'notice' };

/**
 * GitHub workflow commands, one line per finding and per check that broke: print them in a job and they become
 * annotations. A waived finding is a notice that says so.
 */
export function renderGithub(reports: Report | readonly Report[], options: CiOptions = {}): string {
  const lines = reportList(reports).flatMap(report => {
    const name = baseName(report.clip.path);
    const findings = [...ciFindings(report, options).values()].flat().map(({ finding, annotation, waived, fails }) => {
      const command = waived ? 'notice' : fails ? 'error' : COMMANDS[finding.severity];
      const said = annotationText(annotation);
      const title = `${name}: ${finding.detector} ${finding.kind}`;
      const advice = finding.advice ? ` ${finding.advice}` : '';
      const text = `${finding.message} ${whereText(report, finding)}; ${measuredText(finding)}.${advice}`;
      return annotationLine(command, report.clip.path, title, said ? `${said}. ${text}` : text);
    });
    const errors = report.outcomes
      .filter(outcome => outcome.status === 'error')
      .map(({ detector, shot, reason, code }) => {
        const title = `${name}: ${detector} could not judge${shot === null ? '' : ` ${shot}`}`;
        return annotationLine('error', report.clip.path, title, `${code ?? 'error'}: ${reason ?? ''}`);
      });
    return [...findings, ...errors];
  });
  return lines.map(line => `${line}\n`).join('');
}

const annotationLine = (command: string, file: string, title: string, message: string): string =>
  `::${command} file=${property(file)},title=${property(singleLine(title, 200))}::${data(singleLine(message, 1000))}`;

/** Escaping of a workflow command's message. */
const data = (text: string): string =>
  printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
/** A property's value may hold no separator either. */
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

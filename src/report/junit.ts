import type { Outcome } from '../finding.ts';
import type { Report } from '../report.ts';
import {
  annotationText,
  type CiFinding,
  type CiOptions,
  ciFindings,
  measuredText,
  reportList,
  whereText,
} from './ci.ts';
import { escapeXml, printable } from './text.ts';

/**
 * JUnit XML: a clip is a test suite, a detector on a shot a test case. Findings that fail the build are failures, checks
 * that were skipped (and those whose findings are all waived) skipped, checks that broke errors. Findings that do not
 * fail stand in the case's output.
 */
export function renderJunit(reports: Report | readonly Report[], options: CiOptions = {}): string {
  const suites = reportList(reports).map(report => suite(report, options));
  const sum = (name: keyof Counts): number => suites.reduce((total, { counts }) => total + counts[name], 0);
  const all: Counts = {
    tests: sum('tests'),
    failures: sum('failures'),
    errors: sum('errors'),
    skipped: sum('skipped'),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="Retake" ${attributes(all)}>`,
    ...suites.map(({ xml }) => xml),
    '</testsuites>\n',
  ].join('\n');
}

interface Counts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

const attributes = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');

function suite(report: Report, options: CiOptions): { xml: string; counts: Counts } {
  const found = ciFindings(report, options);
  const cases = report.outcomes.map(outcome => testCase(report, outcome, found.get(outcome) ?? []));
  const count = (result: Result): number => cases.filter(entry => entry.result === result).length;
  const counts = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  const name = escapeXml(report.clip.path);
  const properties = Object.entries({
    sha256: report.clip.sha256,
    decision: report.verdict.decision,
    policy: report.policy.name,
    policyHash: report.policy.hash,
    retake: report.tool.version,
  }).map(([key, value]) => `<property name="${key}" value="${escapeXml(value)}"/>`);
  const attachment = options.attachments?.get(report.clip.sha256);
  const output =
    attachment === undefined ? '' : `\n<system-out>${content(`[[ATTACHMENT|${attachment}]]`)}</system-out>`;
  const xml = [
    `<testsuite name="${name}" ${attributes(counts)}>`,
    `<properties>${properties.join('')}</properties>`,
    ...cases.map(entry => entry.xml),
  ].join('\n');
  return { xml: `${xml}${output}\n</testsuite>`, counts };
}

type Result = 'pass' | 'failure' | 'error' | 'skipped';

function testCase(report: Report, outcome: Outcome, findings: CiFinding[]): { xml: string; result: Result } {
  const shot = outcome.shot ?? 'clip';
  const head = `<testcase classname="${escapeXml(`${report.clip.path}.${shot}`)}" name="${escapeXml(`${outcome.detector} ${shot}`)}"`;
  const failing = findings.filter(({ fails }) => fails);
  const others = findings.filter(({ fails }) => !fails);
  const [result, element] = resultOf(report, outcome, failing, others);
  const said = others.map(entry => line(report, entry));
  const output = said.length > 0 ? `<system-out>${content(said.join('\n'))}</system-out>` : '';
  return { xml: element || output ? `${head}>${element}${output}</testcase>` : `${head}/>`, result };
}

function resultOf(report: Report, outcome: Outcome, failing: CiFinding[], others: CiFinding[]): [Result, string] {
  const reason = outcome.reason ?? '';
  if (outcome.status === 'error')
    return ['error', `<error type="${escapeXml(outcome.code ?? 'error')}" message="${escapeXml(reason)}"/>`];
  if (outcome.status === 'skipped') return ['skipped', `<skipped message="${escapeXml(reason)}"/>`];
  if (failing.length > 0) {
    const [{ finding }] = failing;
    const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : '';
    const text = failing.map(entry => line(report, entry)).join('\n');
    const attributes = `message="${escapeXml(finding.message + more)}" type="${escapeXml(finding.kind)}"`;
    return ['failure', `<failure ${attributes}>${content(text)}</failure>`];
  }
  const waivers = others.filter(({ waived }) => waived);
  if (waivers.length > 0 && waivers.length === others.length)
    return ['skipped', `<skipped message="${escapeXml(annotationText(waivers[0].annotation))}"/>`];
  return ['pass', ''];
}

/** One finding, one line: the severity (or what people said), the sentence, the frames, the figures. */
function line(report: Report, { finding, annotation }: CiFinding): string {
  const said = annotationText(annotation);
  const advice = finding.advice ? ` ${finding.advice}` : '';
  const text = `${finding.severity}: ${finding.message} [${whereText(report, finding)}; ${measuredText(finding)}]${advice}`;
  return (said ? `${said}: ${text}` : text).replace(/\s+/g, ' ');
}

/** Text between tags: line breaks may stay. */
const content = (text: string): string =>
  printable(text).replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] as string);

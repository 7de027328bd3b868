import { createHash } from 'node:crypto';
import { detectors } from '../detectors/index.ts';
import type { Outcome, Severity } from '../finding.ts';
import type { Report } from '../report.ts';
import { annotationText, type CiFinding, type CiOptions, ciFindings, reportList, secondsAt } from './ci.ts';
import { pathToUri, printable } from './text.ts';

/** What a rule's entry is made from: a detector's metadata. */
export interface RuleMeta {
  id: string;
  title: string;
  summary: string;
  source: string;
}

export interface SarifOptions extends CiOptions {
  /** Metadata of the detectors; the built-in ones unless given. */
  rules?: readonly RuleMeta[];
}

const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = { regenerate: 'error', review: 'warning', info: 'note' };
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * SARIF 2.1.0, one run for all clips: a rule per detector, a result per finding, waived ones suppressed with who and
 * why. A clip has no lines, so every region says line 1; frames, seconds and figures stand in the properties. Checks
 * that were skipped or broke are notifications of the invocation.
 */
export function renderSarif(reports: Report | readonly Report[], options: SarifOptions = {}): string {
  const list = reportList(reports);
  const known = options.rules ?? detectors.map(({ meta }) => meta);
  const used = new Set(list.flatMap(report => report.outcomes.map(outcome => outcome.detector)));
  const rules = [...used].sort().map(id => rule(id, known));
  const index = new Map(rules.map(({ id }, i) => [id, i]));
  const results = list.flatMap(report => {
    const seen = new Map<string, number>();
    return [...ciFindings(report, options).values()].flat().map(entry => result(report, entry, index, seen));
  });
  const notifications = list.flatMap(report =>
    report.outcomes.flatMap(outcome => notification(report, outcome, index)),
  );
  const run = {
    tool: { driver: { name: 'Retake', version: list[0]?.tool.version ?? '0', rules } },
    invocations: [
      {
        executionSuccessful: notifications.every(({ level }) => level !== 'error'),
        toolExecutionNotifications: notifications,
      },
    ],
    artifacts: list.map(({ clip }) => ({ location: location(clip.path), hashes: { 'sha-256': clip.sha256 } })),
    columnKind: 'utf16CodeUnits',
    results,
  };
  const log = { $schema: SCHEMA, version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, (_key, value) => (typeof value === 'string' ? printable(value) : value), 2)}\n`;
}

function rule(id: string, known: readonly RuleMeta[]) {
  const meta = known.find(candidate => candidate.id === id);
  return {
    id,
    name: id.replace(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase()),
    shortDescription: { text: meta?.title ?? id },
    fullDescription: { text: meta?.summary ?? id },
    help: { text: meta ? `${meta.summary} Source: ${meta.source}.` : id },
  };
}

function result(report: Report, entry: CiFinding, index: Map<string, number>, seen: Map<string, number>) {
  const { finding, key, outcome, annotation, waived } = entry;
  const fault = `${finding.detector}/${finding.kind}`;
  const nth = (seen.get(fault) ?? 0) + 1;
  seen.set(fault, nth);
  const said = annotationText(annotation);
  const properties = {
    ...{ shot: outcome.shot, kind: finding.kind },
    ...{ startFrame: finding.start, endFrame: finding.end, peakFrame: finding.peak },
    startSeconds: round(secondsAt(report, finding.start)),
    endSeconds: round(secondsAt(report, finding.end)),
    ...{ measured: finding.measured, threshold: finding.threshold, unit: finding.unit, confidence: finding.confidence },
    ...(finding.box ? { box: finding.box } : {}),
    ...(finding.advice ? { advice: finding.advice } : {}),
    ...(said ? { review: said } : {}),
  };
  return {
    ruleId: finding.detector,
    ruleIndex: index.get(finding.detector),
    level: LEVELS[finding.severity],
    message: { text: finding.message },
    locations: [{ physicalLocation: { artifactLocation: location(report.clip.path), region: { startLine: 1 } } }],
    // The first follows a fault through new takes of a clip under the same name; the second is tied to the bytes.
    partialFingerprints: {
      'retakeFault/v1': digest(report.clip.path, fault, String(nth)),
      'retakeFinding/v1': digest(report.clip.sha256, key),
    },
    ...(waived ? { suppressions: [{ kind: 'external', status: 'accepted', justification: said }] } : {}),
    properties,
  };
}

function notification(report: Report, outcome: Outcome, index: Map<string, number>) {
  if (outcome.status === 'ran') return [];
  const where = outcome.shot === null ? '' : ` in ${outcome.shot}`;
  return [
    {
      level: outcome.status === 'error' ? 'error' : 'note',
      message: { text: `${outcome.detector}${where} ${outcome.status}: ${outcome.reason ?? ''}` },
      associatedRule: { id: outcome.detector, index: index.get(outcome.detector) },
      locations: [{ physicalLocation: { artifactLocation: location(report.clip.path) } }],
      ...(outcome.code ? { descriptor: { id: outcome.code } } : {}),
    },
  ];
}

const location = (path: string): { uri: string } => ({ uri: pathToUri(path) });
const round = (value: number): number => Math.round(value * 1e4) / 1e4;
/** Parts are separated by a character that no path holds. */
const digest = (...parts: string[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 32);

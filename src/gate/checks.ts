import type { Finding, Measurements, Outcome, Severity } from '../finding.ts';

/** What the gate itself looks at, beside the detectors' findings in used frames: a table for reports and for SARIF rules. */
export const GATE_CHECKS = [
  { id: 'gate-media', title: 'Media', summary: 'Every clip of the timeline is a known, unchanged, judged take.' },
  { id: 'gate-used', title: 'Used frames', summary: 'No fault within the frames that the timeline shows.' },
  { id: 'gate-timeline', title: 'Timeline', summary: 'Speed changes and what the timeline’s reader could not follow.' },
  { id: 'gate-people', title: 'Consent', summary: 'Everybody in a used take has a release that covers it today.' },
  {
    id: 'gate-disclosure',
    title: 'Disclosure',
    summary: 'It is disclosed that takes are generated, in source and export.',
  },
  { id: 'gate-cuts', title: 'Cuts', summary: 'The export has cuts where the timeline says, and nowhere else.' },
  { id: 'gate-length', title: 'Length', summary: 'The export is as long as the timeline, without black head or tail.' },
  { id: 'gate-match', title: 'Fingerprints', summary: 'Every shot of the export is found in a judged take.' },
  { id: 'gate-continuity', title: 'Continuity', summary: 'Shots of one scene go together across their cuts.' },
  { id: 'gate-style', title: 'Style bible', summary: 'The export is what the style bible asks for.' },
  { id: 'gate-audio', title: 'Audio plan', summary: 'Speech, silence and levels are where the plan has them.' },
] as const;
export type GateCheckId = (typeof GATE_CHECKS)[number]['id'];

/** SARIF rules of the gate's own checks. */
export const gateRules = GATE_CHECKS.map(check => ({ ...check, source: 'Retake' }));

export interface Problem {
  kind: string;
  message: string;
  /** Frames of the subject (export, else timeline), end exclusive. Default: its first frame. */
  start?: number;
  end?: number;
  measured?: number;
  threshold?: number;
  unit?: string;
  /** Default `regenerate`: the gate stays closed. */
  severity?: Severity;
  advice?: string;
}

/** A check's answer in the shape of a detector's, so that every report format carries it. */
export function checked(detector: GateCheckId, problems: readonly Problem[], measurements: Measurements = {}): Outcome {
  return {
    detector,
    shot: null,
    status: 'ran',
    score: problems.some(problem => (problem.severity ?? 'regenerate') === 'regenerate')
      ? 1
      : problems.length > 0
        ? 0.5
        : 0,
    measurements,
    findings: problems.map(finding(detector)),
  };
}

const finding =
  (detector: GateCheckId) =>
  (problem: Problem): Finding => {
    const start = Math.max(0, Math.round(problem.start ?? 0));
    return {
      detector,
      kind: problem.kind,
      message: problem.message,
      start,
      end: Math.max(start + 1, Math.round(problem.end ?? start + 1)),
      peak: start,
      measured: finite(problem.measured ?? 1),
      threshold: finite(problem.threshold ?? 0),
      unit: problem.unit ?? '',
      confidence: 1,
      severity: problem.severity ?? 'regenerate',
      ...(problem.advice ? { advice: problem.advice } : {}),
    };
  };

const finite = (value: number): number =>
  Number.isFinite(value) ? Math.round(value * 1e4) / 1e4 : Math.sign(value) * 1e6 || 0;

export const notChecked = (detector: GateCheckId, reason: string): Outcome => ({
  detector,
  shot: null,
  status: 'skipped',
  reason,
  score: null,
  measurements: {},
  findings: [],
});

export const failedCheck = (detector: GateCheckId, code: string, reason: string): Outcome => ({
  ...notChecked(detector, reason),
  status: 'error',
  code,
});

import type { Box, ClipFacts } from './clip.ts';
import type { AnyDetector, Fault, JudgeInput } from './detectors/detector.ts';
import { asRetakeError, RetakeError } from './errors.ts';
import type { DraftFinding, Measurements } from './finding.ts';
import type { Reference } from './media/references.ts';
import type { Policy } from './policy.ts';
import type { Measured, Shot, SignalName } from './signals.ts';

/** A detector's answer before the policy has spoken. */
export interface DraftOutcome {
  detector: string;
  shot: string | null;
  status: 'ran' | 'skipped' | 'error';
  reason?: string;
  code?: string;
  score: number | null;
  measurements: Measurements;
  findings: DraftFinding[];
}

/** Runs every detector that the policy has not switched off, over each shot or the whole clip. Pure. */
export function judge(
  detectors: readonly AnyDetector[],
  policy: Policy,
  clip: ClipFacts,
  shots: readonly Shot[],
  signals: Measured,
  failures: ReadonlyMap<SignalName, RetakeError>,
  references: readonly Reference[] = [],
): DraftOutcome[] {
  const whole: Shot = { id: 'clip', start: 0, end: clip.frames };
  return detectors.flatMap(detector => {
    const { id, scope } = detector.meta;
    const setting = policy.detectors[id];
    if (!setting || setting.level === 'off') return [];
    const scopes = scope === 'clip' ? [whole] : shots;
    return scopes.map(shot => {
      const named = scope === 'clip' ? null : shot.id;
      const { options } = setting;
      const input = { clip, shot, signals: signals as never, options, planned: policy.shots, references };
      return judgeOne(detector, input, named, failures);
    });
  });
}

function judgeOne(
  detector: AnyDetector,
  input: JudgeInput<SignalName, Record<string, unknown>>,
  shot: string | null,
  failures: ReadonlyMap<SignalName, RetakeError>,
): DraftOutcome {
  const { meta } = detector;
  const base = { detector: meta.id, shot, score: null, measurements: {}, findings: [] };
  const failed = (error: RetakeError): DraftOutcome => ({
    ...base,
    status: 'error',
    reason: error.message,
    code: error.code,
  });
  for (const name of meta.signals) {
    const failure = failures.get(name);
    if (failure) return failed(failure);
    if (!(name in input.signals))
      return failed(new RetakeError('signal-missing', `${meta.title} needs ${name}, which nothing measured`));
  }
  try {
    const answer = detector.judge(input as never);
    if (answer.status === 'skipped')
      return { ...base, status: 'skipped', reason: answer.reason, measurements: tidy(answer.measurements ?? {}) };
    const findings = answer.faults.map(fault => render(detector, fault, input.shot));
    return { ...base, status: 'ran', score: clamp(answer.score), measurements: tidy(answer.measurements), findings };
  } catch (thrown) {
    return failed(asRetakeError(thrown, 'detector-failed'));
  }
}

/** A fault as a finding: inside the shot, rounded so that reports compare, with its sentence written out. */
function render({ meta }: AnyDetector, fault: Fault, shot: Shot): DraftFinding {
  const start = Math.min(Math.max(fault.start, shot.start), Math.max(shot.start, shot.end - 1));
  const end = Math.max(start + 1, Math.min(fault.end, shot.end));
  const peak = Math.min(Math.max(fault.peak, start), end - 1);
  const measured = round(fault.measured);
  const values: Record<string, string | number> = {
    measured,
    threshold: fault.threshold,
    unit: fault.unit,
    ...fault.values,
  };
  const advice = meta.advice?.[fault.kind];
  return {
    detector: meta.id,
    kind: fault.kind,
    message: fill(meta.messages[fault.kind] ?? fault.kind, values),
    start,
    end,
    peak,
    ...(fault.box ? { box: rounded(fault.box) } : {}),
    ...pathIn(fault.path, start, end),
    measured,
    threshold: fault.threshold,
    unit: fault.unit,
    confidence: clamp(fault.confidence),
    ...(advice ? { advice: fill(advice, values) } : {}),
  };
}

const rounded = (box: Box): Box => box.map(side => round(side, 1)) as unknown as Box;

/** What of a path lies inside the finding; nothing where no two places are left. */
function pathIn(path: Fault['path'], start: number, end: number): Pick<DraftFinding, 'path'> {
  const inside = (path ?? []).filter(({ frame }) => frame >= start && frame < end);
  return inside.length < 2 ? {} : { path: inside.map(({ frame, box }) => ({ frame, box: rounded(box) })) };
}

/** Puts values into `{name}` places; an unknown name stays visible rather than vanish. */
const fill = (template: string, values: Record<string, string | number>): string =>
  template.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : typeof value === 'number' ? String(round(value, 2)) : value;
  });

/** Four decimals: beyond measurement noise, and what keeps two runs' reports textually equal. JSON has no Infinity or NaN. */
function round(value: number, digits = 4): number {
  if (Number.isNaN(value)) return 0;
  if (!Number.isFinite(value)) return Math.sign(value) * 1e6;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale || 0;
}

const clamp = (value: number): number => round(Math.min(1, Math.max(0, Number.isNaN(value) ? 0 : value)));

const tidy = (measurements: Measurements): Measurements =>
  Object.fromEntries(
    Object.entries(measurements).map(([key, value]) => [
      key,
      typeof value === 'number' ? (Number.isFinite(value) ? round(value) : null) : value,
    ]),
  );

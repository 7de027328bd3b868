import type { ClipFacts } from '../../clip.ts';
import { detectors as everyDetector } from '../../detectors/index.ts';
import type { RetakeError } from '../../errors.ts';
import type { Outcome } from '../../finding.ts';
import { judge } from '../../judge.ts';
import { probe } from '../../media/probe.ts';
import { readReferences } from '../../media/references.ts';
import { observe } from '../../observe.ts';
import { observersFor } from '../../observers/index.ts';
import type { Policy } from '../../policy.ts';
import { findShots, shotSignals } from '../../signals/shots.ts';
import type { Cut, Measured, Shot, SignalName } from '../../signals.ts';
import { weigh } from '../../verdict.ts';
import { fingerprintCollector } from '../fingerprint/collect.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';

/** An export with all that its checks read: measured in one pass. */
export interface Film {
  clip: ClipFacts;
  signals: Measured;
  failures: ReadonlyMap<SignalName, RetakeError>;
  shots: Shot[];
  cuts: Cut[];
  /** The detectors' answers under the policy, planned cuts not counted as faults. */
  outcomes: Outcome[];
  fingerprint: Fingerprint;
}

export interface ExamineOptions {
  policy: Policy;
  /** What the film's rules read beside the detectors: faces are only looked for where they do, they cost most of the time. */
  signals: readonly SignalName[];
  signal?: AbortSignal;
  onFrame?(done: number, expected: number): void;
}

/** Measures and judges an export. Throws what probing and decoding throw. */
export async function examineFilm(path: string, options: ExamineOptions): Promise<Film> {
  const { policy } = options;
  const probed = await probe(path, options);
  const active = everyDetector.filter(({ meta }) => policy.detectors[meta.id]?.level !== 'off');
  const names = new Set<SignalName>([
    ...shotSignals,
    ...active.flatMap(({ meta }) => meta.signals),
    ...options.signals,
  ]);
  const collector = fingerprintCollector();
  const observers = [...observersFor(names), collector.observer];
  const { clip, signals, failures } = await observe(probed, observers, options);
  const { shots, cuts } = findShots(signals, clip);
  const references = await readReferences(policy.references, clip, signals.views);
  const drafts = judge(active, policy, clip, shots, signals, failures, references);
  const outcomes = weigh(drafts, policy, everyDetector);
  return { clip, signals, failures, shots, cuts, outcomes, fingerprint: collector.fingerprint(clip) };
}

import { type ClipFacts, framesOf } from './clip.ts';
import type { AnyDetector } from './detectors/detector.ts';
import { detectors as everyDetector } from './detectors/index.ts';
import { modelHashes } from './inference/store.ts';
import { judge } from './judge.ts';
import { probe } from './media/probe.ts';
import { readReferences } from './media/references.ts';
import { observe } from './observe.ts';
import { observersFor } from './observers/index.ts';
import { inThreads } from './observers/thread/split.ts';
import { type Policy, resolvePolicy } from './policy.ts';
import { consult } from './referee/consult.ts';
import type { Referee } from './referee/referee.ts';
import { compose } from './report/compose.ts';
import { type ReviewEntry, withReview } from './report/review/decisions.ts';
import type { Report } from './report.ts';
import { findShots, shotSignals } from './signals/shots.ts';
import type { Cut, Measured, Shot, SignalName } from './signals.ts';
import { stopwatch } from './stopwatch.ts';
import { decide, weigh } from './verdict.ts';

/** A judged clip with everything that was measured on the way. */
export interface Inspection {
  report: Report;
  clip: ClipFacts;
  signals: Measured;
  shots: Shot[];
  cuts: Cut[];
  /** What people said about findings of these bytes. */
  review: readonly ReviewEntry[];
}

export interface InspectOptions {
  policy?: Policy;
  /** Stops the run; it then rejects with `aborted`. */
  signal?: AbortSignal;
  /** Gives up after so many seconds with `timed-out`. Default: 300 and 120 more per second of clip. */
  timeoutSeconds?: number;
  detectors?: readonly AnyDetector[];
  /** Look for people on every n-th frame only; 1, every frame, unless the clip is long. */
  sample?: number;
  /** `needed` (default): what the policy's detectors read; `everything`: every signal there is. */
  measure?: 'needed' | 'everything';
  /** Second opinions on findings that are worth a review; nobody is asked by default. */
  referees?: readonly Referee[];
  /** Looks up what people said about earlier findings of the same bytes: waived ones decide nothing. */
  reviewOf?(sha256: string): Promise<readonly ReviewEntry[]>;
  onProgress?(progress: { stage: 'probe' | 'decode' | 'judge'; done: number; expected: number }): void;
}

/**
 * Judges one clip: probe, decode once, observe, split into shots, detect, decide, report. Throws a RetakeError whose
 * code says why the clip could not be judged at all; a check that fails alone becomes an `error` outcome instead.
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<Inspection> {
  const { policy = resolvePolicy('editorial'), detectors = everyDetector, onProgress } = options;
  const watch = stopwatch();

  onProgress?.({ stage: 'probe', done: 0, expected: 1 });
  const probed = await watch.time('probe', () => probe(path, options));

  const active = detectors.filter(({ meta }) => policy.detectors[meta.id]?.level !== 'off');
  const needed = new Set<SignalName>([...shotSignals, ...active.flatMap(({ meta }) => meta.signals)]);
  const loudness = options.measure === 'everything' || needed.has('loudness');
  const observers = inThreads(observersFor(options.measure === 'everything' ? null : needed, options), probed, options);
  const onFrame = (done: number, expected: number) => onProgress?.({ stage: 'decode', done, expected });
  const { clip, signals, failures } = await watch.time('decode', () =>
    observe(probed, observers, { ...options, loudness, onFrame }),
  );

  onProgress?.({ stage: 'judge', done: 0, expected: 1 });
  return watch.time('judge', async () => {
    const { shots, cuts } = findShots(signals, clip);
    const review = (await options.reviewOf?.(clip.sha256)) ?? [];
    const references = await readReferences(policy.references, clip, signals.views);
    const weighed = weigh(judge(active, policy, clip, shots, signals, failures, references), policy, detectors);
    const heard = await consult(clip, weighed, policy, options.referees ?? [], { signal: options.signal });
    const outcomes = withReview(heard, clip.sha256, review, new Date());
    const handle = framesOf(clip, policy.handle);
    const verdict = decide({ policy, shots, cuts, outcomes, detectors, frames: clip.frames, handle });
    const models = modelHashes(
      [...new Set([...observers, ...active.map(({ meta }) => meta)].flatMap(part => part.models ?? []))].sort(),
    );
    const report = compose({ clip, policy, shots, cuts, outcomes, verdict, models, timing: watch.read() });
    return { report, clip, signals, shots, cuts, review };
  });
}

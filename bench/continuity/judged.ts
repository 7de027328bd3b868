import type { AnyDetector } from '../../src/detectors/detector.ts';
import type { DraftFinding } from '../../src/finding.ts';
import { judge } from '../../src/judge.ts';
import { findShots } from '../../src/signals/shots.ts';
import type { Seen } from './signals.ts';

/** What one detector, with its own defaults, says about a clip that was seen before. */
export function judged(detector: AnyDetector, { clip, signals }: Seen): DraftFinding[] {
  const { meta } = detector;
  const policy = { detectors: { [meta.id]: { level: 'review', options: meta.options.parse({}) } } } as never;
  const { shots } = findShots(signals, clip);
  const outcomes = judge([detector], policy, clip, shots, signals, new Map());
  const failed = outcomes.find(({ status }) => status === 'error');
  if (failed) throw new Error(`${clip.path}: ${failed.reason}`);
  return outcomes.flatMap(({ findings }) => findings);
}

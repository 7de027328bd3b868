import { expect } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import type { AnyDetector, Fault, Judgement } from '../../src/detectors/detector.ts';
import type { Signals } from '../../src/signals.ts';

/**
 * Runs a detector on made-up signals with its defaults plus `options`, and checks what holds for every answer: frames
 * inside the clip, the peak inside the range, confidence and score in 0–1, and a value for every place of the message.
 */
export function judged(
  detector: AnyDetector,
  clip: ClipFacts,
  signals: Partial<Signals>,
  options: Record<string, unknown> = {},
): Judgement {
  const { meta } = detector;
  const answer = detector.judge({
    clip,
    shot: { id: 'clip', start: 0, end: clip.frames },
    signals,
    options: meta.options.parse(options),
  } as never);
  if (answer.status === 'skipped') {
    expect(answer.reason).toMatch(/\.$/);
    return answer;
  }
  expect(answer.score).toBeGreaterThanOrEqual(0);
  expect(answer.score).toBeLessThanOrEqual(1);
  for (const fault of answer.faults) {
    expect(fault.start).toBeGreaterThanOrEqual(0);
    expect(fault.end).toBeGreaterThan(fault.start);
    expect(fault.end).toBeLessThanOrEqual(clip.frames);
    expect(fault.peak).toBeGreaterThanOrEqual(fault.start);
    expect(fault.peak).toBeLessThan(fault.end);
    expect(fault.confidence).toBeGreaterThan(0);
    expect(fault.confidence).toBeLessThanOrEqual(1);
    const places = [...(meta.messages[fault.kind] ?? '{missing}').matchAll(/\{(\w+)\}/g)].map(match => match[1]);
    const known = ['measured', 'threshold', 'unit', ...Object.keys(fault.values ?? {})];
    expect(known).toEqual(expect.arrayContaining(places));
    expect(answer.score).toBeGreaterThanOrEqual(0.5 - 1e-6);
  }
  return answer;
}

/** The faults of a run that must have happened. */
export function faultsOf(...args: Parameters<typeof judged>): Fault[] {
  const answer = judged(...args);
  if (answer.status !== 'ran') throw new Error(`skipped: ${answer.reason}`);
  return answer.faults;
}

/** The score of a run that must have happened. */
export function scoreOf(...args: Parameters<typeof judged>): number {
  const answer = judged(...args);
  if (answer.status !== 'ran') throw new Error(`skipped: ${answer.reason}`);
  return answer.score;
}

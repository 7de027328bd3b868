import { describe, expect, it } from 'vitest';
import type { AnyDetector } from '../src/detectors/detector.ts';
import { RetakeError } from '../src/errors.ts';
import { judge } from '../src/judge.ts';
import { resolvePolicy } from '../src/policy.ts';
import { withReview } from '../src/report/review/decisions.ts';
import type { Cut, Shot, SignalName } from '../src/signals.ts';
import { decide, weigh } from '../src/verdict.ts';
import { clipFacts, scripted } from './helpers.ts';

const clip = clipFacts({ frames: 100 });
const shots: Shot[] = [
  { id: 's1', start: 0, end: 50 },
  { id: 's2', start: 50, end: 100 },
];

function run(
  detectors: AnyDetector[],
  file: Record<string, unknown> = {},
  cuts: Cut[] = [],
  failures = new Map<SignalName, RetakeError>(),
) {
  const policy = resolvePolicy(file, 'p', detectors);
  const outcomes = weigh(judge(detectors, policy, clip, shots, {}, failures), policy, detectors);
  return { outcomes, verdict: decide({ policy, shots, cuts, outcomes, detectors, frames: 100, handle: 12 }) };
}

describe('judge', () => {
  it('renders messages and advice, keeps findings inside the shot', () => {
    const { outcomes } = run([scripted('a', [{ start: -5, end: 500, peak: 99, measured: 2.123456 }])]);
    expect(outcomes.map(({ shot, status }) => [shot, status])).toEqual([
      ['s1', 'ran'],
      ['s2', 'ran'],
    ]);
    expect(outcomes[0].findings[0]).toMatchObject({
      start: 0,
      end: 50,
      peak: 49,
      measured: 2.1235,
      message: 'measured 2.12 u, allowed 1',
      advice: 'ask for less than 2.12',
    });
  });

  it('keeps what of a path lies inside the shot', () => {
    const box = (x: number): [number, number, number, number] => [x + 0.123, 2, 10, 10];
    const path = [30, 40, 60].map(frame => ({ frame, box: box(frame) }));
    const { outcomes } = run([scripted('a', [{ start: 0, end: 100, peak: 40, box: box(40), path }])]);
    const [first, second] = outcomes.map(({ findings }) => findings[0]);
    expect(first.box).toEqual([40.1, 2, 10, 10]);
    expect(first.path).toEqual([30, 40].map(frame => ({ frame, box: [frame + 0.1, 2, 10, 10] })));
    // One place is no path.
    expect(second.path).toBeUndefined();
  });

  it('turns a crash, a failed observer and a missing signal into errors of that check alone', () => {
    const needy = {
      ...scripted('needy', []),
      meta: { ...scripted('needy', []).meta, signals: ['lumaMean'] as SignalName[] },
    };
    const failing = new Map([['lumaMean', new RetakeError('observer-failed', 'no light')]]) as Map<
      SignalName,
      RetakeError
    >;
    const { outcomes, verdict } = run(
      [scripted('crash', [], { crash: new Error('boom') }), needy, scripted('fine', [])],
      {},
      [],
      failing,
    );
    expect(outcomes.map(({ detector, shot, status, code }) => [detector, shot, status, code])).toEqual([
      ['crash', 's1', 'error', 'detector-failed'],
      ['crash', 's2', 'error', 'detector-failed'],
      ['needy', 's1', 'error', 'observer-failed'],
      ['needy', 's2', 'error', 'observer-failed'],
      ['fine', 's1', 'ran', undefined],
      ['fine', 's2', 'ran', undefined],
    ]);
    expect(verdict.decision).toBe('error');
    expect(verdict.usable).toEqual([]);
    expect(run([needy]).outcomes[0]).toMatchObject({ status: 'error', code: 'signal-missing' });
  });

  it('does not run what is off, and calls a clip-wide detector once', () => {
    const { outcomes } = run([scripted('a', []), scripted('b', [{}], { scope: 'clip' })], { detectors: { a: 'off' } });
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ detector: 'b', shot: null, findings: [{ start: 0, end: 100 }] });
  });
});

describe('decide', () => {
  it.each([
    ['review', 1, 'review'],
    ['regenerate', 1, 'regenerate'],
    ['regenerate', 0.8, 'review'],
    ['regenerate', 0.4, 'pass'],
  ])('level %s with confidence %d gives %s', (level, confidence, expected) => {
    const { verdict } = run([scripted('a', [{ confidence }], { certainFrom: 0.9 })], { detectors: { a: level } });
    expect(verdict.decision).toBe(expected);
  });

  it('counts review as failure when strict, and says so', () => {
    const { verdict } = run([scripted('a', [{}])], { strict: true, detectors: { a: 'review' } });
    expect(verdict.decision).toBe('regenerate');
    expect(verdict.reasons?.[0]).toContain('strict');
  });

  it('never lets a skip pass when the policy requires the check', () => {
    const skipping = [scripted('a', [], { skip: 'no face' })];
    expect(run(skipping).verdict.decision).toBe('pass');
    expect(run(skipping, { require: ['a'] }).verdict).toMatchObject({ decision: 'error' });
  });

  it('puts a known fault above a failed check', () => {
    const { verdict } = run([scripted('a', [{}]), scripted('b', [], { crash: new Error('x') })], {
      detectors: { a: 'regenerate' },
    });
    expect(verdict.decision).toBe('regenerate');
    expect(verdict.shots[0].reasons).toHaveLength(2);
  });

  it('judges shots apart', () => {
    const only = scripted('a', []);
    const detector: AnyDetector = {
      ...only,
      judge: (input: { shot: Shot }) =>
        input.shot.id === 's2'
          ? scripted('a', [{ start: 60, end: 62, peak: 60 }]).judge(input as never)
          : only.judge(input as never),
    };
    const { verdict } = run([detector], { detectors: { a: 'regenerate' } });
    expect(verdict.shots.map(({ decision }) => decision)).toEqual(['pass', 'regenerate']);
    expect(verdict.usable).toEqual([
      { start: 0, end: 50 },
      { start: 62, end: 100 },
    ]);
  });

  it('leaves faults, transitions and short rests out of the usable ranges; delivery faults cost no frames', () => {
    const cuts: Cut[] = [{ frame: 50, kind: 'dissolve', confidence: 1, start: 46, end: 54 }];
    const faults = scripted('a', [{ start: 10, end: 12, peak: 10 }]);
    const delivery = scripted('loud', [{}], { costsFrames: false });
    const { verdict } = run([faults, delivery], {}, cuts);
    // 0–10 is shorter than the handle of 12 frames; in s2 the fault is clamped to the shot's first frame, inside the dissolve.
    expect(verdict.usable).toEqual([
      { start: 12, end: 46 },
      { start: 54, end: 100 },
    ]);
  });

  it('lists waived findings and lets them decide nothing', () => {
    const detectors = [scripted('a', [{ start: 10, end: 20, peak: 12 }])];
    const policy = resolvePolicy({ detectors: { a: 'regenerate' } }, 'p', detectors);
    const one: Shot[] = [{ id: 's1', start: 0, end: 100 }];
    const weighed = weigh(judge(detectors, policy, clip, one, {}, new Map()), policy, detectors);
    const verdictOn = (day: string) => {
      const entry = {
        v: 1,
        at: '2026-01-01T00:00:00Z',
        clip: clip.sha256,
        finding: 'a/fault@10-20',
        who: 'Kim',
        until: '2026-01-31',
      } as const;
      const outcomes = withReview(
        weighed,
        clip.sha256,
        [{ ...entry, action: 'waive', reason: 'planned' }],
        new Date(day),
      );
      return {
        outcomes,
        verdict: decide({ policy, shots: one, cuts: [], outcomes, detectors, frames: 100, handle: 1 }),
      };
    };
    const { outcomes, verdict } = verdictOn('2026-01-31T23:00:00Z');
    expect(verdict).toMatchObject({ decision: 'pass', usable: [{ start: 0, end: 100 }] });
    expect(outcomes[0].findings).toMatchObject([{ review: { status: 'waived', who: 'Kim', reason: 'planned' } }]);
    expect(verdictOn('2026-02-01T00:00:00Z').verdict.decision).toBe('regenerate');
  });
});

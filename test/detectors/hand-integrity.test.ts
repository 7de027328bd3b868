import { describe, expect, it } from 'vitest';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { modelHashes } from '../../src/inference/store.ts';
import { flat, openHand } from '../observers/open-hand.ts';
import { bodiesOf, facesOf } from './body-signals.ts';
import { handClip, handSignals, type Look, RATE, SIX, STEP } from './hand-signals.ts';

const FRAMES = 5 * RATE;
const nobody = (frames: number) => ({ bodies: bodiesOf(frames, 3, () => []), faces: facesOf(frames, () => []) });
const judge = (seen: (look: number, frame: number) => Look[], frames = FRAMES, options: object = {}) =>
  handIntegrity.judge({
    clip: handClip(frames),
    shot: { id: 's1', start: 0, end: frames },
    signals: { ...handSignals(frames, seen), ...nobody(frames) },
    options: handIntegrity.meta.options.parse(options),
  });
const faults = (answer: ReturnType<typeof judge>) => (answer.status === 'ran' ? answer.faults : []);
const reason = (answer: ReturnType<typeof judge>) => (answer.status === 'skipped' ? answer.reason : 'it was judged');

describe('hand-integrity', () => {
  it('names its model, so that a report has its hash', () => {
    expect(modelHashes(handIntegrity.meta.models ?? [])).toEqual({
      'retake-hand-local': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('has nothing to say about ordinary hands', () => {
    const answer = judge(() => [{}, {}]);
    expect(answer).toMatchObject({ status: 'ran', faults: [], measurements: { hands: 2, judged: 2 } });
    expect(answer.status === 'ran' && answer.score).toBeLessThan(0.1);
  });

  it('finds a finger too many where it is, on the hand that has it', () => {
    const [fault, ...more] = faults(judge(look => [{}, look >= 10 && look < 24 ? { cues: SIX } : {}]));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'extra-finger', threshold: expect.any(Number) });
    // A median over nine looks knows the ends to half its width.
    expect(Math.abs(fault.start - 10 * STEP)).toBeLessThanOrEqual(4 * STEP);
    expect(Math.abs(fault.end - 24 * STEP)).toBeLessThanOrEqual(4 * STEP);
    expect(fault.peak).toBeGreaterThanOrEqual(10 * STEP);
    expect(fault.peak).toBeLessThan(24 * STEP);
    expect(fault.box?.[0]).toBeGreaterThan(500);
    expect(fault.confidence).toBeGreaterThan(0.5);
  });

  it('is not moved by single looks, nor by less than the threshold', () => {
    expect(faults(judge(look => [look % 3 === 0 ? { cues: SIX } : {}]))).toEqual([]);
    const { extra } = handIntegrity.meta.options.parse({});
    expect(faults(judge(() => [{ cues: { surplus: extra - 0.02, grown: extra - 0.02 } }]))).toEqual([]);
    expect(faults(judge(() => [{ cues: { surplus: extra + 0.02, grown: extra + 0.02 } }]))).toHaveLength(1);
    // One network alone is not believed.
    expect(faults(judge(() => [{ cues: { surplus: 0.9 } }]))).toEqual([]);
    expect(faults(judge(() => [{ cues: { grown: 0.9 } }]))).toEqual([]);
  });

  it('ranks a shot with a doubtful hand below one without, and makes no finding of it', () => {
    // Fingers that are missing are not told surely enough for a finding.
    const of = (lacking: number) => judge(() => [{ cues: { lacking, gone: lacking } }]);
    const scores = [0.05, 0.7, 0.9].map(lacking => {
      const answer = of(lacking);
      expect(faults(answer)).toEqual([]);
      return answer.status === 'ran' ? answer.score : -1;
    });
    expect(scores[0]).toBeLessThan(0.01);
    expect(scores[1]).toBeGreaterThan(0.1);
    expect(scores[2]).toBeGreaterThan(scores[1]);
    expect(scores[2]).toBeLessThan(0.5);
    expect(of(0.9).measurements?.doubt).toBeGreaterThan(0.9);
  });

  it.each([
    ['fused-fingers', 'fused', ['fused']],
    ['melting', 'melted', ['melted', 'spoilt']],
  ] as const)('finds %s where the median stays high, open hand or not', (kind, cue, cues) => {
    const all = (value: number) => Object.fromEntries(cues.map(name => [name, value]));
    const sure = handIntegrity.meta.options.parse({})[cue];
    const of = (value: number) => faults(judge(look => (look >= 8 ? [{ cues: { ...all(value), open: 0 } }] : [{}])));
    expect(of(sure + 0.05)).toMatchObject([{ kind, measured: expect.closeTo(sure + 0.05), threshold: sure }]);
    expect(of(sure + 0.05)[0].start).toBeGreaterThanOrEqual(4 * STEP);
    expect(of(sure - 0.05)).toEqual([]);
    // One look in three is not enough.
    expect(faults(judge(look => [look % 3 === 0 ? { cues: all(0.95) } : {}]))).toEqual([]);
  });

  it('finds a hand whose finger is bent backwards, and not an ordinary one', () => {
    const shape = Float32Array.from(flat(openHand()), v => v / 560);
    const broken = shape.slice();
    // The middle finger's last two bones stand straight up out of the palm and double in length.
    for (const [k, point] of [11, 12].entries()) {
      broken.set(broken.subarray(3 * 10, 3 * 10 + 2), 3 * point);
      broken[3 * point + 2] = -0.09 * (k + 1);
    }
    const bent = faults(judge(look => [{ world: Array.from(look >= 8 ? broken : shape) }]));
    expect(bent).toMatchObject([{ kind: 'implausible-pose', unit: 'deviations' }]);
    expect(bent[0].measured).toBeGreaterThan(bent[0].threshold);
    expect(faults(judge(() => [{ world: Array.from(shape) }]))).toEqual([]);
  });

  it('counts fingers on open hands only, and only where tips are seen', () => {
    expect(faults(judge(() => [{ cues: { ...SIX, open: 2 } }]))).toEqual([]);
    expect(faults(judge(() => [{ cues: { ...SIX, tips: 0.1 } }]))).toEqual([]);
    expect(faults(judge(() => [{ cues: { ...SIX, spread: 0.1 } }]))).toEqual([]);
    expect(faults(judge(() => [{ cues: { ...SIX, open: 2 } }], FRAMES, { open: 2 }))).toHaveLength(1);
  });

  it('goes by the looks at which fingers can be counted, if there are enough of them', () => {
    // One look in three shows the hand open; at the others it turns or closes.
    const turning = (surplus: number) => (look: number) =>
      look % 3 === 0 ? [{ cues: { surplus, grown: surplus } }] : [{ cues: { surplus: 0.1, open: 2 } }];
    expect(faults(judge(turning(0.92)))).toMatchObject([{ kind: 'extra-finger' }]);
    expect(faults(judge(turning(0.3)))).toEqual([]);
    expect(faults(judge(turning(0.92), FRAMES, { counted: 4 }))).toEqual([]);
    // Two looks are not enough, however sure.
    expect(faults(judge(look => [{ cues: look < 2 ? SIX : { open: 2 } }]))).toEqual([]);
  });

  it('is less sure of what few looks carry, and asks for as many as it is told', () => {
    const [brief] = faults(judge(() => [{ cues: SIX }], 5 * STEP));
    const [long] = faults(judge(() => [{ cues: SIX }]));
    expect(brief.confidence).toBeLessThan(long.confidence);
    expect(reason(judge(() => [{ cues: SIX }], 4 * STEP))).toContain('too briefly');
  });

  it('says why hands were not judged', () => {
    expect(reason(judge(() => []))).toBe('No hand is seen.');
    const small = judge(look => [{ gate: look % 3 === 0 ? 'blurred' : 'small', cues: SIX }]);
    expect(reason(small)).toBe(
      'One hand is seen, none long enough in a state that can be judged: they are too small or are too blurred.',
    );
    expect(small.measurements).toMatchObject({ hands: 1, judged: 0, looks: 0, small: 20, blurred: 10 });
    const busy = judge(() => [{ gate: 'hidden', cues: SIX }]);
    expect(reason(busy)).toContain('they hold something or are hidden by it');
    expect(busy.measurements).toMatchObject({ judged: 0, looks: 0, hidden: 30 });
  });

  it('judges each shot by its own frames', () => {
    const signals = { ...handSignals(FRAMES, look => [look >= 15 ? { cues: SIX } : {}]), ...nobody(FRAMES) };
    const options = handIntegrity.meta.options.parse({});
    const of = (start: number, end: number) =>
      handIntegrity.judge({ clip: handClip(FRAMES), shot: { id: 's', start, end }, signals, options });
    expect(faults(of(0, 60))).toEqual([]);
    expect(faults(of(60, FRAMES))).toMatchObject([{ kind: 'extra-finger' }]);
  });

  it('finds a hand that nobody can own, for as long as it is seen', () => {
    // Wrists of the three hands are 300 pixels apart; the third lies within the extent of the body.
    const wrists = [
      [180, 140],
      [480, 140],
    ] as const;
    const judgeIn = (seen: (frame: number) => number) => {
      const { hands, handEvidence } = handSignals(FRAMES, (_, frame) =>
        Array.from({ length: seen(frame) }, () => ({ x: 100, gate: 'small' as const })),
      );
      const bodies = bodiesOf(FRAMES, 3, () => [{ x: 720, y: 250, wrists }]);
      return handIntegrity.judge({
        clip: { ...handClip(FRAMES), video: { ...handClip(FRAMES).video, height: 1000 } },
        shot: { id: 's1', start: 0, end: FRAMES },
        signals: { hands, handEvidence, bodies, faces: facesOf(FRAMES, () => []) },
        options: handIntegrity.meta.options.parse({}),
      });
    };
    const answer = judgeIn(frame => (frame >= 30 && frame < 75 ? 3 : 2));
    expect(faults(answer)).toMatchObject([
      { kind: 'extra-hand', measured: 1, values: { seconds: expect.any(Number) } },
    ]);
    const [fault] = faults(answer);
    expect(Math.abs(fault.start - 30)).toBeLessThanOrEqual(3);
    expect(Math.abs(fault.end - 75)).toBeLessThanOrEqual(3);
    expect(fault.box?.[0]).toBeGreaterThan(650);
    // Seen for less than five looks at bodies it may be a mistake of the landmark network.
    expect(faults(judgeIn(frame => (frame >= 30 && frame < 41 ? 3 : 2)))).toEqual([]);
    expect(judgeIn(() => 2)).toMatchObject({ status: 'ran', score: 0, faults: [] });
  });
});

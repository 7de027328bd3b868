import { describe, expect, it } from 'vitest';
import { HAND_THUMB } from '../../../src/landmarks.ts';
import { watchedHands } from '../../../src/signals/hands/looks.ts';
import { thumbChange, timeCues } from '../../../src/signals/hands/time.ts';
import { handClip, handSignals } from '../../detectors/hand-signals.ts';

const N = HAND_THUMB * HAND_THUMB;
/** Five looks at one hand whose world landmarks and small pictures are given. */
function cuesOf(
  world: (look: number, k: number) => number,
  thumb: (look: number, k: number) => number,
  right = (_: number) => 1,
) {
  const signals = handSignals(20, () => [{}]);
  const { hands, handEvidence } = signals;
  const [{ looks }] = watchedHands(handClip(20), { id: 's1', start: 0, end: 20 }, hands, handEvidence);
  looks.forEach((look, n) => {
    for (let k = 0; k < 63; k++) hands.world[63 * look.hand + k] = world(n, k);
    for (let k = 0; k < N; k++) handEvidence.thumbs[N * look.row + k] = thumb(n, k);
    hands.right[look.hand] = right(n);
  });
  return timeCues(hands, handEvidence, looks);
}
const shape = (k: number) => Math.round(400 * Math.sin(k * 1.7));
const texture = (k: number) => 120 + Math.round(60 * Math.sin(k * 0.37));

describe('a hand over time', () => {
  it('is calm when only its size and its light change', () => {
    const cues = cuesOf(
      (look, k) => shape(k) * (1 + 0.2 * look),
      (look, k) => texture(k) * (1 + 0.1 * look),
    );
    expect(cues.bones).toBeLessThan(0.01);
    expect(cues.texture).toBeLessThan(0.03);
    expect(cues.flips).toBe(0);
  });

  it('tells bones that change, skin that changes on a hand at rest, and sides that flip', () => {
    const bones = cuesOf(
      (look, k) => shape(k + 5 * look),
      (_, k) => texture(k),
    ).bones;
    expect(bones).toBeGreaterThan(0.1);
    const still = cuesOf(
      (_, k) => shape(k),
      (look, k) => texture(k + 40 * look),
    );
    expect(still.texture).toBeGreaterThan(0.3);
    const moving = cuesOf(
      (look, k) => shape(k) + 300 * Math.sin(look + k),
      (look, k) => texture(k + 40 * look),
    );
    expect(still.restless).toBeGreaterThan(2 * moving.restless);
    expect(
      cuesOf(
        (_, k) => shape(k),
        (_, k) => texture(k),
        look => look % 2,
      ).flips,
    ).toBe(1);
  });

  it('tells joints that jerk from joints that bend, and edges that move from light that does', () => {
    const bent = (jerk: boolean) =>
      cuesOf(
        (look, k) => shape(k) + (jerk ? 200 * (look % 2) : 20 * look) * Math.sin(k),
        (_, k) => texture(k),
      ).joints;
    expect(bent(true)).toBeGreaterThan(5 * bent(false));
    const lit = cuesOf(
      (_, k) => shape(k),
      (look, k) => 0.8 * texture(k) + 8 * look,
    );
    const moved = cuesOf(
      (_, k) => shape(k),
      (look, k) => texture(k + 3 * look),
    );
    expect(lit.outline).toBeLessThan(0.1);
    expect(moved.outline).toBeGreaterThan(0.3);
  });

  it('tells a count of fingers that changes, where fingers can be counted', () => {
    const { hands, handEvidence } = handSignals(20, () => [{}]);
    const [{ looks }] = watchedHands(handClip(20), { id: 's1', start: 0, end: 20 }, hands, handEvidence);
    const counts = (surplus: (look: number) => number, lacking: (look: number) => number) =>
      timeCues(
        hands,
        handEvidence,
        looks.map((look, n) => ({ ...look, cues: { ...look.cues, surplus: surplus(n), lacking: lacking(n) } })),
      ).counts;
    const none = () => 0;
    expect(counts(() => 0.9, none)).toBe(0);
    expect(counts(look => look % 2, none)).toBe(1);
    expect(
      counts(
        look => look % 2,
        look => 1 - (look % 2),
      ),
    ).toBe(2);
    expect(counts(look => (look === 1 ? Number.NaN : 0.3), none)).toBe(0);
    expect(counts(() => Number.NaN, none)).toBe(0);
  });

  it('compares small pictures apart from brightness and contrast', () => {
    const thumbs = new Uint8Array(2 * N);
    for (let k = 0; k < N; k++) {
      thumbs[k] = texture(k);
      thumbs[N + k] = 20 + texture(k) / 2;
    }
    expect(thumbChange(thumbs, 0, 1)).toBeLessThan(0.03);
  });
});

import type { Suspicion } from './experts.ts';
import type { WatchedHand } from './looks.ts';
import type { OwnerAnswers } from './owners.ts';

export interface ExtraHandOptions {
  /** Share of the looks of a window at which nobody can own the hand. */
  ownerless: number;
  /** Looks in a window; bodies are measured about eight times a second. */
  askedLooks: number;
}

/** Looks of one window may lie so many times further apart than the looks at bodies do, before they say nothing together. */
const SPARSE = 2;

/**
 * A hand that nobody in the picture can own, over windows of looks at which everybody's wrists were accounted for.
 * @param step frames between two looks at bodies
 */
export function extraHand(
  { track }: WatchedHand,
  { asked, ownerless }: OwnerAnswers,
  step: number,
  { ownerless: threshold, askedLooks }: ExtraHandOptions,
): Suspicion {
  const rows = new Map(Array.from(track.frames, (frame, k) => [frame, track.rows[k]]));
  const alone = new Set(ownerless.map(({ row }) => row));
  const looks = asked.flatMap(frame => {
    const row = rows.get(frame);
    return row === undefined ? [] : [{ frame, row, alone: alone.has(row) }];
  });
  const suspicion: Suspicion = {
    found: [],
    most: 0,
    threshold,
    unit: 'share of looks',
    score: 0,
    confidence: (value, count) => (0.45 + 0.4 * value) * Math.min(1, 0.6 + count / (5 * askedLooks)),
  };
  for (let from = 0; from + askedLooks <= looks.length; from++) {
    const window = looks.slice(from, from + askedLooks);
    const last = window[askedLooks - 1];
    if (last.frame - window[0].frame > SPARSE * step * askedLooks) continue;
    const value = window.filter(look => look.alone).length / askedLooks;
    suspicion.most = Math.max(suspicion.most, value);
    if (value < threshold) continue;
    const before = suspicion.found[suspicion.found.length - 1];
    if (before && window[0].frame < before.end) {
      before.end = last.frame + 1;
      before.looks++;
      before.value = Math.max(before.value, value);
      continue;
    }
    const peak = window.find(look => look.alone) ?? window[0];
    suspicion.found.push({
      start: window[0].frame,
      end: last.frame + 1,
      peak: peak.frame,
      hand: peak.row,
      value,
      looks: askedLooks,
    });
  }
  suspicion.score = 0.9 * Math.min(1, suspicion.most / threshold) ** 3;
  return suspicion;
}

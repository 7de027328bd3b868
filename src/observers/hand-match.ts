/** A place in crop pixels. */
interface Place {
  x: number;
  y: number;
}

/** A landmark may lie so far from its tip, in sizes of the hand: the landmark network is off by up to 0.2 at thumbs. */
const REACH = 0.38;
/** What it is worth to explain a tip, before distance. */
const WORTH = 0.6;

/**
 * Pairs the five fingertips of the landmarks with tips that were seen, one to one, at the least total cost: near and
 * certain tips first. Every way is tried: five fingers and the twelve highest tips at most.
 * @returns positions of the tips that a landmark accounts for
 */
export function assignTips(
  seen: readonly (Place & { value: number })[],
  tips: readonly Place[],
  size: number,
): Set<number> {
  const considered = seen.slice(0, 12);
  const gain = tips.map(tip =>
    considered.map(({ x, y, value }) => {
      const distance = Math.hypot(x - tip.x, y - tip.y) / size;
      return distance < REACH ? WORTH + 0.6 * value - distance : 0;
    }),
  );
  // Best total over fingers from `finger` on, given the tips that are taken (a bit each).
  const memory = new Map<number, { total: number; pick: number }>();
  const best = (finger: number, taken: number): { total: number; pick: number } => {
    if (finger === tips.length) return { total: 0, pick: -1 };
    const key = taken * 8 + finger;
    const known = memory.get(key);
    if (known) return known;
    let answer = { total: best(finger + 1, taken).total, pick: -1 };
    gain[finger].forEach((value, k) => {
      if (value <= 0 || taken & (1 << k)) return;
      const total = value + best(finger + 1, taken | (1 << k)).total;
      if (total > answer.total) answer = { total, pick: k };
    });
    memory.set(key, answer);
    return answer;
  };
  const matched = new Set<number>();
  let taken = 0;
  for (let finger = 0; finger < tips.length; finger++) {
    const { pick } = best(finger, taken);
    if (pick < 0) continue;
    matched.add(pick);
    taken |= 1 << pick;
  }
  return matched;
}

import type { Box, FrameWindows } from './things-windows.ts';

/** Shares of a place within which, and ratios at which, a thing of another size is looked for first; how many are looked at more closely. */
const SHARES = [0.7, 0.95] as const;
const RATIOS = [1.4, 1.75] as const;
const CLOSER = 2;
/** Ratios that may come out, and the least side of the smaller one, pixels; sides of a place to each other. */
const RATIO = { least: 1.15, most: 2.2 } as const;
const SMALLEST = 7;
const LONG = 2.5;
/** Likeness at which a first look goes on, and at best; how much better it must be than with no change. */
const SAME = { first: 0.35, best: 0.7, better: 0.05 } as const;
/** What likeness without a change of size costs: along an edge every size is alike. */
const UNCHANGED = { weight: 0.6, least: 0.3 } as const;
/** Steps of the search: pixels, sizes, ratios; turns, and what counts as better. */
const STEP = { place: 3, size: 1.12, ratio: 1.08, turns: 6, better: 0.003 } as const;

/** Something in two sizes in neighbouring frames. Pixels of the plane. */
export interface Resized {
  from: Box;
  to: Box;
  /** Later to earlier. */
  ratio: number;
  likeness: number;
  /** Likeness without a change of size. */
  unmoved: number;
  /** Likeness with only the width or the height changed. */
  oneWay: number;
}

/** A window on the larger one, and where the smaller one is: its ratio and how far beside. */
interface Try {
  box: Box;
  ratio: number;
  dx: number;
  dy: number;
  grows: boolean;
  likeness: number;
  score: number;
}

/**
 * Looks for a thing about some places that has another size in the next frame: what is inside the larger window, reduced, is in
 * the other frame, and is not there at the same size.
 *
 * @param age of the frame after the change
 */
export function resized(frames: FrameWindows, places: readonly Box[], age: number): Resized | null {
  const starts = places.flatMap(place => firstLooks(frames, place, age)).sort((a, b) => b.score - a.score);
  let best: Try | null = null;
  for (const start of starts.slice(0, CLOSER)) {
    const found = climbed(frames, start, age);
    if (!best || found.score > best.score) best = found;
  }
  if (!best || best.likeness < SAME.best) return null;
  const { box, ratio, grows, likeness } = best;
  const [large, small] = grows ? [age, age + 1] : [age + 1, age];
  const near = smallOf(best);
  const unmoved = frames.match(large, box, small, box, 6, 2).likeness;
  if (likeness < unmoved + SAME.better) return null;
  const flatter = frames.match(large, box, small, { ...near, width: box.width }, 3).likeness;
  const narrower = frames.match(large, box, small, { ...near, height: box.height }, 3).likeness;
  const [from, to] = grows ? [near, box] : [box, near];
  return { from, to, ratio: grows ? ratio : 1 / ratio, likeness, unmoved, oneWay: Math.max(flatter, narrower) };
}

const smallOf = ({ box, dx, dy, ratio }: Pick<Try, 'box' | 'dx' | 'dy' | 'ratio'>): Box => ({
  x: box.x + dx,
  y: box.y + dy,
  width: box.width / ratio,
  height: box.height / ratio,
});

function firstLooks(frames: FrameWindows, place: Box, age: number): Try[] {
  if (Math.max(place.width / place.height, place.height / place.width) > LONG) return [];
  const found: Try[] = [];
  for (const grows of [true, false]) {
    const [large, small] = grows ? [age, age + 1] : [age + 1, age];
    for (const share of SHARES) {
      const [width, height] = [share * place.width, share * place.height];
      const box = { x: Math.round(place.x), y: Math.round(place.y), width, height };
      const flat = frames.match(large, box, small, box, 3, 3).likeness;
      if (flat < -0.99) continue;
      for (const ratio of RATIOS) {
        if (Math.min(width, height) / ratio < SMALLEST) continue;
        const { x, y, likeness } = frames.match(large, box, small, smallOf({ box, dx: 0, dy: 0, ratio }), 6, 3);
        if (likeness <= Math.max(SAME.first, flat)) continue;
        const score = likeness - UNCHANGED.weight * flat;
        found.push({ box, ratio, dx: x - box.x, dy: y - box.y, grows, likeness, score });
      }
    }
  }
  return found;
}

/** Moves a window, its size and the ratio for as long as that tells the change of size more clearly. */
function climbed(frames: FrameWindows, start: Try, age: number): Try {
  const [large, small] = start.grows ? [age, age + 1] : [age + 1, age];
  const looked = (attempt: Try, reach: number): Try => {
    const { box, ratio } = attempt;
    const side = Math.min(box.width, box.height) / ratio;
    if (ratio < RATIO.least || ratio > RATIO.most || side < SMALLEST) return { ...attempt, likeness: -1, score: -2 };
    const { x, y, likeness } = frames.match(large, box, small, smallOf(attempt), reach);
    const flat = frames.match(large, box, small, box, 3, 3).likeness;
    const score = likeness - UNCHANGED.weight * Math.max(UNCHANGED.least, flat);
    return { ...attempt, dx: x - box.x, dy: y - box.y, likeness, score };
  };
  let best = looked(start, 2);
  for (let turn = 0; turn < STEP.turns; turn++) {
    const { box, ratio } = best;
    const sized = (by: number): Box => ({ ...box, width: box.width * by, height: box.height * by });
    const boxes = [
      { ...box, x: box.x + STEP.place },
      { ...box, x: box.x - STEP.place },
      { ...box, y: box.y + STEP.place },
      { ...box, y: box.y - STEP.place },
      sized(STEP.size),
      sized(1 / STEP.size),
    ];
    let next = best;
    const attempts = [
      ...boxes.map(moved => ({ ...best, box: moved })),
      { ...best, ratio: ratio * STEP.ratio },
      { ...best, ratio: ratio / STEP.ratio },
    ];
    for (const attempt of attempts) {
      const found = looked(attempt, 1);
      if (found.score > next.score + STEP.better) next = found;
    }
    if (next === best) break;
    best = next;
  }
  return best;
}

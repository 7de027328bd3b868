import { type Box, copyOf, paste, type Still, scaled, sized, type Thing, thingFrom } from './film.ts';
import { brighten, type FaultKind, type Plant, type Site } from './plant.ts';

/**
 * What is planted must be seen: pixels that differ by more than LEAST code values take up SEEN_SHARE of the picture, and
 * differ by SEEN_CONTRAST on average. A place where that is not so is drawn again, up to so many times.
 */
const LEAST = 8;
const SEEN_SHARE = 0.01;
const SEEN_CONTRAST = 16;
const ATTEMPTS = 12;

/** Share of a gradual change by the share of its time: slow at both ends, slow at first, slow at last. */
const PACES = [(t: number) => t * t * (3 - 2 * t), (t: number) => t * t, (t: number) => 1 - (1 - t) ** 2] as const;

const COLOURS = [0.5, 1, 2];
const EXPOSURES = [1.06, 1.12, 1.25];

/** Whether somebody who looks sees the difference between two pictures. */
export function isSeen(a: Still, b: Still): boolean {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.y.length; i++) {
    const step = Math.abs(a.y[i] - b.y[i]);
    if (step <= LEAST) continue;
    sum += step;
    count++;
  }
  return count >= SEEN_SHARE * a.y.length && sum >= SEEN_CONTRAST * count;
}

/** Mean difference of luma, code values, every other pixel. */
export function differenceOf(a: Still, b: Still): number {
  let sum = 0;
  for (let i = 0; i < a.y.length; i += 2) sum += Math.abs(a.y[i] - b.y[i]);
  return (2 * sum) / a.y.length;
}

type ThingKind = Extract<FaultKind, 'appear' | 'vanish' | 'teleport' | 'scale' | 'slow-appear' | 'slow-vanish'>;

/** A thing and where it is laid before and after. */
interface Staged {
  before: Thing | null;
  after: Thing | null;
  from: [x: number, y: number];
  to: [x: number, y: number];
  factor: number;
}

function stage(kind: ThingKind, { base, donor, dice }: Site): Staged {
  const { width, height } = base;
  const thing = thingFrom(donor, { width, height }, dice);
  const inside = (side: number, whole: number) =>
    dice.between(0.06 * whole, Math.max(0.07 * whole, 0.94 * whole - side));
  const place = (): [number, number] => [inside(thing.width, width), inside(thing.height, height)];
  const from = place();
  const staged: Staged = { before: thing, after: thing, from, to: from, factor: 1 };
  if (kind === 'appear' || kind === 'slow-appear') staged.before = null;
  if (kind === 'vanish' || kind === 'slow-vanish') staged.after = null;
  for (let i = 0; kind === 'teleport' && i < 20; i++) {
    staged.to = place();
    if (Math.hypot(staged.to[0] - from[0], staged.to[1] - from[1]) > 0.6 * Math.max(thing.width, thing.height)) break;
  }
  if (kind === 'scale') {
    staged.factor = dice.chance(0.5) ? dice.between(1.35, 1.9) : 1 / dice.between(1.35, 1.9);
    const resized = sized(thing, staged.factor);
    staged.after = resized;
    staged.to = [from[0] + (thing.width - resized.width) / 2, from[1] + (thing.height - resized.height) / 2];
  }
  return staged;
}

/** Something pasted comes, goes, jumps or changes its size, at once or gradually. Nothing is planted where it would not be seen. */
export function plantThing(kind: ThingKind, site: Site): void {
  const { base, dice, frame, clock, edits, plants } = site;
  const slow = kind === 'slow-appear' || kind === 'slow-vanish';
  let staged: Staged | null = null;
  for (let attempt = 0; attempt < ATTEMPTS && staged === null; attempt++) {
    const drawn = stage(kind, site);
    const [a, b] = [copyOf(site.still), copyOf(site.still)];
    if (drawn.before) paste(a, base, drawn.before, ...drawn.from);
    if (drawn.after) paste(b, base, drawn.after, ...drawn.to);
    if (isSeen(a, b)) staged = drawn;
  }
  if (!staged) return;
  const { before, after, from, to, factor } = staged;
  // One thing in five flies, unless it comes or goes gradually.
  const moves = dice.chance(0.5) ? 0 : dice.chance(0.4) && !slow ? 6 : 1;
  const speed = [moves * dice.between(-0.6, 0.6), moves * dice.between(-0.4, 0.4)];
  const length = slow ? dice.whole(5, 12) : 0;
  const pace = slow && site.uneven ? dice.pick(PACES) : (t: number) => t;
  edits.push({
    // A thing that vanishes or jumps has been there from the start.
    from: before ? 0 : clock,
    to: after ? Number.POSITIVE_INFINITY : clock + length,
    apply: (still, now) => {
      const gone = pace(Math.min(1, Math.max(0, (now - clock + 1) / (length + 1))));
      const share = !slow ? 1 : kind === 'slow-appear' ? gone : 1 - gone;
      const thing = (now >= clock ? after : before) ?? after ?? before!;
      const [x, y] = now >= clock ? to : from;
      const age = Math.min(60, Math.max(-60, now - clock));
      paste(still, base, thing, x + speed[0] * age, y + speed[1] * age, share);
    },
  });
  const [largest, at] = after && factor > 1 ? [after, to] : [(before ?? after)!, from];
  const strength = kind === 'scale' ? Math.max(factor, 1 / factor) : length || 1;
  plants.push({ kind, frame, end: frame + length, strength, box: [at[0], at[1], largest.width, largest.height] });
}

/** An ellipse in another colour and brightness. */
export function plantColour({ base: { width, height }, dice, frame, clock, edits, plants }: Site): void {
  const strength = dice.pick(COLOURS);
  const w = width * dice.between(0.1, 0.25);
  const h = height * dice.between(0.12, 0.3);
  const cx = dice.between(w, width - w);
  const cy = dice.between(h, height - h);
  const shift = [16, 12, 12].map(value => value * strength * (dice.chance(0.5) ? 1 : -1));
  const mask = (div: number) => {
    const shares = new Float32Array((width / div) * (height / div));
    for (let i = 0; i < shares.length; i++) {
      const dx = ((i % (width / div)) * div - cx) / w;
      const dy = (Math.floor(i / (width / div)) * div - cy) / h;
      const inwards = (1 - Math.sqrt(dx * dx + dy * dy)) * Math.min(w, h);
      shares[i] = Math.min(1, Math.max(0, inwards / 3 + 0.5));
    }
    return shares;
  };
  const masks = [mask(1), mask(2)];
  const tint = (plane: Uint8Array, div: number, add: number) => {
    const shares = masks[div - 1];
    for (let i = 0; i < plane.length; i++) {
      if (shares[i] > 0) plane[i] = Math.min(255, Math.max(0, Math.round(plane[i] + add * shares[i])));
    }
  };
  edits.push({
    from: clock,
    to: Number.POSITIVE_INFINITY,
    apply: still => {
      tint(still.y, 1, shift[0]);
      tint(still.u, 2, shift[1]);
      tint(still.v, 2, shift[2]);
    },
  });
  plants.push({ kind: 'colour', frame, end: frame, strength, box: [cx - w, cy - h, 2 * w, 2 * h] });
}

/** The whole picture in another light or framing, until half-way to the next plant, where it changes back. */
export function plantWhole(kind: 'exposure' | 'reframe', { base, dice, frame, clock, gap, edits, plants }: Site): void {
  const half = gap >> 1;
  const plant = (strength: number) => {
    for (const at of [frame + half, frame])
      plants.push({ kind, frame: at, end: at, strength, box: null } satisfies Plant);
  };
  if (kind === 'exposure') {
    const strength = dice.pick(EXPOSURES);
    const gain = dice.chance(0.5) ? strength : 1 / strength;
    edits.push({ from: clock, to: clock + half, apply: still => brighten(still, gain, 0) });
    plant(strength);
    return;
  }
  const { width, height } = base;
  const zoom = dice.between(1.15, 1.5);
  const box: Box = [0, 0, width / zoom, height / zoom];
  box[0] = dice.between(0, width - box[2]);
  box[1] = dice.between(0, height - box[3]);
  const apply = (still: Still) => Object.assign(still, scaled(still, base, box, base));
  edits.push({ from: clock, to: clock + half, apply });
  plant(zoom);
}

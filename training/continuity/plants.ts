import { type Box, copyOf, Dice, type Film, paste, type Still, scaled, sized, thingFrom } from './film.ts';

/** Faults that are planted, and look-alikes that are none. */
export const FAULTS = [
  'appear',
  'vanish',
  'teleport',
  'slow-appear',
  'slow-vanish',
  'colour',
  'exposure',
  'freeze',
  'duplicate',
  'jump',
  'loop',
  'reframe',
  'scale',
] as const;
export type FaultKind = (typeof FAULTS)[number];
export const LOOKALIKES = ['flash', 'occluder', 'enter', 'subtitle', 'whip', 'shake'] as const;
export type LookalikeKind = (typeof LOOKALIKES)[number];

/** What was planted. `frame` is the first frame that differs, `end` the first after the change. */
export interface Plant {
  kind: FaultKind | LookalikeKind;
  frame: number;
  end: number;
  strength: number;
  /** In the film's pixels; null for the whole picture. */
  box: Box | null;
}

/** A change of pixels from some frame on. */
interface Edit {
  from: number;
  to: number;
  apply(still: Still, frame: number): void;
}

const COLOURS = [0.5, 1, 2];
const EXPOSURES = [1.06, 1.12, 1.25];
const HELD_APART = 70;
/** Frames between two plants, at least and at most. */
const APART = [18, 30] as const;

/**
 * A copy of a film with plants at random places, every 18 to 30 frames. Things that are pasted take their texture from
 * another film.
 *
 * @param kinds what may be planted; the same seed gives the same film
 */
export function planted(
  base: Film,
  donor: Film,
  kinds: readonly (FaultKind | LookalikeKind)[],
  seed: string,
): { film: Film; plants: Plant[] } {
  const dice = new Dice(seed);
  const { width, height } = base;
  const order: number[] = [];
  /** Frames that show the one before once more, with everything that is laid over it. */
  const held = new Set<number>();
  const plants: Plant[] = [];
  const edits: Edit[] = [];
  const wanted: (FaultKind | LookalikeKind)[] = [];
  const shuffled = () => [...kinds].sort(() => dice.next() - 0.5);
  let source = 0;
  const play = (count: number) => {
    for (let i = 0; i < count && source < base.frames.length; i++) order.push(source++);
  };
  play(dice.whole(16, 30));
  while (source < base.frames.length - 16) {
    if (wanted.length === 0) wanted.push(...shuffled());
    const kind = wanted.pop()!;
    const frame = order.length;
    const gap = dice.whole(...APART);
    const plant = (strength: number, box: Box | null, length = 0) =>
      plants.push({ kind, frame, end: frame + length, strength, box });
    if (kind === 'freeze' || kind === 'duplicate') {
      // Several of them near each other would be a pattern, which is another fault.
      if (
        plants.some(other => (other.kind === 'freeze' || other.kind === 'duplicate') && frame - other.end < HELD_APART)
      ) {
        continue;
      }
      const count = dice.pick([2, 4, 8]);
      for (let i = 0; i < count; i++) {
        order.push(source - 1);
        held.add(order.length - 1);
      }
      if (kind === 'freeze') source = Math.min(base.frames.length, source + count);
      plant(count, null, count);
    } else if (kind === 'jump') {
      const skip = dice.whole(10, 40);
      if (source + skip + 16 > base.frames.length) continue;
      source += skip;
      plant(skip, null);
    } else if (kind === 'loop') {
      const back = dice.whole(8, Math.min(30, source - 1));
      source -= back;
      plant(back, null);
    } else {
      plantPixels(kind, { base, donor, dice, frame, gap, width, height, edits, plants });
    }
    play(gap);
    if (order.length > 1.6 * base.frames.length) break;
  }
  play(base.frames.length);
  const frames: Still[] = [];
  for (const [frame, index] of order.entries()) {
    if (held.has(frame)) {
      frames.push(frames[frame - 1]);
      continue;
    }
    const active = edits.filter(({ from, to }) => frame >= from && frame < to);
    const still = active.length === 0 ? base.frames[index] : copyOf(base.frames[index]);
    for (const { apply } of active) apply(still, frame);
    frames.push(still);
  }
  return { film: { ...base, frames }, plants: plants.filter(({ end }) => end < frames.length - 6) };
}

interface Site {
  base: Film;
  donor: Film;
  dice: Dice;
  frame: number;
  gap: number;
  width: number;
  height: number;
  edits: Edit[];
  plants: Plant[];
}

function plantPixels(kind: FaultKind | LookalikeKind, site: Site): void {
  const { dice, frame, gap, width, height, edits, plants } = site;
  const size = { width, height };
  const forever = Number.POSITIVE_INFINITY;
  const plant = (strength: number, box: Box | null, length = 0) =>
    plants.push({ kind, frame, end: frame + length, strength, box });
  switch (kind) {
    case 'appear':
    case 'vanish':
    case 'teleport':
    case 'scale':
    case 'slow-appear':
    case 'slow-vanish': {
      const thing = thingFrom(site.donor, size, dice);
      const inside = (side: number, whole: number) =>
        dice.between(0.06 * whole, Math.max(0.07 * whole, 0.94 * whole - side));
      const at: [number, number] = [inside(thing.width, width), inside(thing.height, height)];
      let other = at;
      for (let i = 0; kind === 'teleport' && i < 20; i++) {
        other = [inside(thing.width, width), inside(thing.height, height)];
        if (Math.hypot(other[0] - at[0], other[1] - at[1]) > 0.6 * Math.max(thing.width, thing.height)) break;
      }
      // One thing in five flies, unless it comes or goes gradually.
      const moves = dice.chance(0.5) ? 0 : dice.chance(0.4) && !kind.startsWith('slow') ? 6 : 1;
      const factor = dice.chance(0.5) ? dice.between(1.35, 1.9) : 1 / dice.between(1.35, 1.9);
      const resized = kind === 'scale' ? sized(thing, factor) : thing;
      const speed: [number, number] = [moves * dice.between(-0.6, 0.6), moves * dice.between(-0.4, 0.4)];
      const length = kind.startsWith('slow') ? dice.whole(5, 12) : 0;
      // A thing that vanishes or jumps has been there from the start.
      const from = kind === 'appear' || kind === 'slow-appear' ? frame : 0;
      const to = kind === 'vanish' ? frame : kind === 'slow-vanish' ? frame + length : forever;
      edits.push({
        from,
        to,
        apply: (still, now) => {
          const place = kind === 'teleport' && now >= frame ? other : at;
          const age = Math.min(60, Math.max(-60, now - frame));
          const share =
            kind === 'slow-appear'
              ? Math.min(1, (now - frame + 1) / (length + 1))
              : kind === 'slow-vanish'
                ? Math.min(1, 1 - (now - frame + 1) / (length + 1))
                : 1;
          const shown = now >= frame ? resized : thing;
          const x = place[0] + (thing.width - shown.width) / 2 + speed[0] * age;
          const y = place[1] + (thing.height - shown.height) / 2 + speed[1] * age;
          paste(still, size, shown, x, y, share);
        },
      });
      const largest = factor > 1 ? resized : thing;
      const corner = [at[0] + (thing.width - largest.width) / 2, at[1] + (thing.height - largest.height) / 2] as const;
      plant(
        kind === 'scale' ? Math.max(factor, 1 / factor) : length || 1,
        [...corner, largest.width, largest.height],
        length,
      );
      break;
    }
    case 'colour': {
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
        from: frame,
        to: forever,
        apply: still => {
          tint(still.y, 1, shift[0]);
          tint(still.u, 2, shift[1]);
          tint(still.v, 2, shift[2]);
        },
      });
      plant(strength, [cx - w, cy - h, 2 * w, 2 * h]);
      break;
    }
    case 'exposure': {
      const strength = dice.pick(EXPOSURES);
      const gain = dice.chance(0.5) ? strength : 1 / strength;
      edits.push({ from: frame, to: frame + gap + 3, apply: still => brighten(still, gain, 0) });
      plants.push({ kind, frame: frame + gap + 3, end: frame + gap + 3, strength, box: null });
      plant(strength, null);
      break;
    }
    case 'reframe': {
      const zoom = dice.between(1.15, 1.5);
      const box: Box = [0, 0, width / zoom, height / zoom];
      box[0] = dice.between(0, width - box[2]);
      box[1] = dice.between(0, height - box[3]);
      edits.push({
        from: frame,
        to: frame + gap + 3,
        apply: still => Object.assign(still, scaled(still, size, box, size)),
      });
      plants.push({ kind, frame: frame + gap + 3, end: frame + gap + 3, strength: zoom, box: null });
      plant(zoom, null);
      break;
    }
    case 'flash': {
      const length = dice.whole(1, 3);
      const gain = dice.between(1.25, 2.5);
      edits.push({ from: frame, to: frame + length, apply: still => brighten(still, gain, 8) });
      plant(gain, null, length);
      break;
    }
    case 'occluder':
    case 'enter': {
      const passes = kind === 'occluder';
      const thing = thingFrom(site.donor, size, dice, passes ? 0.25 : 0.15, passes ? 0.6 : 0.4);
      const speed = ((passes ? dice.between(8, 30) : dice.between(3, 14)) * width) / 256;
      const right = dice.chance(0.5);
      const y = dice.between(-0.3 * thing.height, height - 0.7 * thing.height);
      const rest = dice.between(0.3, 0.6) * width;
      const travel = Math.ceil((width + thing.width) / speed);
      edits.push({
        from: frame,
        to: passes ? frame + travel : forever,
        apply: (still, now) => {
          const way = (now - frame) * speed;
          const x = right ? -thing.width + way : width - way;
          const place = passes ? x : right ? Math.min(x, rest) : Math.max(x, rest);
          paste(still, size, thing, place, y);
        },
      });
      plant(speed, null, travel);
      break;
    }
    case 'subtitle': {
      const length = dice.whole(20, 60);
      const letters: Box[] = [];
      const lines = dice.whole(1, 2);
      const glyph = Math.max(3, Math.round(height * 0.04));
      for (let line = 0; line < lines; line++) {
        for (let x = width * dice.between(0.12, 0.3); x < width * dice.between(0.7, 0.88); x += glyph * 0.9) {
          if (dice.chance(0.15)) continue;
          letters.push([Math.round(x), Math.round(height * 0.84 + line * glyph * 1.5), dice.whole(1, 2), glyph]);
          letters.push([
            Math.round(x),
            Math.round(height * 0.84 + line * glyph * 1.5 + dice.between(0, glyph)),
            Math.round(glyph * 0.6),
            1,
          ]);
        }
      }
      edits.push({
        from: frame,
        to: frame + length,
        apply: still => {
          for (const [x, y, w, h] of letters) {
            for (let row = Math.max(0, y); row < Math.min(height, y + h); row++) {
              still.y.fill(235, row * width + x, row * width + Math.min(width, x + w));
            }
          }
        },
      });
      plant(letters.length, null, length);
      break;
    }
    case 'whip':
    case 'shake': {
      const zoom = 0.72;
      const span = kind === 'whip' ? 30 : 24;
      const room = [width * (1 - zoom), height * (1 - zoom)];
      const start = [dice.next() * room[0], dice.next() * room[1]];
      const offsets = Array.from({ length: span + 1 }, (_, i) => {
        if (kind === 'shake') return [room[0] * dice.between(0.3, 0.7), room[1] * dice.between(0.3, 0.7)];
        const t = Math.min(1, Math.max(0, (i - 12) / 6));
        const share = t * t * (3 - 2 * t);
        return [start[0] * (1 - share) + (room[0] - start[0]) * share, start[1]];
      });
      // The crop itself begins and ends with a zoom of thirty frames each, so that only the motion is new.
      const ease = 30;
      const from = Math.max(0, frame - ease);
      edits.push({
        from,
        to: frame + span + ease,
        apply: (still, now) => {
          const inside = now - frame;
          const share =
            inside < 0 ? (now - from) / Math.max(1, frame - from) : inside > span ? 1 - (inside - span) / ease : 1;
          const [x, y] = offsets[Math.min(span, Math.max(0, inside))];
          const z = 1 - (1 - zoom) * share;
          Object.assign(still, scaled(still, size, [x * share, y * share, width * z, height * z], size));
        },
      });
      plant(1, null, span);
      break;
    }
  }
}

function brighten(still: Still, gain: number, lift: number): void {
  for (let i = 0; i < still.y.length; i++) still.y[i] = Math.min(255, Math.round(still.y[i] * gain + lift));
  for (const plane of [still.u, still.v]) {
    for (let i = 0; i < plane.length; i++) {
      plane[i] = Math.min(255, Math.max(0, Math.round((plane[i] - 128) * gain + 128)));
    }
  }
}

import { type Box, paste, scaled, thingFrom } from './film.ts';
import { brighten, type LookalikeKind, type Site } from './plant.ts';

/** Plants what looks like a fault and is none. */
export function plantLookalike(kind: LookalikeKind, site: Site): void {
  const { dice, frame, clock, edits, plants } = site;
  const { width, height } = site.base;
  const size = { width, height };
  const forever = Number.POSITIVE_INFINITY;
  const plant = (strength: number, box: Box | null, length = 0) =>
    plants.push({ kind, frame, end: frame + length, strength, box });
  switch (kind) {
    case 'flash': {
      const length = dice.whole(1, 3);
      const gain = dice.between(1.25, 2.5);
      edits.push({ from: clock, to: clock + length, apply: still => brighten(still, gain, 8) });
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
        from: clock,
        to: passes ? clock + travel : forever,
        apply: (still, now) => {
          const way = (now - clock) * speed;
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
        from: clock,
        to: clock + length,
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
      const from = Math.max(0, clock - ease);
      edits.push({
        from,
        to: clock + span + ease,
        apply: (still, now) => {
          const inside = now - clock;
          const share =
            inside < 0 ? (now - from) / Math.max(1, clock - from) : inside > span ? 1 - (inside - span) / ease : 1;
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

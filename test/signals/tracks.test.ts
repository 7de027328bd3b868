import { describe, expect, it } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import { type Faces, IDENTITY_LENGTH, type Identities } from '../../src/landmarks.ts';
import { type Row, TableBuilder } from '../../src/observers/vision/table.ts';
import { assign } from '../../src/signals/assignment.ts';
import { linkTracks } from '../../src/signals/tracks.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';
import type { Shot } from '../../src/signals.ts';

const clip = { video: { fps: { num: 25, den: 1 } } } as Pick<ClipFacts, 'video'>;
const whole: Shot[] = [{ id: 's1', start: 0, end: 100 }];

/** A face at a place, seen along a chain of frames that the observer followed. */
interface Seen {
  x: number;
  y?: number;
  side?: number;
  lineage?: number;
  presence?: number;
}

/** Five points spread over the square. */
function row({ x, y = 100, side = 60, lineage = 0, presence = 1 }: Seen): Row {
  const points = new Float32Array(15);
  for (let k = 0; k < 5; k++) points.set([x + side * 0.1 * (k - 2), y + side * 0.08 * ((k * 3) % 5), 0], 3 * k);
  return { lineage, presence, sharpness: 0.3, place: [x, y, side], points, extra: { pose: [0, 0, 0] } };
}

function table(frames: number, seen: (frame: number) => Seen[], step = 1): Faces {
  const builder = new TableBuilder({
    points: 5,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 8,
    step,
  });
  for (let frame = 0; frame < frames; frame += step) builder.add(frame, seen(frame).map(row));
  return builder.finish() as unknown as Faces;
}

/** Identity samples: who is seen in which frame along which lineage. Persons look unlike each other, samples vary a little. */
function identities(samples: { frame: number; lineage: number; person: number }[]): Identities {
  const vectors = new Int16Array(samples.length * IDENTITY_LENGTH);
  samples.forEach(({ person }, k) => {
    for (let i = 0; i < IDENTITY_LENGTH; i++) {
      const own = Math.sin((i + 1) * (person + 1) * 12.9898);
      const noise = Math.sin((i + 1) * (k + 7) * 78.233);
      vectors[k * IDENTITY_LENGTH + i] = Math.round(900 * (own + 0.3 * noise));
    }
  });
  return {
    frames: Uint32Array.from(samples, ({ frame }) => frame),
    lineage: Uint32Array.from(samples, ({ lineage }) => lineage),
    place: new Float32Array(samples.length * 3),
    vectors,
  };
}

describe('assign', () => {
  it('finds the least total cost, as trying everything does', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    for (let round = 0; round < 60; round++) {
      const rows = 1 + (round % 4);
      const columns = 1 + ((round * 7) % 4);
      const cost = Array.from({ length: rows * columns }, () => (random() < 0.25 ? Infinity : random() - 0.3));
      const total = (columnOf: number[]) => {
        let sum = 0;
        columnOf.forEach((column, r) => {
          // Leaving a row alone costs more than any pair.
          sum += column < 0 ? 100 : cost[r * columns + column];
        });
        return sum;
      };
      let best = Infinity;
      const search = (r: number, chosen: number[]) => {
        if (r === rows) {
          best = Math.min(best, total(chosen));
          return;
        }
        search(r + 1, [...chosen, -1]);
        for (let c = 0; c < columns; c++)
          if (!chosen.includes(c) && Number.isFinite(cost[r * columns + c])) search(r + 1, [...chosen, c]);
      };
      search(0, []);
      expect(total(assign(cost, rows, columns))).toBeCloseTo(best, 9);
    }
  });

  it('takes nothing and nothing but forbidden pairs', () => {
    expect(assign([], 0, 0)).toEqual([]);
    expect(assign([Infinity, Infinity], 2, 1)).toEqual([-1, -1]);
  });
});

describe('tracks by landmarks', () => {
  it('follow two things that pass near each other', () => {
    const faces = table(50, frame => [
      { x: 100 + 8 * frame, y: 80 },
      { x: 500 - 8 * frame, y: 160 },
    ]);
    const tracks = linkTracks('f', clip, whole, faces);
    expect(tracks.map(({ id, start, end }) => [id, start, end])).toEqual([
      ['f1', 0, 50],
      ['f2', 0, 50],
    ]);
    for (const track of tracks) {
      const ys = [...track.rows].map(r => faces.place[3 * r + 1]);
      expect(new Set(ys).size).toBe(1);
    }
  });

  it('never cross a shot boundary', () => {
    const faces = table(40, () => [{ x: 200 }]);
    const shots = [
      { id: 's1', start: 0, end: 17 },
      { id: 's2', start: 17, end: 40 },
    ];
    const tracks = linkTracks('f', clip, shots, faces);
    expect(tracks.map(({ shot, start, end }) => [shot, start, end])).toEqual([
      ['s1', 0, 17],
      ['s2', 17, 40],
    ]);
  });

  it('survive an occlusion as long as allowed, and no longer', () => {
    const hidden = (from: number, to: number) =>
      table(100, frame => (frame >= from && frame < to ? [] : [{ x: 200 + frame, lineage: frame < from ? 1 : 2 }]));
    expect(linkTracks('f', clip, whole, hidden(40, 50), { gapSeconds: 0.5 })).toHaveLength(1);
    expect(linkTracks('f', clip, whole, hidden(40, 60), { gapSeconds: 0.5 })).toHaveLength(2);
    expect(linkTracks('f', clip, whole, hidden(40, 60), { gapSeconds: 1 })).toHaveLength(1);
  });

  it('leave out what is barely present or seen for a moment only', () => {
    const faces = table(30, frame => [
      { x: 100 },
      { x: 400, presence: 0.6 },
      ...(frame === 12 || frame === 13 ? [{ x: 250 }] : []),
    ]);
    const tracks = linkTracks('f', clip, whole, faces, { leastPresence: 0.7 });
    expect(tracks).toHaveLength(1);
  });

  it('understand sampled clips', () => {
    const faces = table(99, frame => [{ x: 100 + frame }], 4);
    const [track] = linkTracks('f', clip, [{ id: 's1', start: 2, end: 99 }], faces);
    expect(track.frames[0]).toBe(4);
    expect(track.frames).toHaveLength(24);
  });

  it('give the same answer for a crowd that flickers', () => {
    const faces = table(100, frame =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter(k => (frame * 5 + k * 3) % 7 > 1).map(k => ({ x: 80 * k, y: 60 + 10 * k })),
    );
    const tracks = linkTracks('f', clip, whole, faces);
    expect(tracks).toHaveLength(8);
    expect(tracks).toEqual(linkTracks('f', clip, whole, faces));
  });
});

describe('tracks of faces', () => {
  const sampled = (person: (frame: number) => number, lineage: (frame: number) => number) =>
    [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map(frame => ({ frame, lineage: lineage(frame), person: person(frame) }));

  it('do not bridge a gap to somebody else in the same place', () => {
    const faces = table(100, frame => (frame > 44 && frame < 50 ? [] : [{ x: 200, lineage: frame < 47 ? 1 : 2 }]));
    const lineage = (frame: number) => (frame < 47 ? 1 : 2);
    const same = faceTracks(clip, whole, faces, identities(sampled(() => 1, lineage)));
    const other = faceTracks(clip, whole, faces, identities(sampled(frame => (frame < 47 ? 1 : 2), lineage)));
    expect(same).toHaveLength(1);
    expect(same[0].samples).toHaveLength(10);
    expect(other.map(({ start, end }) => [start, end])).toEqual([
      [0, 45],
      [50, 100],
    ]);
  });

  it('split where the face that was followed jumped to another person', () => {
    const faces = table(100, frame => [{ x: frame < 55 ? 200 : 225, lineage: frame < 55 ? 1 : 2 }]);
    const samples = sampled(
      frame => (frame < 55 ? 1 : 2),
      frame => (frame < 55 ? 1 : 2),
    );
    const tracks = faceTracks(clip, whole, faces, identities(samples));
    expect(tracks.map(({ start, end }) => [start, end])).toEqual([
      [0, 55],
      [55, 100],
    ]);
  });

  it('keep a face that changes in itself, and say where', () => {
    const faces = table(100, frame => [{ x: 200 + 0.2 * frame, lineage: 1 }]);
    const samples = sampled(
      frame => (frame < 55 ? 1 : 2),
      () => 1,
    );
    const [track, ...others] = faceTracks(clip, whole, faces, identities(samples));
    expect(others).toHaveLength(0);
    expect(track.changes).toHaveLength(1);
    expect(track.changes[0].frame).toBe(60);
    expect(track.changes[0].cosine).toBeLessThan(0.3);
  });

  it('take up somebody who comes back elsewhere, and only them', () => {
    const faces = table(100, frame => {
      if (frame < 35) return [{ x: 100, lineage: 1 }];
      if (frame < 55) return [];
      return [{ x: 600, lineage: 2 }];
    });
    const lineage = (frame: number) => (frame < 45 ? 1 : 2);
    const present = (s: { frame: number }) => s.frame < 35 || s.frame >= 55;
    const back = faceTracks(clip, whole, faces, identities(sampled(() => 3, lineage).filter(present)));
    const stranger = faceTracks(
      clip,
      whole,
      faces,
      identities(sampled(f => (f < 45 ? 3 : 4), lineage).filter(present)),
    );
    expect(back).toHaveLength(1);
    expect(stranger).toHaveLength(2);
    expect(faceTracks(clip, whole, faces, null)).toHaveLength(2);
  });

  it('do not swap two people whose faces cross', () => {
    // Both are followed wrongly after the crossing: lineages stay with the place, persons change sides.
    const faces = table(100, frame => [
      { x: 200 + Math.min(60, Math.abs(frame - 50)), lineage: 1 },
      { x: 200 - Math.min(60, Math.abs(frame - 50)) - 5, lineage: 2 },
    ]);
    const samples = [0, 10, 20, 30, 70, 80, 90].flatMap(frame => [
      { frame, lineage: 1, person: frame < 50 ? 1 : 2 },
      { frame, lineage: 2, person: frame < 50 ? 2 : 1 },
    ]);
    const known = identities(samples);
    const tracks = faceTracks(clip, whole, faces, known);
    for (const track of tracks) {
      const persons = new Set(track.samples.map(k => samples[k].person));
      expect(persons.size).toBe(1);
    }
  });
});

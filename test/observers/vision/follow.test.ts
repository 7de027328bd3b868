import { expect, it } from 'vitest';
import type { Edge } from '../../../src/observers/vision/crop.ts';
import type { Eye, Sighting } from '../../../src/observers/vision/eye.ts';
import { type Cadence, Follower } from '../../../src/observers/vision/follow.ts';
import type { Square } from '../../../src/observers/vision/square.ts';
import { Views } from '../../../src/observers/vision/views.ts';
import { grey, paint } from '../pictures.ts';

const FRAMES = 48;
const CADENCE: Cadence = { whole: 4, idle: 2, tile: 6, tilesAcross: 2, memory: 8 };
const hand: Square = { x: 100, y: 90, side: 40, angle: 0 };
const foot: Square = { x: 260, y: 150, side: 40, angle: 0 };

/** Sees things that lie still, and counts how often it is asked to search. */
class StillEye implements Eye<Sighting> {
  readonly limit = 4;
  readonly beyond: readonly Edge[] = ['repeat', 'black'];
  searches = 0;
  readonly #things: readonly Square[];

  constructor(things: readonly Square[]) {
    this.#things = things;
  }

  async detect(_picture: unknown, area: Square) {
    this.searches++;
    const half = area.side / 2;
    return this.#things
      .filter(({ x, y }) => Math.abs(x - area.x) < half && Math.abs(y - area.y) < half)
      .map(square => ({ square, sure: true }));
  }

  async measure(_picture: unknown, square: Square): Promise<Sighting | null> {
    const thing = this.#things.find(({ x, y, side }) => Math.hypot(x - square.x, y - square.y) < side / 2);
    if (thing === undefined) return null;
    return { square: thing, points: Float32Array.of(thing.x, thing.y, 0), presence: 1, sharpness: 1 };
  }

  next = ({ square }: Sighting): Square => square;
  confirms = (): boolean => true;
  same = (a: Sighting, b: Sighting): boolean => a.square === b.square;
}

async function follow(things: readonly Square[], hints: readonly Square[]) {
  const eye = new StillEye(things);
  const follower = new Follower(eye, { width: 320, height: 180 }, CADENCE);
  const views = new Views();
  const picture = paint(320, 180, grey(90));
  const seen: number[] = [];
  for (let index = 0; index < FRAMES; index++) {
    views.load({ index, analysis: picture, small: picture });
    seen.push((await follower.look(views, index === 0, hints)).length);
  }
  return { searches: eye.searches, seen };
}

const around = (square: Square): Square => ({ ...square, side: 80 });

it('searches half as often where every hint is answered by what is followed', async () => {
  const without = await follow([hand], []);
  const answered = await follow([hand], [around(hand)]);
  expect([...without.seen, ...answered.seen].every(count => count === 1)).toBe(true);
  // One whole search in four frames and a tile in six; half of each.
  expect(answered.searches).toBeLessThan(0.65 * without.searches);
  expect(answered.searches).toBeGreaterThan(0.4 * without.searches);
});

it('searches as ever, and where the hint says, when one is not answered', async () => {
  const without = await follow([hand], []);
  const open = await follow([hand], [around(hand), around(foot)]);
  expect(open.searches).toBeGreaterThan(without.searches);
});

it('goes on finding what nothing hints at', async () => {
  expect((await follow([hand, foot], [around(hand)])).seen.at(-1)).toBe(2);
});

it('visits every tile in its turn at either rate', async () => {
  // Seen from within its tile only: the whole picture is too far away for it.
  for (const hints of [[], [around(hand)]]) {
    const eye = new StillEye([hand]);
    const areas = new Set<string>();
    const detect = eye.detect.bind(eye);
    eye.detect = async (picture, area) => {
      areas.add(`${area.x},${area.y}`);
      return detect(picture, area);
    };
    const follower = new Follower(eye, { width: 320, height: 180 }, { ...CADENCE, tile: 1 });
    const views = new Views();
    const picture = paint(320, 180, grey(90));
    for (let index = 0; index < 24; index++) {
      views.load({ index, analysis: picture, small: picture });
      if (index === 1) areas.clear();
      await follower.look(views, index === 0, hints);
    }
    expect(areas.size).toBeGreaterThanOrEqual(6);
  }
});

it('sees a new picture from further away with everything around it, later ones with one after the other', async () => {
  const eye = new StillEye([]);
  const edges: string[][] = [];
  const detect = eye.detect.bind(eye);
  eye.detect = async (picture: unknown, area: Square, _chance?: boolean, edge?: Edge) => {
    if (edge !== undefined) edges.at(-1)?.push(edge);
    return detect(picture, area);
  };
  const follower = new Follower(eye, { width: 320, height: 180 }, { ...CADENCE, idle: 1 });
  const views = new Views();
  const picture = paint(320, 180, grey(90));
  for (let index = 0; index < 4; index++) {
    edges.push([]);
    views.load({ index, analysis: picture, small: picture });
    await follower.look(views, index === 0);
  }
  expect(edges[0]).toEqual(['repeat', 'black']);
  expect(edges.slice(1)).toEqual([['repeat'], ['black'], ['repeat']]);
});

it('follows two that cross each other: one while they cover each other, two before and after, neither twice', async () => {
  const at = (index: number): Square[] => [
    { x: 60 + 5 * index, y: 90, side: 40, angle: 0 },
    { x: 260 - 5 * index, y: 94, side: 40, angle: 0 },
  ];
  let now = at(0);
  const eye = new StillEye([]);
  eye.detect = async (_picture: unknown, area: Square) =>
    now
      .filter(({ x, y }) => Math.max(Math.abs(x - area.x), Math.abs(y - area.y)) < area.side / 2)
      .map(square => ({ square, sure: true }));
  // Whoever is nearest to the middle of the crop is what is seen in it.
  eye.measure = async (_picture: unknown, square: Square) => {
    const away = ({ x, y }: Square) => Math.hypot(x - square.x, y - square.y);
    const [thing] = [...now].sort((a, b) => away(a) - away(b));
    if (away(thing) > thing.side / 2) return null;
    return { square: thing, points: Float32Array.of(thing.x, thing.y, 0), presence: 1, sharpness: 1 };
  };
  eye.same = (a: Sighting, b: Sighting) => Math.hypot(a.points[0] - b.points[0], a.points[1] - b.points[1]) < 10;
  const follower = new Follower(eye, { width: 320, height: 180 }, CADENCE);
  const views = new Views();
  const picture = paint(320, 180, grey(90));
  const counts: number[] = [];
  for (let index = 0; index < 40; index++) {
    now = at(index);
    views.load({ index, analysis: picture, small: picture });
    const found = await follower.look(views, index === 0);
    expect(new Set(found.map(({ lineage }) => lineage)).size).toBe(found.length);
    expect(new Set(found.map(({ seen }) => seen.square)).size).toBe(found.length);
    counts.push(found.length);
  }
  expect(counts.slice(0, 15).every(count => count === 2)).toBe(true);
  expect(Math.min(...counts)).toBe(1);
  expect(counts.slice(30).every(count => count === 2)).toBe(true);
});

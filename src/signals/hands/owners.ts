import { type Bodies, type Faces, firstAtLeast, type Hands, pointOf, rowsOf } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import { assign } from '../assignment.ts';

/** A hand that nobody in the picture can own, in one frame. */
export interface Ownerless {
  frame: number;
  /** Row of the hand table. */
  row: number;
}

/** What was asked of the hands of a shot. */
export interface OwnerAnswers {
  /** Hands that nobody can own. */
  ownerless: Ownerless[];
  /** Frames in which every wrist of everybody was accounted for, so that the question could be asked. */
  asked: number[];
}

/** Presence below which a hand may be a patch of something else. */
const SURE_HAND = 0.9;
/** Visibility (0–1) from which the place of a body's joint is believed. */
const SURE_JOINT = 0.5;
/** A wrist of the body and one of a hand are the same within this share of the forearm or of the hand, whichever is longer. */
const SAME_WRIST = { forearm: 0.5, hand: 1 } as const;
/** Sizes of an owned hand that a further hand of the same people may have; others are nearer, further off, or no hands. */
const LIKE = { least: 0.5, most: 1.8 } as const;
/** Hands nearer than this, palm to palm in sizes of the larger one, may be one hand seen twice. */
const TWICE = 1.2;
/** Behind the wrist so many sizes of the hand must be in the picture: an arm from outside belongs to someone outside. */
const FOREARM = 2.5;
/** A hand of people who are seen lies within the extent of a body, so many sizes of the hand around it; beyond, somebody else may stand. */
const AROUND_BODY = 0.5;
/** A face without a body within so many of its sides means that somebody was not measured. */
const ON_BODY = 1;

interface SeenHand {
  row: number;
  wrist: readonly [number, number];
  palm: readonly [number, number];
  size: number;
}

/**
 * Hands that no wrist leads to, in the frames where that can be known: nobody who is seen elsewhere in the shot is hidden, every
 * face has its body, both wrists of every body are seen, inside the picture and have a hand each, and the arm of the hand
 * that is left over does not come from outside.
 * @param picture width and height in source pixels
 */
export function ownerlessHands(
  shot: Pick<Shot, 'start' | 'end'>,
  { hands, bodies, faces }: { hands: Hands; bodies: Bodies; faces: Faces },
  picture: { width: number; height: number },
): OwnerAnswers {
  const answers: OwnerAnswers = { ownerless: [], asked: [] };
  const most = Math.max(mostAtOnce(bodies, shot), mostAtOnce(faces, shot));
  for (let k = firstAtLeast(bodies.frames, shot.start); k < bodies.frames.length && bodies.frames[k] < shot.end; k++) {
    const frame = bodies.frames[k];
    const people = range(bodies, frame);
    if (people.length === 0 || people.length < most || !everyFaceHasABody(faces, bodies, frame, people)) continue;
    const seen = range(hands, frame).flatMap(row => (hands.presence[row] >= SURE_HAND ? [seenHand(hands, row)] : []));
    const left = leftOver(bodies, people, seen, picture);
    if (left === null) continue;
    answers.asked.push(frame);
    for (const { row } of left) answers.ownerless.push({ frame, row });
  }
  return answers;
}

/** Hands beyond those at the wrists; null where a wrist has none, so that nothing can be said. */
function leftOver(
  bodies: Bodies,
  people: readonly number[],
  seen: readonly SeenHand[],
  picture: { width: number; height: number },
): SeenHand[] | null {
  const inside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < picture.width && y < picture.height;
  const wrists = people.flatMap(person => [
    { at: pointOf(bodies, person, 15), elbow: pointOf(bodies, person, 13), sure: bodies.visibility[33 * person + 15] },
    { at: pointOf(bodies, person, 16), elbow: pointOf(bodies, person, 14), sure: bodies.visibility[33 * person + 16] },
  ]);
  if (seen.length < wrists.length) return null;
  if (wrists.some(({ at, sure }) => sure < SURE_JOINT * 255 || !inside(at[0], at[1]))) return null;
  const cost = wrists.flatMap(({ at, elbow }) =>
    seen.map(({ wrist, size }) => {
      const reach = Math.max(
        SAME_WRIST.forearm * Math.hypot(at[0] - elbow[0], at[1] - elbow[1]),
        SAME_WRIST.hand * size,
      );
      const apart = Math.hypot(wrist[0] - at[0], wrist[1] - at[1]);
      return apart > reach ? Number.POSITIVE_INFINITY : apart;
    }),
  );
  const columns = assign(cost, wrists.length, seen.length);
  if (columns.some(column => column < 0)) return null;
  const owned = columns.map(column => seen[column]);
  const sizes = owned.map(({ size }) => size).sort((a, b) => a - b);
  const usual = sizes[sizes.length >> 1];
  return seen.filter(
    hand =>
      !owned.includes(hand) &&
      hand.size >= LIKE.least * usual &&
      hand.size <= LIKE.most * usual &&
      seen.every(other => other === hand || apartEnough(hand, other)) &&
      inside(...elbowOf(hand)) &&
      people.some(person => within(bodies, person, hand)),
  );
}

/** Whether a hand lies within the extent of a body's visible points. */
function within(bodies: Bodies, person: number, { palm: [x, y], size }: SeenHand): boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let point = 0; point < bodies.points; point++) {
    if (bodies.visibility[bodies.points * person + point] < SURE_JOINT * 255) continue;
    const [px, py] = pointOf(bodies, person, point);
    [left, top, right, bottom] = [Math.min(left, px), Math.min(top, py), Math.max(right, px), Math.max(bottom, py)];
  }
  const room = AROUND_BODY * size;
  return x > left - room && x < right + room && y > top - room && y < bottom + room;
}

const apartEnough = (a: SeenHand, b: SeenHand): boolean =>
  Math.hypot(a.palm[0] - b.palm[0], a.palm[1] - b.palm[1]) > TWICE * Math.max(a.size, b.size);

/** About where the forearm of a straight arm comes from. */
const elbowOf = ({ wrist, palm }: SeenHand): [number, number] => {
  const [x, y] = [wrist[0] - palm[0], wrist[1] - palm[1]];
  // The palm's middle lies half a hand size from the wrist.
  return [wrist[0] + 2 * FOREARM * x, wrist[1] + 2 * FOREARM * y];
};

function seenHand(hands: Hands, row: number): SeenHand {
  const at = (point: number) => pointOf(hands, row, point);
  const [wrist, index, middle, little] = [at(0), at(5), at(9), at(17)];
  const length = Math.hypot(middle[0] - wrist[0], middle[1] - wrist[1]);
  const width = Math.hypot(index[0] - little[0], index[1] - little[1]);
  return {
    row,
    wrist: [wrist[0], wrist[1]],
    palm: [(wrist[0] + middle[0]) / 2, (wrist[1] + middle[1]) / 2],
    size: Math.max(length, 1.1 * width, 1e-6),
  };
}

/** Whether everybody whose face is seen was measured as a body too. */
function everyFaceHasABody(faces: Faces, bodies: Bodies, frame: number, people: readonly number[]): boolean {
  return range(faces, frame).every(face => {
    const [x, y, side] = faces.place.subarray(3 * face, 3 * face + 3);
    return people.some(person => {
      const [nx, ny] = pointOf(bodies, person, 0);
      return Math.hypot(nx - x, ny - y) < ON_BODY * side;
    });
  });
}

/** Most things of a kind in one frame of a shot. */
function mostAtOnce({ frames, rows }: Bodies | Faces, { start, end }: Pick<Shot, 'start' | 'end'>): number {
  let most = 0;
  for (let k = firstAtLeast(frames, start); k < frames.length && frames[k] < end; k++)
    most = Math.max(most, rows[k + 1] - rows[k]);
  return most;
}

/** Rows of a frame. */
function range(table: Hands | Bodies | Faces, frame: number): number[] {
  const rows = rowsOf(table, frame);
  return rows === null ? [] : Array.from({ length: rows[1] - rows[0] }, (_, k) => rows[0] + k);
}

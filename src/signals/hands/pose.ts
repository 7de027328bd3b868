import { FINGERS } from '../../observers/hand-crop.ts';
import { HIGH, LOW, USUAL } from './pose-limits.ts';

type Place = readonly [number, number, number];

/**
 * The shape of a hand in figures that do not depend on where it is or how it is turned: bone lengths in sizes of the hand (wrist to
 * middle knuckle), bends at the joints in degrees, how far the last bone of a finger leaves the plane in which the finger bends,
 * angles between neighbouring fingers, distances of their knuckles.
 * @param world 21 × (x, y, z) in metres
 */
export function poseFigures(world: ArrayLike<number>): number[] {
  const at = (k: number): Place => [world[3 * k], world[3 * k + 1], world[3 * k + 2]];
  const size = length(minus(at(9), at(0))) + 1e-6;
  const out: number[] = [];
  for (const joints of FINGERS) {
    const bones = bonesOf(joints, at);
    // The bone that the size is measured by says nothing.
    for (const [k, bone] of bones.entries()) if (k > 0 || joints !== FINGERS[2]) out.push(length(bone) / size);
    for (let k = 0; k < 3; k++) out.push(angle(bones[k], bones[k + 1]));
    const plane = cross(unit(bones[1]), unit(bones[2]));
    // The plane of a straight finger is not known.
    out.push(length(plane) > 0.2 ? Math.abs(90 - angle(plane, bones[3])) : 0);
  }
  for (let finger = 1; finger < 4; finger++) {
    const [a, b] = [FINGERS[finger], FINGERS[finger + 1]];
    out.push(angle(minus(at(a[1]), at(a[0])), minus(at(b[1]), at(b[0]))));
    out.push(length(minus(at(a[0]), at(b[0]))) / size);
  }
  return out;
}

/** Bends at the three joints of every finger, degrees, thumb first. */
export function jointBends(world: ArrayLike<number>): number[] {
  const at = (k: number): Place => [world[3 * k], world[3 * k + 1], world[3 * k + 2]];
  return FINGERS.flatMap(joints => {
    const bones = bonesOf(joints, at);
    return [0, 1, 2].map(k => angle(bones[k], bones[k + 1]));
  });
}

/** The four bones of a finger from the wrist on. */
const bonesOf = (joints: readonly number[], at: (k: number) => Place): Place[] =>
  [0, ...joints].slice(0, 4).map((from, k) => minus(at(joints[k]), at(from)));

/** Metres from wrist to middle knuckle below which the points of a hand were not measured. */
const LEAST_SIZE = 0.02;

/** How far the strangest figure of a hand lies outside what real hands show, in their standard deviations; 0 inside. */
export function poseStrangeness(world: ArrayLike<number>): number {
  if (Math.hypot(world[27] - world[0], world[28] - world[1], world[29] - world[2]) < LEAST_SIZE) return 0;
  return poseFigures(world).reduce(
    (most, value, k) => Math.max(most, (LOW[k] - value) / USUAL[k], (value - HIGH[k]) / USUAL[k]),
    0,
  );
}

const minus = (a: Place, b: Place): Place => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Place, b: Place): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const length = (a: Place): number => Math.sqrt(dot(a, a));
const unit = (a: Place): Place => {
  const n = length(a) + 1e-9;
  return [a[0] / n, a[1] / n, a[2] / n];
};
const cross = (a: Place, b: Place): Place => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const angle = (a: Place, b: Place): number =>
  (Math.acos(Math.min(1, Math.max(-1, dot(unit(a), unit(b))))) * 180) / Math.PI;

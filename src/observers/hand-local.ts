import { extendedFingers, FINGERS, handSize } from './hand-crop.ts';
import { along, hullOf, nearBones, outside, toSegment } from './hand-geometry.ts';
import { assignTips } from './hand-match.ts';

/** Maps of the local network as probabilities, row-major, `size / 2` cells a side. */
export interface LocalMaps {
  tip: Float32Array;
  bone: Float32Array;
  web: Float32Array;
  damage: Float32Array;
  /** Cells along a side. */
  grid: number;
}

/** What the maps say of one hand, each 0–1. */
export interface LocalReading {
  /** A fingertip that no landmark accounts for, the finger below it, and where it is in crop pixels. */
  extra: number;
  stem: number;
  /** Distance of that tip from the nearest bone of the landmarks in sizes of the hand. */
  apart: number;
  /** How well the tips of extended fingers are seen, median. */
  tips: number;
  extraX: number;
  extraY: number;
  /** An extended finger of the landmarks whose tip / whose length nothing is seen of. */
  tipless: number;
  boneless: number;
  /** Two neighbouring extended fingers with nothing seen between them. */
  webless: number;
  /** Damage: mean of the strongest cells on the hand. */
  damage: number;
  /** Extended fingers of a hand whose palm or back is turned to the camera, 0–5; 0 of one seen from its edge. */
  open: number;
  /** Smallest gap between the tips of two neighbours of the four fingers, in sizes of the hand. */
  spread: number;
}

/** Peaks of the tip map below this are no fingertips. */
const LEAST_PEAK = 0.15;
/** Lengths in sizes of the hand. */
const PEAK_APART = 0.12;
const BESIDE_SEGMENT = 0.14;
const FOLDED_AROUND = 0.17;
const OUTSIDE_HULL = 0.7;
const OTHER_HAND = 0.3;
/** A finger of this hand is no further from its landmarks than this. */
const FAR = 0.65;
/** A finger must be seen for so long below its tip. */
const STEM = 0.42;
/** Tips lie at least so far from the wrist along the palm's axis. */
const BEYOND_WRIST = 0.35;
/** Width of a palm over its length from which fingers do not hide each other. */
const FLAT = 0.45;
/** Strongest cells of the damage map that count, as a share of the cells on the hand. */
const DAMAGED = 0.04;

/** Largest value of a map within a radius (crop pixels) of a position. */
function most(map: Float32Array, grid: number, x: number, y: number, radius: number): number {
  let best = 0;
  const r = radius / 2;
  const [cx, cy] = [x / 2 - 0.5, y / 2 - 0.5];
  for (let j = Math.max(0, Math.ceil(cy - r)); j <= Math.min(grid - 1, cy + r); j++)
    for (let i = Math.max(0, Math.ceil(cx - r)); i <= Math.min(grid - 1, cx + r); i++)
      if ((i - cx) ** 2 + (j - cy) ** 2 <= r * r) best = Math.max(best, map[j * grid + i]);
  return best;
}

/** A fingertip of the map: position in crop pixels and height. */
export interface Peak {
  x: number;
  y: number;
  value: number;
}

/** Local maxima of the tip map, highest first, none nearer to a higher one than `apart` crop pixels. */
export function peaksOf(map: Float32Array, grid: number, apart: number): Peak[] {
  const found: Peak[] = [];
  for (let j = 1; j < grid - 1; j++)
    for (let i = 1; i < grid - 1; i++) {
      const k = j * grid + i;
      const value = map[k];
      if (value < LEAST_PEAK) continue;
      let highest = true;
      for (const o of [-grid - 1, -grid, -grid + 1, -1]) if (map[k + o] >= value) highest = false;
      for (const o of [1, grid - 1, grid, grid + 1]) if (map[k + o] > value) highest = false;
      if (highest) found.push({ x: 2 * i + 1, y: 2 * j + 1, value });
    }
  found.sort((a, b) => b.value - a.value);
  const kept: Peak[] = [];
  for (const peak of found) if (kept.every(p => Math.hypot(p.x - peak.x, p.y - peak.y) > apart)) kept.push(peak);
  return kept;
}

/**
 * Reads the maps of one hand against its landmarks.
 * @param points x, y pairs in crop pixels
 * @param others landmarks of other hands in the same crop pixels
 * @param inside whether a crop position lies in the picture
 */
export function readLocal(
  maps: LocalMaps,
  points: Float32Array,
  others: readonly Float32Array[],
  inside: (x: number, y: number) => boolean,
): LocalReading {
  const size = handSize(points);
  const extended = extendedFingers(points);
  const extra = extraTip(maps, points, extended, size, others, inside);
  return {
    ...extra,
    ...absence(maps, points, extended, size, inside),
    damage: strongestOn(maps.damage, points, 2 * maps.grid, DAMAGED),
    open: isFlat(points) ? extended.filter(Boolean).length : 0,
    spread: spreadOf(points, size),
  };
}

/** Whether the palm or the back of the hand is seen: its width against its length. */
const isFlat = (p: Float32Array): boolean =>
  Math.hypot(p[10] - p[34], p[11] - p[35]) > FLAT * Math.hypot(p[18] - p[0], p[19] - p[1]);

const spreadOf = (p: Float32Array, size: number): number =>
  Math.min(...[8, 12, 16].map(tip => Math.hypot(p[2 * tip] - p[2 * tip + 8], p[2 * tip + 1] - p[2 * tip + 9]))) / size;

/** The best fingertip that no landmark accounts for. */
function extraTip(
  maps: LocalMaps,
  points: Float32Array,
  extended: readonly boolean[],
  size: number,
  others: readonly Float32Array[],
  inside: (x: number, y: number) => boolean,
): Pick<LocalReading, 'extra' | 'stem' | 'apart' | 'extraX' | 'extraY'> {
  const { grid } = maps;
  const peaks = peaksOf(maps.tip, grid, PEAK_APART * size);
  const taken = assignTips(
    peaks,
    FINGERS.map(([, , , tip]) => ({ x: points[2 * tip], y: points[2 * tip + 1] })),
    size,
  );
  const best = { extra: 0, stem: 0, apart: 0, extraX: 0, extraY: 0 };
  let most = 0;
  const axis = [(points[18] - points[0]) / size, (points[19] - points[1]) / size];
  const hull = hullOf(points);
  peaks.forEach((peak, k) => {
    const { x, y, value } = peak;
    if (taken.has(k) || value <= most) return;
    if (!inside(x, y) || (x - points[0]) * axis[0] + (y - points[1]) * axis[1] < BEYOND_WRIST * size) return;
    if (onFinger(points, extended, x, y, size)) return;
    if (outside(hull, x, y) > OUTSIDE_HULL * size) return;
    if (others.some(other => nearBones(other, x, y) < OTHER_HAND * size)) return;
    const below = stemOf(maps, points, x, y, size);
    const apart = nearBones(points, x, y) / size;
    if (Math.min(value, below) <= most || apart > FAR) return;
    most = Math.min(value, below);
    Object.assign(best, { extra: value, stem: below, apart, extraX: x, extraY: y });
  });
  return best;
}

/** Whether a place belongs to a finger of the landmarks: its last segment, the thumb's, or anywhere along a folded one. */
function onFinger(points: Float32Array, extended: readonly boolean[], x: number, y: number, size: number): boolean {
  return FINGERS.some((joints, finger) => {
    if (!extended[finger]) {
      for (let s = 0; s < 3; s++)
        if (toSegment(points, joints[s], joints[s + 1], x, y) < FOLDED_AROUND * size) return true;
      return Math.hypot(points[2 * joints[3]] - x, points[2 * joints[3] + 1] - y) < 0.25 * size;
    }
    return toSegment(points, joints[2], joints[3], x, y) < BESIDE_SEGMENT * size;
  });
}

/** How well a finger is seen below a tip: the best straight or slightly bent line towards the palm. */
function stemOf({ bone, grid }: LocalMaps, points: Float32Array, x: number, y: number, size: number): number {
  // From the tip to between the wrist and the knuckles.
  const toward = Math.atan2((points[1] + points[19] * 2) / 3 - y, (points[0] + points[18] * 2) / 3 - x);
  let best = 0;
  for (let turn = -0.9; turn <= 0.9; turn += 0.15) {
    const [dx, dy] = [Math.cos(toward + turn), Math.sin(toward + turn)];
    let sum = 0;
    let count = 0;
    for (let t = 0.06; t <= STEM; t += 0.04, count++)
      sum += most(bone, grid, x + dx * t * size, y + dy * t * size, 2.5);
    best = Math.max(best, sum / count);
  }
  return best;
}

/** What is missing of fingers that the landmarks take for extended. */
function absence(
  { tip, bone, web, grid }: LocalMaps,
  points: Float32Array,
  extended: readonly boolean[],
  size: number,
  inside: (x: number, y: number) => boolean,
): Pick<LocalReading, 'tips' | 'tipless' | 'boneless' | 'webless'> {
  const out = { tips: 0, tipless: 0, boneless: 0, webless: 0 };
  const seenTips: number[] = [];
  const place = (finger: number, t: number): [number, number] => along(points, FINGERS[finger], t);
  for (let finger = 1; finger < 5; finger++) {
    if (!extended[finger]) continue;
    const [x, y] = place(finger, 1);
    if (!inside(x, y)) continue;
    seenTips.push(most(tip, grid, x, y, 0.24 * size));
    out.tipless = Math.max(out.tipless, 1 - seenTips[seenTips.length - 1]);
    let seen = 0;
    for (let k = 0; k < 10; k++) {
      const [bx, by] = place(finger, 0.3 + 0.067 * k);
      seen += most(bone, grid, bx, by, 0.08 * size) / 10;
    }
    out.boneless = Math.max(out.boneless, 1 - seen);
    if (finger === 4 || !extended[finger + 1]) continue;
    let between = 0;
    let count = 0;
    for (let t = 0.35; t <= 0.9; t += 0.06) {
      const [ax, ay] = place(finger, t);
      const [cx, cy] = place(finger + 1, t);
      const apart = Math.hypot(ax - cx, ay - cy);
      if (apart < 0.2 * size || apart > 0.45 * size) continue;
      between += most(web, grid, (ax + cx) / 2, (ay + cy) / 2, 0.08 * size);
      count++;
    }
    if (count >= 4) out.webless = Math.max(out.webless, 1 - between / count);
  }
  seenTips.sort((a, b) => a - b);
  out.tips = seenTips[seenTips.length >> 1] ?? 0;
  return out;
}

/**
 * Mean of the strongest cells of a square map over the crop that lie on the hand or close beside it.
 * @param points x, y pairs in pixels of the crop of `size`
 * @param share of the cells on the hand that counts as strongest
 */
export function strongestOn(map: Float32Array, points: Float32Array, size: number, share: number): number {
  const grid = Math.round(Math.sqrt(map.length));
  const cell = size / grid;
  const hull = hullOf(points);
  const values: number[] = [];
  const around = 0.12 * handSize(points);
  const span = (axis: 0 | 1): [number, number] => {
    const along = hull.map(point => point[axis]);
    return [
      Math.max(0, Math.floor((Math.min(...along) - around) / cell)),
      Math.min(grid - 1, Math.ceil((Math.max(...along) + around) / cell)),
    ];
  };
  const [left, right] = span(0);
  const [top, bottom] = span(1);
  for (let j = top; j <= bottom; j++)
    for (let i = left; i <= right; i++)
      if (outside(hull, (i + 0.5) * cell, (j + 0.5) * cell) < around) values.push(map[j * grid + i]);
  if (values.length === 0) return 0;
  values.sort((a, b) => b - a);
  const count = Math.max(1, Math.round(values.length * share));
  return values.slice(0, count).reduce((sum, value) => sum + value, 0) / count;
}

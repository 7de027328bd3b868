import type { Finding } from '../finding.ts';
import { type LandmarkTable, pointsOf, rowsOf } from '../landmarks.ts';
import type { Measured } from '../signals.ts';
import type { Landmarks } from './page-data.ts';

/** Points that a page carries at most: about 1.5 MB of text would be the whole budget. */
const MOST_POINTS = 24_000;

const chain = (...points: number[]): [number, number][] => points.slice(1).map((point, i) => [points[i], point]);
const ring = (...points: number[]): [number, number][] => chain(...points, points[0]);

/** MediaPipe hand topology: the palm's outline and five fingers. */
const HAND: [number, number][] = [
  ...ring(0, 5, 9, 13, 17),
  ...chain(0, 1, 2, 3, 4),
  ...chain(5, 6, 7, 8),
  ...chain(9, 10, 11, 12),
  ...chain(13, 14, 15, 16),
  ...chain(17, 18, 19, 20),
];

/** MediaPipe face mesh: the two lip contours, which is what the sound is held against. */
const OUTER_LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
const INNER_LIPS = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191];
const LIPS = [...OUTER_LIPS, ...INNER_LIPS];
const LIP_LINKS: [number, number][] = [
  ...ring(...OUTER_LIPS.keys()),
  ...ring(...INNER_LIPS.map((_, i) => OUTER_LIPS.length + i)),
];

interface Kind {
  table: LandmarkTable | undefined;
  label: string;
  /** Points that are shown, by position in the row. */
  points: number[];
  links: [number, number][];
  concerns(finding: Finding): boolean;
}

/** Landmarks on the frames of the findings that are about hands or mouths, up to a bound; worst frames first. */
export function landmarksFor(findings: readonly Finding[], signals: Measured): Landmarks[] {
  const kinds: Kind[] = [
    {
      table: signals.hands,
      label: 'hand',
      points: Array.from({ length: 21 }, (_, i) => i),
      links: HAND,
      concerns: ({ detector }) => detector.includes('hand'),
    },
    {
      table: signals.faces,
      label: 'lips',
      points: LIPS,
      links: LIP_LINKS,
      concerns: ({ detector }) => detector.includes('lip') || detector.includes('mouth'),
    },
  ];
  const out: Landmarks[] = [];
  const done = new Set<string>();
  let budget = MOST_POINTS;
  const add = (kind: Kind, frame: number): void => {
    if (!kind.table || done.has(`${kind.label} ${frame}`)) return;
    done.add(`${kind.label} ${frame}`);
    const [from, until] = rowsOf(kind.table, frame) ?? [0, 0];
    for (let row = from; row < until && budget >= kind.points.length; row++) {
      budget -= kind.points.length;
      const all = pointsOf(kind.table, row);
      const points = kind.points.map((point): [number, number] => [tenth(all[3 * point]), tenth(all[3 * point + 1])]);
      out.push({
        frame,
        label: until - from > 1 ? `${kind.label} ${row - from + 1}` : kind.label,
        points,
        links: kind.links,
      });
    }
  };
  const about = findings.flatMap(finding =>
    kinds.filter(kind => kind.concerns(finding)).map(kind => ({ kind, finding })),
  );
  for (const { kind, finding } of about) add(kind, finding.peak);
  for (const { kind, finding } of about)
    for (let frame = finding.start; frame < finding.end && budget > 0; frame++) add(kind, frame);
  return out;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

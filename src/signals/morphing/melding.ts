import type { Box, ClipFacts, FrameRange } from '../../clip.ts';
import { boxOf, type Faces, type Identities } from '../../landmarks.ts';
import type { SemanticDrift, Shot } from '../../signals.ts';
import { faceTracks } from '../tracks-people.ts';
import type { Evidence } from './events.ts';

/** Two people who become one, or one who becomes two. */
export interface Melding extends FrameRange {
  kind: 'merge' | 'split';
  peak: number;
  /** Around both faces. */
  box: Box;
  /** Evidence of a morph where the face was, log-odds of a cell. */
  evidence: number;
  probability: number;
}

/** Faces that end or begin beside another inside the picture. */
export interface MeldingCourse {
  /** How often that happened. */
  counted: number;
  /** Strongest first. */
  found: Melding[];
}

/** What a face must be to be counted, and how another must stand to it. */
const SEEN_SECONDS = 0.5;
/** A face that turns away is lost as well: degrees of yaw, 0.2 s before the end at most. */
const TURNED = 40;
const TURNED_SECONDS = 0.2;
/** The picture must go on for so long after a face is lost (before it comes), and the other face be seen then and before. */
const AROUND_SECONDS = 0.4;
/** How long before and after the other face is looked for: while two melt, the one that stays may be lost as well. */
const SOUGHT_SECONDS = 1;
/** Distance in sides of the larger face: nearer, one covers the other; farther, they have nothing to do with each other. */
const COVERED = 0.5;
const FAR = 5;
/** A face beside one that is so many times its size belongs to somebody else far behind. */
const RATIO = 6;
/** Between two looks a face that stays moves by no more than so many of its sides. */
const STAYED = 1.5;
/** Shares of the picture's sides within which a face is leaving it. */
const MARGIN = 0.02;
/** Cells around a face, in its sides, and how many of them count. */
const REACH = 0.9;
const COUNTED = 6;

/**
 * Log-odds of a cell around a face above which it melted, and what one step of the log-odds of that takes. It is never certain: footage
 * of people who are close is rare.
 */
const MELTED = { even: 2.6, step: 0.6, most: 0.9 } as const;

interface Place {
  frame: number;
  row: number;
  x: number;
  y: number;
  side: number;
}

/**
 * Looks for faces that end, or begin, in the interior of a shot while they look at the camera, beside another face that is there before and
 * after, and says what the cells around them show. Somebody who passes behind somebody else or leaves does not change their looks beyond
 * their motion; those who melt do. `evidence` is that of the shot's regions, see {@link Evidence}.
 */
export function meldings(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  { faces, identities, semanticDrift: drift }: { faces: Faces; identities: Identities; semanticDrift: SemanticDrift },
  evidence: Evidence,
): MeldingCourse {
  const course: MeldingCourse = { counted: 0, found: [] };
  const rate = clip.video.fps.num / clip.video.fps.den;
  const tracks = faceTracks(clip, [shot], faces, identities).map(({ rows, frames }) =>
    [...rows].map((row, k): Place => ({ frame: frames[k], row, ...placeOf(faces, row) })),
  );
  for (const track of tracks)
    for (const kind of ['merge', 'split'] as const) {
      const last = track[kind === 'merge' ? track.length - 1 : 0];
      const left = kind === 'merge' ? shot.end - 1 - last.frame : last.frame - shot.start;
      if (left < AROUND_SECONDS * rate || track.length * faces.step < SEEN_SECONDS * rate) continue;
      if (leaves(last, clip.video) || turns(faces, track, last, rate)) continue;
      const other = staysBeside(tracks, track, last, rate);
      if (other === null) continue;
      course.counted++;
      const event = strongestAt(drift, evidence, last, rate, clip.video);
      if (event === null) continue;
      const { start, end } = event;
      course.found.push({
        kind,
        start,
        end,
        peak: Math.min(end - 1, Math.max(start, last.frame)),
        box: around(boxOf(faces, last.row), boxOf(faces, other.row)),
        evidence: event.evidence,
        probability: Math.min(MELTED.most, 1 / (1 + Math.exp((MELTED.even - event.evidence) / MELTED.step))),
      });
    }
  course.found.sort((a, b) => b.evidence - a.evidence);
  return course;
}

const placeOf = ({ place }: Faces, row: number) => ({
  x: place[3 * row],
  y: place[3 * row + 1],
  side: place[3 * row + 2],
});

function leaves({ x, y, side }: Place, { width, height }: { width: number; height: number }): boolean {
  const half = side / 2;
  return (
    x - half < MARGIN * width ||
    x + half > (1 - MARGIN) * width ||
    y - half < -MARGIN * height ||
    y + half > (1 + MARGIN) * height
  );
}

const turns = (faces: Faces, track: readonly Place[], { frame }: Place, rate: number): boolean =>
  track.some(
    place => Math.abs(place.frame - frame) <= TURNED_SECONDS * rate && Math.abs(faces.pose[3 * place.row]) > TURNED,
  );

/** The nearest face of other tracks that is there a while before and a while after, or null. */
function staysBeside(
  tracks: readonly (readonly Place[])[],
  own: readonly Place[],
  last: Place,
  rate: number,
): Place | null {
  const [least, most] = [AROUND_SECONDS * rate, SOUGHT_SECONDS * rate];
  const others = tracks
    .filter(track => track !== own && track[0].frame <= last.frame + most)
    .filter(track => track[track.length - 1].frame >= last.frame - most)
    .flatMap(track => track.filter(({ frame }) => Math.abs(frame - last.frame) <= most));
  const within = (from: number, to: number) =>
    others.filter(({ frame }) => frame - last.frame >= from && frame - last.frame <= to);
  const after = within(least, most);
  let best: Place | null = null;
  let nearest = FAR;
  for (const before of within(-most, -least)) {
    const larger = Math.max(before.side, last.side);
    if (Math.min(before.side, last.side) * RATIO < larger) continue;
    const distance = Math.hypot(before.x - last.x, before.y - last.y) / larger;
    if (distance >= nearest || distance < COVERED) continue;
    if (!after.some(({ x, y, side }) => Math.hypot(x - before.x, y - before.y) < STAYED * Math.max(side, before.side)))
      continue;
    best = before;
    nearest = distance;
  }
  return best;
}

/** The windows around a face's last or first sight in which the cells around it show most; null when there are none. */
function strongestAt(
  drift: SemanticDrift,
  { windows, cells }: Evidence,
  { frame, x, y, side }: Place,
  rate: number,
  { width, height }: { width: number; height: number },
): (FrameRange & { evidence: number }) | null {
  const { columns, rows, starts, ends, step } = drift;
  const near: number[] = [];
  for (let cell = 0; cell < columns * rows; cell++) {
    const dx = (((cell % columns) + 0.5) * width) / columns - x;
    const dy = ((Math.floor(cell / columns) + 0.5) * height) / rows - y;
    if (Math.max(Math.abs(dx), Math.abs(dy)) < REACH * side) near.push(cell);
  }
  if (near.length === 0) return null;
  const reach = AROUND_SECONDS * rate + step;
  const values = windows.map((window, k) => {
    if (ends[window] < frame - reach || starts[window] > frame + reach) return Number.NEGATIVE_INFINITY;
    const top = near
      .map(cell => cells[k][cell])
      .sort((a, b) => b - a)
      .slice(0, COUNTED);
    return top.reduce((sum, value) => sum + value, 0) / top.length;
  });
  const evidence = Math.max(Number.NEGATIVE_INFINITY, ...values);
  if (evidence === Number.NEGATIVE_INFINITY) return null;
  const worst = values.indexOf(evidence);
  let [first, last] = [worst, worst];
  while (first > 0 && values[first - 1] >= evidence / 2) first--;
  while (last + 1 < values.length && values[last + 1] >= evidence / 2) last++;
  // What happens in an instant shows in every window that holds it: it lies in what they share.
  const [one, other] = [ends[windows[first]], starts[windows[last]]];
  const start = Math.max(starts[windows[first]], Math.min(one, other, frame) - step);
  return { start, end: Math.min(ends[windows[last]], Math.max(one, other, frame) + step) + 1, evidence };
}

function around(a: Box, b: Box): Box {
  const left = Math.max(0, Math.min(a[0], b[0]));
  const top = Math.max(0, Math.min(a[1], b[1]));
  return [left, top, Math.max(a[0] + a[2], b[0] + b[2]) - left, Math.max(a[1] + a[3], b[1] + b[3]) - top];
}

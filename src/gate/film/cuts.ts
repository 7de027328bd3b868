import type { Cut } from '../../signals.ts';
import type { Problem } from '../checks.ts';
import type { Timeline, Use } from '../timeline/timeline.ts';

/** A place where the timeline changes from one source to another. */
export interface Join {
  /** First frame of the new picture; for a transition, where it begins. */
  frame: number;
  /** Frames that a transition takes; 0 for a cut. */
  length: number;
  /** What ends and begins there. */
  from: string | null;
  to: string;
}

/** Frames by which a found boundary may lie off its place: none for a cut, the dissolve's fuzzy edges otherwise. */
const TRANSITION_SLACK = 4;

/** Joins of the topmost picture: where its source changes or its frames do not go on. */
export function joinsOf(timeline: Timeline): Join[] {
  const pictures = timeline.uses.filter(use => use.medium === 'picture');
  const edges = [...new Set(pictures.flatMap(({ record }) => [record.start, record.end]))].sort((a, b) => a - b);
  return edges.flatMap(frame => {
    const starting = pictures.filter(use => use.record.start === frame);
    const ending = pictures.filter(use => use.record.end === frame);
    const below = pictures.filter(use => use.record.start < frame && use.record.end > frame);
    const [next] = [...starting, ...below];
    // What ends in another's transition has its cut at the transition.
    if (frame === 0 || next === undefined) return [];
    if (starting.length === 0 && below.some(use => use.record.start + use.transition >= frame)) return [];
    if (starting.length === 1 && ending.length === 1 && goesOn(ending[0], starting[0])) return [];
    const from = ending[0]?.name ?? below.find(use => use !== next)?.name ?? null;
    return [{ frame, length: starting[0]?.transition ?? 0, from, to: next.name }];
  });
}

/** A through edit: the same source goes on at the same speed. */
function goesOn(before: Use, next: Use): boolean {
  const same =
    before.source.path === next.source.path && before.source.name === next.source.name && before.speed === next.speed;
  return (
    same &&
    before.record.end === next.record.start &&
    before.range.end.n * next.range.start.d === next.range.start.n * before.range.end.d
  );
}

/**
 * Compares an export's boundaries with the timeline's. Cuts that the used stretches of the takes have of their own are
 * expected too. A join that shows no cut may be two pictures that look alike: to be looked at, not a failure.
 * @param own film frames of cuts inside the takes
 */
export function compareCuts(
  joins: readonly Join[],
  found: readonly Cut[],
  own: readonly number[],
  graphics: readonly { start: number; end: number }[],
  frames: number,
): Problem[] {
  const problems: Problem[] = [];
  const expected = (cut: Cut): boolean =>
    joins.some(join =>
      join.length === 0
        ? cut.frame === join.frame || (cut.kind !== 'cut' && cut.start <= join.frame && join.frame <= cut.end)
        : cut.end >= join.frame - TRANSITION_SLACK && cut.start <= join.frame + join.length + TRANSITION_SLACK,
    ) ||
    own.some(frame => Math.abs(frame - cut.frame) <= 1) ||
    graphics.some(range => cut.frame >= range.start - TRANSITION_SLACK && cut.frame <= range.end + TRANSITION_SLACK);
  for (const cut of found.filter(one => !expected(one))) {
    const nearest = joins.reduce<Join | null>(
      (best, join) =>
        best === null || Math.abs(join.frame - cut.frame) < Math.abs(best.frame - cut.frame) ? join : best,
      null,
    );
    const off = nearest ? cut.frame - nearest.frame : 0;
    const misplaced = nearest !== null && Math.abs(off) <= 12 && !found.some(other => other.frame === nearest.frame);
    problems.push({
      kind: misplaced ? 'cut-moved' : 'cut-unplanned',
      message: misplaced
        ? `The cut to ${nearest.to} is at frame ${cut.frame}, ${Math.abs(off)} ${off > 0 ? 'after' : 'before'} the timeline's ${nearest.frame}.`
        : `There is a ${cut.kind} at frame ${cut.frame} that the timeline does not have.`,
      start: cut.frame,
      end: cut.frame + 1,
      measured: cut.frame,
      threshold: nearest?.frame ?? 0,
      unit: 'frame',
      severity: cut.kind === 'cut' && cut.confidence >= 0.8 ? 'regenerate' : 'review',
    });
  }
  const moved = new Set(problems.filter(({ kind }) => kind === 'cut-moved').map(({ threshold }) => threshold));
  for (const join of joins) {
    if (join.frame >= frames || moved.has(join.frame)) continue;
    const seen = found.some(
      cut =>
        cut.end >= join.frame - (join.length > 0 ? TRANSITION_SLACK : 1) &&
        cut.start <= join.frame + join.length + (join.length > 0 ? TRANSITION_SLACK : 1),
    );
    if (!seen)
      problems.push({
        kind: 'cut-absent',
        message: `No cut is seen at frame ${join.frame}, where the timeline goes to ${join.to}.`,
        start: join.frame,
        end: join.frame + 1,
        severity: 'info',
      });
  }
  return problems;
}

/** Length against the timeline, sound against picture, black at both ends. */
export function checkLength(
  film: { frames: number; fps: number; video: number; audio: number | null; black: { start: number; end: number }[] },
  timeline: { length: number } | null,
  limits: { blackHead: number; blackTail: number },
): Problem[] {
  const problems: Problem[] = [];
  if (timeline && film.frames !== timeline.length)
    problems.push({
      kind: 'length',
      message: `The export has ${film.frames} frames, the timeline ${timeline.length}.`,
      start: Math.min(film.frames, timeline.length),
      end: film.frames,
      measured: film.frames,
      threshold: timeline.length,
      unit: 'frames',
    });
  if (film.audio !== null && Math.abs(film.audio - film.video) > 2 / film.fps)
    problems.push({
      kind: 'audio-length',
      message: `Sound and picture differ by ${Math.abs(film.audio - film.video).toFixed(3)} s.`,
      measured: film.audio - film.video,
      threshold: 2 / film.fps,
      unit: 's',
    });
  const head = film.black.find(({ start }) => start === 0);
  const tail = film.black.find(({ end }) => end === film.frames);
  const seconds = (range: { start: number; end: number }): number => (range.end - range.start) / film.fps;
  if (head && seconds(head) > limits.blackHead)
    problems.push({
      ...head,
      kind: 'black-head',
      message: `The film begins with ${seconds(head).toFixed(2)} s of black.`,
      measured: seconds(head),
      threshold: limits.blackHead,
      unit: 's',
    });
  if (tail && tail !== head && seconds(tail) > limits.blackTail)
    problems.push({
      ...tail,
      kind: 'black-tail',
      message: `The film ends with ${seconds(tail).toFixed(2)} s of black.`,
      measured: seconds(tail),
      threshold: limits.blackTail,
      unit: 's',
    });
  return problems;
}

/** Stretches of frames that are black: 99 % of the picture at or below code 24. Black frames at both ends are found by it. */
export function blackStretches(lumaHigh: Float32Array): { start: number; end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (let frame = 0; frame < lumaHigh.length; frame++) {
    if (lumaHigh[frame] > 24) continue;
    const last = stretches.at(-1);
    if (last && last.end === frame) last.end++;
    else stretches.push({ start: frame, end: frame + 1 });
  }
  return stretches;
}

import type { Rational } from '../../clip.ts';
import { compare, nearestFrame, subtract, type Time, toSeconds } from './exact.ts';
import { type DraftUse, invalid, type Timeline, type Use, type UseList } from './timeline.ts';

export interface TimelineHead {
  format: string;
  name: string;
  fps: Rational;
  drop: boolean;
  /** Frames since midnight at the timeline's first frame. */
  start: number;
  /** Record time of the first frame, in the drafts' clock. */
  origin: Time;
}

/** Longest timeline that is read: a day. */
const MOST_SECONDS = 24 * 3600;

/**
 * Puts a reader's findings in timeline order, counted in timeline frames from the first one, each only once: the two
 * channels of a stereo clip are one use.
 */
export function assembleTimeline(head: TimelineHead, list: UseList): Timeline {
  const { origin, ...rest } = head;
  const at = (time: Time): number => nearestFrame(subtract(time, origin), head.fps);
  const seen = new Set<string>();
  const uses: Omit<Use, 'id'>[] = [];
  for (const draft of list.drafts) {
    if (compare(draft.range.end, draft.range.start) <= 0) throw invalid(`"${draft.name}" has no length in its source.`);
    const record = { start: Math.max(0, at(draft.record.start)), end: at(draft.record.end) };
    if (record.end <= record.start) continue;
    if (toSeconds(subtract(draft.record.end, origin)) > MOST_SECONDS)
      throw invalid(`"${draft.name}" ends more than a day after the timeline's start.`);
    const { transition, ...use } = draft;
    const key = identity(draft);
    if (seen.has(key)) continue;
    seen.add(key);
    uses.push({ ...use, record, transition: nearestFrame(transition, head.fps) });
  }
  uses.sort(
    (a, b) =>
      a.record.start - b.record.start ||
      (a.medium < b.medium ? -1 : a.medium > b.medium ? 1 : 0) ||
      a.record.end - b.record.end,
  );
  return {
    ...rest,
    length: uses.reduce((end, use) => Math.max(end, use.record.end), 0),
    uses: uses.map((use, i) => ({ id: `u${i + 1}`, ...use })),
    notes: [...list.notes],
  };
}

const text = ({ n, d }: Time): string => `${n}/${d}`;
const identity = ({ medium, source, range, record, speed }: DraftUse): string =>
  [
    medium,
    source.name,
    source.path,
    source.reel,
    speed,
    ...[range.start, range.end, record.start, record.end].map(text),
  ].join('\n');

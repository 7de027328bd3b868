import { z } from 'zod';
import { type Box, type ClipFacts, type FrameRange, framesOf, rangeSeconds } from '../clip.ts';
import { excess } from '../signals/score.ts';
import type { Bars } from '../signals.ts';
import { median } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Share of the clip's frames that must tell something about their margins. */
const LEAST_KNOWN = 0.2;
/** Share by which a bar may vary over the frames of one stretch, and the pixels it always may. */
const TOLERANCE = 0.01;
const TOLERANCE_PIXELS = 2;
/** Bars come in pairs: the narrower of two is at least this share of the wider. */
const PAIR = 0.5;

/** Widths of the bars in source pixels. */
interface Margins {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A stretch with the same margins. */
type Stretch = FrameRange & Margins;

type Kind = 'letterbox' | 'pillarbox' | 'windowbox' | 'changing';

export const letterbox = defineDetector({
  meta: {
    id: 'letterbox',
    title: 'Black bars',
    summary: 'Finds black bars around the picture, and bars that come or go.',
    medium: 'picture',
    scope: 'clip',
    signals: ['bars'],
    options: z.object({
      share: z
        .number()
        .positive()
        .max(0.5)
        .default(0.02)
        .describe(
          'Share of the picture’s height or width that the narrower bar of a pair must have; below it lie the black edges of analogue sources and codec padding.',
        ),
      seconds: z
        .number()
        .positive()
        .default(0.5)
        .describe('Seconds that bars must stay the same; the margins of dark scenes move.'),
    }),
    certainFrom: 0.5,
    messages: {
      letterbox: 'Black bars above and below the picture: {top} and {bottom} px.',
      pillarbox: 'Black bars left and right of the picture: {left} and {right} px.',
      windowbox: 'Black bars all round the picture: {top} px above, {bottom} below, {left} left, {right} right.',
      changing:
        'Black bars come or go within the clip; here {top} px above, {bottom} below, {left} left, {right} right.',
    },
    advice: {
      letterbox: 'Generate in the aspect ratio of delivery; take “cinematic” and “letterbox” out of the prompt.',
      pillarbox: 'Generate in the aspect ratio of delivery; check the orientation of the input image.',
      windowbox: 'Generate in the aspect ratio of delivery; crop bars off the input image first.',
      changing: 'Generate the shots in one aspect ratio, or crop them alike.',
    },
    source:
      'Margins of dark lines that end in a straight bright edge and stay; black level between ffmpeg cropdetect and blackdetect.',
  },
  judge({ clip, shot, signals, options }) {
    const length = shot.end - shot.start;
    if (length === 0) return { status: 'skipped', reason: 'There are no frames.' };
    const { width, height } = clip.video;
    const known: number[] = [];
    for (let i = shot.start; i < shot.end; i++) if (isKnown(signals.bars, i)) known.push(i);
    if (known.length < Math.max(1, LEAST_KNOWN * length)) {
      return { status: 'skipped', reason: 'The picture is too dark to tell bars from it.' };
    }
    const least = Math.min(framesOf(clip, options.seconds), length);
    const steady = stretches(signals.bars, known, shot, width, height, least);
    const coverOf = (stretch: Stretch) => pairShare(stretch, width, height);
    const changes = steady.some(stretch => coverOf(stretch) < options.share);
    const shapes = new Set(steady.filter(s => coverOf(s) >= options.share).map(s => shape(s, width, height)));
    const faults: Fault<Kind>[] = [];
    let score = 0;
    let widest = 0;
    for (const stretch of steady) {
      const share = coverOf(stretch);
      widest = Math.max(widest, share);
      score = Math.max(score, excess(share, options.share));
      if (share < options.share) continue;
      const { top, bottom, left, right } = stretch;
      const changing = changes || shapes.size > 1;
      faults.push({
        kind: changing ? 'changing' : kindOf(stretch, width, height, options.share),
        start: stretch.start,
        end: stretch.end,
        peak: stretch.start,
        box: picture(stretch, width, height),
        measured: share,
        threshold: options.share,
        unit: 'share of the side',
        confidence: changing ? 0.9 : 0.85,
        values: { top: Math.round(top), bottom: Math.round(bottom), left: Math.round(left), right: Math.round(right) },
      });
    }
    return {
      status: 'ran',
      score,
      measurements: { widestShare: widest, barSeconds: secondsOf(clip, faults), knownShare: known.length / length },
      faults,
    };
  },
});

const isKnown = ({ top, bottom, left, right }: Bars, i: number): boolean =>
  !Number.isNaN(top[i] + bottom[i] + left[i] + right[i]);

/** Whether two framings are the same up to the waver of their edges. */
function isNear(a: Margins, b: Margins, width: number, height: number): boolean {
  const near = (one: number, other: number, side: number) =>
    Math.abs(one - other) <= Math.max(TOLERANCE_PIXELS, TOLERANCE * side);
  return (
    near(a.top, b.top, height) &&
    near(a.bottom, b.bottom, height) &&
    near(a.left, b.left, width) &&
    near(a.right, b.right, width)
  );
}

/**
 * Stretches of at least `least` frames with the same margins, which are the medians over their known frames; frames that
 * tell nothing join the stretch before them, shorter interruptions the stretch around them.
 */
function stretches(
  bars: Bars,
  known: readonly number[],
  shot: FrameRange,
  width: number,
  height: number,
  least: number,
): Stretch[] {
  const at = (i: number): Margins => ({
    top: bars.top[i],
    bottom: bars.bottom[i],
    left: bars.left[i],
    right: bars.right[i],
  });
  const groups: number[][] = [];
  for (const i of known) {
    const group = groups.at(-1);
    if (group && isNear(at(i), at(group[0]), width, height)) group.push(i);
    else groups.push([i]);
  }
  const all = groups.map((frames, k) => ({
    start: k === 0 ? shot.start : frames[0],
    end: groups[k + 1]?.[0] ?? shot.end,
    top: median(frames.map(i => bars.top[i])),
    bottom: median(frames.map(i => bars.bottom[i])),
    left: median(frames.map(i => bars.left[i])),
    right: median(frames.map(i => bars.right[i])),
  }));
  const steady: Stretch[] = [];
  for (const stretch of all.filter(({ start, end }) => end - start >= least)) {
    const last = steady.at(-1);
    if (last && stretch.start - last.end < least && isNear(last, stretch, width, height)) last.end = stretch.end;
    else steady.push(stretch);
  }
  return steady;
}

/** Share of its side that the narrower bar of a pair takes; 0 for a single bar. */
function side(a: number, b: number, length: number): number {
  const narrow = Math.min(a, b);
  return narrow >= PAIR * Math.max(a, b) ? narrow / length : 0;
}

const pairShare = ({ top, bottom, left, right }: Stretch, width: number, height: number): number =>
  Math.max(side(top, bottom, height), side(left, right, width));

/** Margins in hundredths of the side: what tells one framing from another. */
const shape = ({ top, bottom, left, right }: Stretch, width: number, height: number): string =>
  [top / height, bottom / height, left / width, right / width].map(share => Math.round(share * 50)).join();

function kindOf(stretch: Stretch, width: number, height: number, least: number): Kind {
  const rows = side(stretch.top, stretch.bottom, height) >= least;
  const columns = side(stretch.left, stretch.right, width) >= least;
  return rows && columns ? 'windowbox' : rows ? 'letterbox' : 'pillarbox';
}

const picture = ({ top, bottom, left, right }: Stretch, width: number, height: number): Box => [
  left,
  top,
  width - left - right,
  height - top - bottom,
];

const secondsOf = (clip: ClipFacts, ranges: readonly FrameRange[]): number =>
  ranges.reduce((sum, range) => sum + rangeSeconds(clip, range), 0);

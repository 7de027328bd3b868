import type { Picture } from '../media/frame.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/**
 * Brightest luma that still belongs to a black bar: 16 plus 7 % of the range, above what encoders leave in black
 * (ffmpeg's cropdetect uses 24, blackdetect 38).
 */
const BAR_LUMA = 32;
/** Luma that picture beside a bar reaches; the gap to {@link BAR_LUMA} keeps noise around one level from deciding. */
const PICTURE_LUMA = 40;
/** Share of the first lines of picture that must be brighter than a bar: a straight edge, not one lamp in a dark room. */
const EDGE_SHARE = 0.3;
/** Lines inside the bar's edge that are asked for that share: scaling and compression soften the edge. */
const EDGE_LINES = 6;
/** Share of the frame that the picture inside the bars takes at least (9:16 in 16:9 has 0.32): less is a lamp in the dark. */
const LEAST_AREA = 0.3;
/** Outermost lines that scaling or odd sizes may have left bright outside a bar. */
const LEFTOVER = 2;
/** Every how many pixels along a line are read. */
const STEP = 4;

/**
 * Black bars around the picture, in source pixels per frame; 0 where there is none. A frame that is dark all over, or
 * whose dark margin has no straight bright edge, tells nothing: all four are NaN when there is hardly a picture, and a
 * margin without an edge is NaN on its side.
 */
export const bars = defineObserver({
  id: 'bars',
  provides: ['bars'],
  reads: 'coarse',
  start({ clip, analysis }) {
    const count = clip.times.length;
    const top = new SeriesBuilder(count);
    const bottom = new SeriesBuilder(count);
    const left = new SeriesBuilder(count);
    const right = new SeriesBuilder(count);
    const scaleX = clip.video.width / analysis.width;
    const scaleY = clip.video.height / analysis.height;
    const found: Margins = { top: 0, bottom: 0, left: 0, right: 0 };
    return {
      frame({ analysis: picture }) {
        findMargins(picture, found);
        top.push(found.top * scaleY);
        bottom.push(found.bottom * scaleY);
        left.push(found.left * scaleX);
        right.push(found.right * scaleX);
      },
      finish: () => ({
        bars: { top: top.finish(), bottom: bottom.finish(), left: left.finish(), right: right.finish() },
      }),
    };
  },
});

interface Margins {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Margins in pixels of this picture. Stops at the first bright pixel of a line, so a picture without bars costs nothing. */
function findMargins(picture: Picture, out: Margins): void {
  const { width, height, y, stride } = picture;
  const perRow = Math.ceil(width / STEP);
  const top = margin(height, line => isDark(y, line * stride, STEP, perRow));
  if (top === height) {
    out.top = out.bottom = out.left = out.right = Number.NaN;
    return;
  }
  const bottom = margin(height, line => isDark(y, (height - 1 - line) * stride, STEP, perRow));
  const lines = height - top - bottom;
  const perColumn = Math.ceil(lines / STEP);
  const start = top * stride;
  const left = margin(width, line => isDark(y, start + line, STEP * stride, perColumn));
  const right = margin(width, line => isDark(y, start + width - 1 - line, STEP * stride, perColumn));
  const columns = width - left - right;
  if (lines <= 0 || columns <= 0 || lines * columns < LEAST_AREA * width * height) {
    out.top = out.bottom = out.left = out.right = Number.NaN;
    return;
  }
  out.top = edge(y, top, 1, top, stride, left, columns, 1, height);
  out.bottom = edge(y, height - 1 - bottom, -1, bottom, stride, left, columns, 1, height);
  out.left = edge(y, left, 1, left, 1, top, lines, stride, width);
  out.right = edge(y, width - 1 - right, -1, right, 1, top, lines, stride, width);
}

/** Number of lines from the side that are dark, all but the outermost few; all of them when none is bright. */
function margin(lines: number, isDarkLine: (line: number) => boolean): number {
  const first = Math.min(LEFTOVER, lines - 1);
  let line = first;
  while (line < lines && isDarkLine(line)) line++;
  return line === first ? 0 : line;
}

function isDark(y: Uint8Array, start: number, step: number, count: number): boolean {
  for (let k = 0, i = start; k < count; k++, i += step) if (y[i] > BAR_LUMA) return false;
  return true;
}

/**
 * `margin` when one of the lines inside it is bright over {@link EDGE_SHARE} of its length, else NaN.
 *
 * @param first first line of picture, counted across; `direction` leads into the picture
 * @param across distance in bytes between lines; `along` between the pixels of one
 * @param start, length where along the line the picture lies
 */
function edge(
  y: Uint8Array,
  first: number,
  direction: 1 | -1,
  margin: number,
  across: number,
  start: number,
  length: number,
  along: number,
  lines: number,
): number {
  if (margin === 0) return 0;
  for (let k = 0; k < EDGE_LINES; k++) {
    const line = first + k * direction;
    if (line < 0 || line >= lines) break;
    let bright = 0;
    let sampled = 0;
    for (let j = 0; j < length; j += STEP, sampled++) {
      if (y[line * across + (start + j) * along] > PICTURE_LUMA) bright++;
    }
    if (bright >= EDGE_SHARE * sampled) return margin;
  }
  return Number.NaN;
}

import type { Box, FrameRange } from '../../clip.ts';
import type { Continuity } from '../../signals.ts';
import { boostedSum, type ContinuityModel, JUMP_MODELS, type JumpModel } from './model.ts';

/** Frames within which peaks of one model are one event. */
const EVENT = 6;
/** Frames at either end of a shot that are not judged: what a cut leaves in its neighbours. */
const MARGIN = 2;
/**
 * Mean unlikeness along the flow (1 − correlation) up to which the picture after a cut is the one before, so that no cut it
 * was but light, colour or a thing that changed; and up to which it is the same scene from another moment or framing.
 * Cuts to another picture measure 0.39 and more, planted changes of light 0.09 and less, of framing 0.05 to 0.5.
 */
const SAME_PICTURE = 0.12;
const SAME_SCENE = 0.3;

/** A wide strip low in the middle of the picture is a caption: times as wide as high, height of its middle, way off centre. */
const CAPTION = { wide: 3, low: 0.72, aside: 0.15 };

/** A break of continuity: `frame` is the first frame after it, or the middle of a gradual one. */
export interface JumpEvent {
  model: JumpModel;
  frame: number;
  /** Logit. */
  sum: number;
  /** Place in source pixels, null for the whole picture or when none stands out. */
  box: Box | null;
  /** The boundary's measures by name. */
  measure(name: string): number;
}

/** What the trees say of a shot, from its first frame. */
export interface JumpSums {
  /** −Infinity where nothing is judged. */
  sums: Record<JumpModel, Float64Array>;
  /** Which of a boundary's places that change gradually `slow` is surest of. */
  places: Uint8Array;
}

/**
 * Runs the trees over a shot's boundaries; those for gradual changes over each place, of which the surest counts. Repeated frames and the shot's first and last frames are not judged, but for the
 * very first where the picture goes on over what was taken for a cut.
 */
export function jumpSums(continuity: Continuity, shot: FrameRange, model: ContinuityModel): JumpSums {
  const length = shot.end - shot.start;
  const width = model.features.length;
  const sums = Object.fromEntries(
    JUMP_MODELS.map(name => [name, new Float64Array(length).fill(Number.NEGATIVE_INFINITY)]),
  ) as JumpSums['sums'];
  const places = new Uint8Array(length);
  const sumUp = (name: JumpModel, i: number) => {
    const frame = shot.start + i;
    if (name === 'slow') [sums.slow[i], places[i]] = surestPlace(continuity, frame, model);
    else sums[name][i] = boostedSum(model.models[name], continuity.features, frame * width);
  };
  const first = shot.start === 0 ? 1 : MARGIN + 1;
  for (let i = first; i < length - MARGIN; i++) {
    const frame = shot.start + i;
    if (continuity.repeats[frame] > 0) continue;
    for (const name of JUMP_MODELS) sumUp(name, i);
  }
  if (shot.start > 0) {
    // The totals are logarithms of what they measure and 0.02.
    const unlike = Math.exp(continuity.features[shot.start * width + model.features.indexOf('unlike')]) - 0.02;
    for (const name of JUMP_MODELS) {
      if (unlike > (name === 'jump' ? SAME_SCENE : SAME_PICTURE)) continue;
      sumUp(name, 0);
    }
  }
  return { sums, places };
}

/** Sum and number of the place that changes most like a fade; −Infinity where none changes. */
function surestPlace(
  { fades, fadeBoxes, boxes }: Continuity,
  frame: number,
  { models, fades: names }: ContinuityModel,
): [sum: number, place: number] {
  const kept = fadeBoxes.length / boxes.length;
  let surest: [number, number] = [Number.NEGATIVE_INFINITY, 0];
  for (let place = 0; place < kept; place++) {
    const at = frame * kept + place;
    if (fadeBoxes[4 * at + 2] === 0) break;
    const sum = boostedSum(models.slow, fades, at * names.length);
    if (sum > surest[0]) surest = [sum, place];
  }
  return surest;
}

/**
 * Peaks of a model's sums over its threshold, no two within six frames. Captions that come and go are left out.
 *
 * @param least sum from which on a boundary counts
 * @param picture size in source pixels
 */
export function jumpEvents(
  continuity: Continuity,
  shot: FrameRange,
  { sums, places }: JumpSums,
  name: JumpModel,
  least: number,
  features: readonly string[],
  picture: { width: number; height: number },
): JumpEvent[] {
  const series = sums[name];
  const peaks: number[] = [];
  for (let i = 0; i < series.length; i++) {
    if (!(series[i] >= least)) continue;
    const last = peaks.at(-1);
    if (last !== undefined && i - last <= EVENT) {
      if (series[i] > series[last]) peaks[peaks.length - 1] = i;
    } else peaks.push(i);
  }
  const events = peaks.map(i => {
    const frame = shot.start + i;
    const boxes = name === 'slow' ? continuity.fadeBoxes : continuity.boxes;
    const at = name === 'slow' ? frame * (boxes.length / continuity.boxes.length) + places[i] : frame;
    const [x, y, width, height] = boxes.subarray(4 * at, 4 * at + 4);
    const local = name === 'pop' || name === 'slow';
    const event: JumpEvent = {
      model: name,
      frame,
      sum: series[i],
      box: local && width > 0 && height > 0 ? [x, y, width, height] : null,
      measure: measure => continuity.features[frame * features.length + features.indexOf(measure)],
    };
    return event;
  });
  return events.filter(({ box }) => box === null || !isCaption(box, picture));
}

function isCaption([x, y, width, height]: Box, picture: { width: number; height: number }): boolean {
  const middle = (x + width / 2) / picture.width;
  const down = (y + height / 2) / picture.height;
  return width >= CAPTION.wide * height && down >= CAPTION.low && Math.abs(middle - 0.5) <= CAPTION.aside;
}

import type { Box, FrameRange } from '../../clip.ts';
import type { Continuity } from '../../signals.ts';
import { boostedSum, type ContinuityModel, JUMP_MODELS, type JumpModel } from './model.ts';

/** Frames within which peaks of one model are one event. */
const EVENT = 6;
/** Frames at either end of a shot that are not judged: what a cut leaves in its neighbours. */
const MARGIN = 2;

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

/** Sums of every model over a shot, from its first frame; −Infinity where nothing is judged. */
export type JumpSums = Record<JumpModel, Float64Array>;

/** Runs the trees over a shot's boundaries. Repeated frames and the shot's first and last frames are not judged. */
export function jumpSums(continuity: Continuity, shot: FrameRange, model: ContinuityModel): JumpSums {
  const length = shot.end - shot.start;
  const width = model.features.length;
  const sums = Object.fromEntries(
    JUMP_MODELS.map(name => [name, new Float64Array(length).fill(Number.NEGATIVE_INFINITY)]),
  ) as JumpSums;
  const first = shot.start === 0 ? 1 : MARGIN + 1;
  for (let i = first; i < length - MARGIN; i++) {
    const frame = shot.start + i;
    if (continuity.repeats[frame] > 0) continue;
    for (const name of JUMP_MODELS) {
      sums[name][i] = boostedSum(model.models[name], continuity.features, frame * width);
    }
  }
  return sums;
}

/**
 * Peaks of a model's sums over its threshold, no two within six frames.
 *
 * @param least sum from which on a boundary counts
 */
export function jumpEvents(
  continuity: Continuity,
  shot: FrameRange,
  sums: JumpSums,
  name: JumpModel,
  least: number,
  features: readonly string[],
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
  return peaks.map(i => {
    const frame = shot.start + i;
    const boxes = name === 'slow' ? continuity.fadeBoxes : continuity.boxes;
    const [x, y, width, height] = boxes.subarray(4 * frame, 4 * frame + 4);
    const local = name === 'pop' || name === 'slow';
    return {
      model: name,
      frame,
      sum: series[i],
      box: local && width > 0 && height > 0 ? [x, y, width, height] : null,
      measure: measure => continuity.features[frame * features.length + features.indexOf(measure)],
    };
  });
}

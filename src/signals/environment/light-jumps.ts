import type { FrameRange } from '../../clip.ts';
import { LIGHT_STEP_VALUES, type LightSteps } from '../../signals.ts';
import { median } from '../../statistics.ts';
import type { Drift } from './drift.ts';

/** Frames on either side among which a step must stand out, and by how many times. */
const BESIDE = 8;
const STANDS_OUT = 8;
/** What every step is taken to vary by, as a logarithm: coding. */
const NOISE = 0.004;
/** Frames over which a step must stay, less than a flash of light lasts, and the part of it that must. */
const STAYS = 8;
const PART = 0.5;
/** Share of the picture that must show the same on both sides of the step. */
const SHARE = 0.3;

type What = 'light' | 'colour';

const first = { light: LIGHT_STEP_VALUES.indexOf('across'), colour: LIGHT_STEP_VALUES.indexOf('warm') };

/**
 * Changes of light direction or white balance that happen from one frame to the next and stay. Told from neighbouring frames
 * alone, so that it does not matter whether the camera moves and the place is ever seen again.
 *
 * @param least length of a step as a logarithm
 * @param frames first and end of the frames to look at; steps at its ends have no other side and are not told
 */
export function lightJumps(steps: LightSteps, what: What, least: number, { start, end }: FrameRange): Drift[] {
  const width = LIGHT_STEP_VALUES.length;
  const at = (frame: number, value: number) => steps[frame * width + first[what] + value];
  const sizes = Array.from({ length: end - start }, (_, k) => Math.hypot(at(start + k, 0), at(start + k, 1)));
  const found: Drift[] = [];
  for (let k = 3; k < sizes.length - 3; k++) {
    const frame = start + k;
    const share = at(frame, 3);
    if (sizes[k] < least || share < SHARE) continue;
    const near = [...sizes.slice(Math.max(1, k - BESIDE), k - 1), ...sizes.slice(k + 2, k + 1 + BESIDE)];
    if (sizes[k] < STANDS_OUT * (NOISE + median(near))) continue;
    const step: [number, number] = [at(frame, 0), at(frame, 1)];
    // A flash ends as it began: neither what follows nor what came before may undo the step.
    const stepAt = (n: number): [number, number] => [at(start + n, 0), at(start + n, 1)];
    const after = sizes.slice(k + 1, k + 1 + STAYS).map((_, n) => stepAt(k + 1 + n));
    const before = sizes.slice(Math.max(0, k - STAYS), k).map((_, n) => stepAt(k - 1 - n));
    const kept = Math.min(keptOf(step, sizes[k], after), keptOf(step, sizes[k], before));
    const size = kept * sizes[k];
    if (kept < PART || size < least) continue;
    found.push({
      start: frame - 1,
      end: frame,
      size,
      parts: [step[0] * kept, step[1] * kept],
      agreement: sizes[k] / Math.max(NOISE, at(frame, 2)),
      share,
    });
  }
  return found;
}

/** Least part of a step that is left when the steps beside it are added one after the other, at most all. */
function keptOf(step: readonly [number, number], size: number, beside: readonly (readonly [number, number])[]): number {
  let [sum, least] = [size, size];
  for (const [x, y] of beside) {
    sum += (x * step[0] + y * step[1]) / size;
    least = Math.min(least, sum);
  }
  return least / size;
}

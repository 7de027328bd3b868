import type { Rises, Shifts } from '../signals.ts';
import { cameraOf } from './camera.ts';
import { defineObserver } from './observer.ts';
import { type Leap, LeapFinder } from './things-leaps.ts';
import { ThingsMemory } from './things-memory.ts';
import { type Rise, RiseFinder, SIDE } from './things-rises.ts';
import { type Shift, ShiftFinder } from './things-shifts.ts';
import type { Box } from './things-windows.ts';

/** Pictures per second at which rises are looked for; faster clips are taken every second, third … frame. */
const RISES_RATE = 27;

/**
 * What moves against all experience: leaps from one frame to the next, seen on a picture about 128 wide; shifts of place and
 * size that explain what stands out at one moment, and sudden rises, both followed on the small picture. Smaller things than
 * a thirtieth of the width are not seen.
 */
export const thingsObserver = defineObserver({
  id: 'things',
  provides: ['leaps', 'shifts', 'rises'],
  reads: 'small',
  // It runs none, but comparing places costs what a small network does.
  models: [],
  start(context) {
    const { clip, small } = context;
    const camera = cameraOf(context);
    const { factor } = camera.pyramid;
    const leapFinder = new LeapFinder(new ThingsMemory(camera.pyramid.levels[0], LeapFinder.BYTES, LeapFinder.FLOATS));
    const shiftFinder = new ShiftFinder(new ThingsMemory(small, ShiftFinder.BYTES, 0));
    const riseFinder = new RiseFinder(new ThingsMemory(small, RiseFinder.BYTES, 0));
    const smallX = clip.video.width / small.width;
    const smallY = clip.video.height / small.height;
    const [scaleX, scaleY] = [smallX * factor, smallY * factor];
    const every = Math.max(1, Math.round(clip.video.fps.num / clip.video.fps.den / RISES_RATE));
    const leapFrames: number[] = [];
    const leapValues: number[] = [];
    const keep = ({ from, to, ratio, likeness, before, after }: Leap, frame: number) => {
      leapFrames.push(frame);
      for (const box of [from, to])
        leapValues.push(box.x * scaleX, box.y * scaleY, box.width * scaleX, box.height * scaleY);
      leapValues.push(ratio, likeness, before.x * scaleX, before.y * scaleY, after.x * scaleX, after.y * scaleY);
    };
    const shifts: { frame: number; shift: Shift }[] = [];
    const rises: Rise[] = [];
    /** The camera's way since the clip's start at the pictures in which rises are looked for, small-picture pixels. */
    const wayX: number[] = [];
    const wayY: number[] = [];
    /** … and since the last of them. */
    const since = { x: 0, y: 0 };
    let [x, y] = [0, 0];
    /** Pictures too small for a window to move in. */
    const tiny = Math.min(small.width, small.height) < 4 * SIDE;

    return {
      frame(frame) {
        const { after, small: picture, translation: step } = camera.step(frame);
        for (const leap of leapFinder.push(after.levels[0].data, step)) keep(leap, frame.index - leap.ago);
        since.x += step.x * factor;
        since.y += step.y * factor;
        if (tiny) return;
        const whole = { x: step.x * factor, y: step.y * factor };
        for (const shift of shiftFinder.push(picture.data, whole))
          shifts.push({ frame: frame.index - shift.ago, shift });
        if (frame.index % every > 0) return;
        x += since.x;
        y += since.y;
        wayX.push(x);
        wayY.push(y);
        rises.push(...riseFinder.push(picture.data, since));
        since.x = 0;
        since.y = 0;
      },
      finish() {
        rises.push(...riseFinder.finish());
        rises.sort((a, b) => a.first + a.start - b.first - b.start);
        return {
          leaps: { frames: Uint32Array.from(leapFrames), values: Float32Array.from(leapValues) },
          shifts: packedShifts(shifts, smallX, smallY),
          rises: packedRises(rises, every, { wayX, wayY, smallX, smallY }),
        };
      },
    };
  },
});

function packedShifts(shifts: readonly { frame: number; shift: Shift }[], scaleX: number, scaleY: number): Shifts {
  const box = ({ x, y, width, height }: Box) => [x * scaleX, y * scaleY, width * scaleX, height * scaleY];
  const values = shifts.flatMap(({ shift }) => [
    ...box(shift.from),
    ...box(shift.to),
    shift.ratio,
    shift.likeness,
    ...[shift.before, shift.after].flatMap(({ x, y }) => [x * scaleX, y * scaleY]),
    shift.unmoved,
    shift.oneWay,
    shift.followed,
    shift.level,
    shift.timesFrom,
    shift.timesTo,
    shift.share,
    shift.split ? 1 : 0,
  ]);
  return { frames: Uint32Array.from(shifts, ({ frame }) => frame), values: Float32Array.from(values) };
}

function packedRises(
  rises: readonly Rise[],
  every: number,
  { wayX, wayY, smallX, smallY }: { wayX: number[]; wayY: number[]; smallX: number; smallY: number },
): Rises {
  const rows = [0];
  const frames: number[] = [];
  const place: number[] = [];
  for (const { first, x, y } of rises) {
    x.forEach((seenX, k) => {
      const picture = first + k;
      frames.push(picture * every);
      place.push(seenX * smallX, y[k] * smallY, (seenX - wayX[picture]) * smallX, (y[k] - wayY[picture]) * smallY);
    });
    rows.push(frames.length);
  }
  return {
    rows: Uint32Array.from(rows),
    starts: Uint32Array.from(rises, ({ start }) => start),
    frames: Uint32Array.from(frames),
    place: Float32Array.from(place),
  };
}

import { cameraOf } from './camera.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';
import { Shelf } from './shelf.ts';
import { BackgroundModel } from './things-background.ts';
import { BlobFinder, LOOK_SIDE, lookOf } from './things-blobs.ts';
import { type Leap, LeapFinder } from './things-leaps.ts';
import { ThingsMemory } from './things-memory.ts';

/** Values per row of {@link Things.place}. */
const PLACE = 5;

/**
 * Compact regions that differ from a slowly learnt background behind the camera's motion: where they are, how large, and
 * how they look. Works on a picture about 128 wide; what is smaller than a thirtieth of the width is not seen.
 */
export const thingsObserver = defineObserver({
  id: 'things',
  provides: ['things', 'leaps'],
  reads: 'small',
  start(context) {
    const { clip, small } = context;
    const frames = clip.times.length;
    const rows = [0];
    const place = new SeriesBuilder(frames * PLACE);
    const cameraX = new SeriesBuilder(frames);
    const cameraY = new SeriesBuilder(frames);
    const looks = new Shelf();

    const camera = cameraOf(context);
    const [finest] = camera.pyramid.levels;
    const bytes = BackgroundModel.BYTES + BlobFinder.BYTES + LeapFinder.BYTES;
    const floats = BackgroundModel.FLOATS + BlobFinder.FLOATS + LeapFinder.FLOATS;
    const memory = new ThingsMemory(finest, bytes, floats);
    const background = new BackgroundModel(memory);
    const finder = new BlobFinder(memory);
    const leapFinder = new LeapFinder(memory);
    const leapFrames: number[] = [];
    const leapValues: number[] = [];
    const keep = ({ from, to, ratio, likeness, before, after }: Leap, frame: number) => {
      leapFrames.push(frame);
      for (const box of [from, to])
        leapValues.push(box.x * scaleX, box.y * scaleY, box.width * scaleX, box.height * scaleY);
      leapValues.push(ratio, likeness, before.x * scaleX, before.y * scaleY, after.x * scaleX, after.y * scaleY);
    };
    const scaleX = (clip.video.width / small.width) * camera.pyramid.factor;
    const scaleY = (clip.video.height / small.height) * camera.pyramid.factor;
    let count = 0;
    const row = new Float32Array(PLACE);

    return {
      frame(frame) {
        const { after, translation: step } = camera.step(frame);
        const leaps = leapFinder.push(after.levels[0].data, step);
        const mask = background.compare(leapFinder.newest, step);
        if (mask) {
          const blobs = finder.find(mask);
          for (const blob of blobs) {
            row.set([
              blob.x * scaleX,
              blob.y * scaleY,
              blob.width * scaleX,
              blob.height * scaleY,
              blob.area * scaleX * scaleY,
            ]);
            place.append(row);
            looks.put(lookOf(after.levels[0], blob));
            count++;
          }
        }
        background.learn(leapFinder.newest);
        for (const leap of leaps) keep(leap, frame.index - leap.ago);
        rows.push(count);
        cameraX.push(step.x * scaleX);
        cameraY.push(step.y * scaleY);
      },
      finish: () => ({
        things: {
          rows: Uint32Array.from(rows),
          place: place.finish(),
          looks: allOf(looks),
          lookSide: LOOK_SIDE,
          cameraX: cameraX.finish(),
          cameraY: cameraY.finish(),
        },
        leaps: { frames: Uint32Array.from(leapFrames), values: Float32Array.from(leapValues) },
      }),
    };
  },
});

function allOf(shelf: Shelf): Uint8Array {
  const out = new Uint8Array(shelf.length);
  shelf.read(0, out);
  shelf.close();
  return out;
}

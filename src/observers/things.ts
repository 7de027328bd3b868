import { type Translation, translationBetween } from './global-motion.ts';
import { defineObserver } from './observer.ts';
import { type Plane, Pyramid } from './pyramid.ts';
import { SeriesBuilder } from './series.ts';
import { BackgroundModel } from './things-background.ts';
import { BlobFinder, LOOK_SIDE, MOST_BLOBS } from './things-blobs.ts';
import { type Leap, LeapFinder } from './things-leaps.ts';

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
  content: true,
  start({ clip, small }) {
    const frames = clip.times.length;
    const rows = [0];
    const place = new SeriesBuilder(frames * PLACE);
    const cameraX = new SeriesBuilder(frames);
    const cameraY = new SeriesBuilder(frames);
    let looks: Uint8Array[] = [];
    const chunks: Uint8Array[] = [];

    let before = new Pyramid(small);
    let after = new Pyramid(small);
    const [finest] = after.levels;
    const background = new BackgroundModel(finest);
    const finder = new BlobFinder(finest);
    const leapFinder = new LeapFinder(finest);
    const leapFrames: number[] = [];
    const leapValues: number[] = [];
    const keep = ({ from, to, ratio, likeness, before, after }: Leap, frame: number) => {
      leapFrames.push(frame);
      for (const box of [from, to])
        leapValues.push(box.x * scaleX, box.y * scaleY, box.width * scaleX, box.height * scaleY);
      leapValues.push(ratio, likeness, before.x * scaleX, before.y * scaleY, after.x * scaleX, after.y * scaleY);
    };
    const step: Translation = { x: 0, y: 0 };
    const scaleX = (clip.video.width / small.width) * after.factor;
    const scaleY = (clip.video.height / small.height) * after.factor;
    let count = 0;
    let first = true;
    const row = new Float32Array(PLACE);

    return {
      frame({ index, small: picture }) {
        after.fill(picture);
        if (!first) {
          if (same(before.levels[0], after.levels[0])) Object.assign(step, { x: 0, y: 0 });
          else translationBetween(before, after, step, step);
        }
        first = false;
        const mask = background.compare(after.levels[0], step);
        if (mask) {
          const blobs = finder.find(mask, after.levels[0]);
          for (const blob of blobs) {
            row.set([
              blob.x * scaleX,
              blob.y * scaleY,
              blob.width * scaleX,
              blob.height * scaleY,
              blob.area * scaleX * scaleY,
            ]);
            place.append(row);
            looks.push(blob.look);
            count++;
          }
        }
        background.learn(after.levels[0]);
        for (const leap of leapFinder.push(after.levels[0], step)) keep(leap, index - leap.ago);
        rows.push(count);
        cameraX.push(step.x * scaleX);
        cameraY.push(step.y * scaleY);
        // Small buffers are gathered now and then: thousands of them cost more than what they hold.
        if (looks.length > 16 * MOST_BLOBS) {
          chunks.push(joined(looks));
          looks = [];
        }
        [before, after] = [after, before];
      },
      finish: () => ({
        things: {
          rows: Uint32Array.from(rows),
          place: place.finish(),
          looks: joined([...chunks, ...looks]),
          lookSide: LOOK_SIDE,
          cameraX: cameraX.finish(),
          cameraY: cameraY.finish(),
        },
        leaps: { frames: Uint32Array.from(leapFrames), values: Float32Array.from(leapValues) },
      }),
    };
  },
});

function same(a: Plane, b: Plane): boolean {
  for (let i = 0; i < a.data.length; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

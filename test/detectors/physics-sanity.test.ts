import { describe, expect, it } from 'vitest';
import { physicsSanity } from '../../src/detectors/physics-sanity.ts';
import { thingsObserver } from '../../src/observers/things.ts';
import { see } from '../observers/pictures.ts';
import { clipOf, grainy, HEIGHT, type Painting, scene, times, WIDTH } from '../observers/scenes.ts';
import { outcomeOf } from './picture-signals.ts';

const RATE = { num: 25, den: 1 };
const room = scene(3);

/** Where the middle of a thing is and how wide it is; null when it is not there. */
type Course = (frame: number) => { x: number; y: number; size: number } | null;

/** A bright ball with a faint stripe on a course through a room. */
function ball(frame: number, course: Course, camera = 0): Painting {
  const base = camera === 0 ? room : scene(3, camera * frame);
  const place = course(frame);
  const out = { ...base, y: base.y.slice() };
  if (!place) return out;
  const radius = place.size / 2;
  for (let y = Math.max(0, Math.floor(place.y - radius)); y < Math.min(HEIGHT, place.y + radius); y++) {
    for (let x = Math.max(0, Math.floor(place.x - radius)); x < Math.min(WIDTH, place.x + radius); x++) {
      const [u, v] = [(x + 0.5 - place.x) / radius, (y + 0.5 - place.y) / radius];
      if (u * u + v * v > 1) continue;
      out.y[y * WIDTH + x] = Math.abs(u + v) < 0.4 ? 190 : 240;
    }
  }
  return out;
}

async function judged(
  frames: number,
  course: Course,
  camera = 0,
  options: Record<string, unknown> = {},
  held: number[] = [],
) {
  const size = { width: WIDTH, height: HEIGHT, stride: WIDTH, chromaStride: WIDTH / 2 };
  const seen = times(frames, i => ball(i, course, camera)).map((painting, i) => ({
    analysis: { ...size, ...grainy(painting, 2, i) },
  }));
  const signals = await see(thingsObserver, seen, { width: 5 * WIDTH, height: 5 * HEIGHT, fps: RATE });
  const frameDifference = Float32Array.from({ length: frames }, (_, i) => (held.includes(i) ? 0 : 4));
  return outcomeOf(physicsSanity, clipOf(frames, RATE), { ...signals, frameDifference }, { options });
}

const fly: Course = frame => ({ x: 30 + 3 * frame, y: 60 + 8 * Math.sin(frame / 15), size: 24 });

describe('physics-sanity', () => {
  it('lets things fly, come nearer and be caught', async () => {
    expect((await judged(50, fly)).findings).toEqual([]);
    expect((await judged(50, frame => ({ x: 30 + 3 * frame, y: 70, size: 14 * 1.02 ** frame }))).findings).toEqual([]);
    expect((await judged(50, frame => fly(Math.min(frame, 25)))).findings).toEqual([]);
  });

  it('finds a jump of no more than the own size of a thing, and no little swerve', async () => {
    const jumps =
      (by: number): Course =>
      frame => {
        const place = fly(frame);
        return place && frame >= 24 ? { ...place, x: place.x + by, y: place.y + by } : place;
      };
    const near = await judged(50, jumps(18));
    expect(near.findings.map(({ kind }) => kind)).toEqual(['teleport']);
    expect(near.findings[0].measured).toBeLessThan(0.12);
    expect((await judged(50, jumps(3))).findings).toEqual([]);
  });

  it('takes a leap after a picture that was held for lost time', async () => {
    const leaps: Course = frame => {
      const place = fly(frame);
      return place && frame >= 24 ? { ...place, x: place.x + 20, y: place.y + 30 } : place;
    };
    expect((await judged(50, leaps, 0, {}, [23])).findings).toEqual([]);
    // Every second picture is held: that is the clip's cadence, and no time is lost.
    const even = Array.from({ length: 25 }, (_, k) => 2 * k + 1);
    expect((await judged(50, leaps, 0, {}, even)).findings).toHaveLength(1);
  });

  it.each([0, 1.4])('finds a thing that jumps on its way, the camera moving by %s pixels a frame', async camera => {
    const jumps =
      (by: number): Course =>
      frame => {
        const place = fly(frame);
        return place && frame >= 24 ? { ...place, x: place.x + 20, y: place.y + by } : place;
      };
    const outcome = await judged(50, jumps(55), camera);
    expect(outcome.findings.map(({ kind }) => kind)).toEqual(['teleport']);
    const [{ peak, box, measured }] = outcome.findings;
    expect(Math.abs(peak - 24)).toBeLessThanOrEqual(1);
    expect(measured).toBeGreaterThan(0.15);
    // From the old place to the new one, in source pixels: five times the small picture.
    expect(box?.[3]).toBeGreaterThan(300);
    expect((await judged(50, jumps(55), camera, { teleport: 0.6 })).findings).toEqual([]);
  });

  it.each([
    [1.6, 'larger'],
    [0.6, 'smaller'],
  ])('finds a thing that becomes %s times as large from one frame to the next', async (factor, word) => {
    const pops: Course = frame => {
      const place = fly(frame);
      return place && { ...place, size: frame >= 24 ? 26 * factor : 26 };
    };
    const outcome = await judged(50, pops);
    expect(outcome.findings.map(({ kind }) => kind)).toEqual(['scale-pop']);
    expect(outcome.findings[0].message).toContain(word);
    expect(Math.abs(outcome.findings[0].peak - 24)).toBeLessThanOrEqual(1);
  });

  it('finds bounces that gain height, and leaves those alone that lose it', async () => {
    // Apexes of 24, 36 and 54 pixels above the floor; one frame squared of gravity is 0.5 pixels.
    const bounces =
      (heights: number[]): Course =>
      frame => {
        let from = 12;
        for (const height of heights) {
          const length = 2 * Math.sqrt((2 * height) / 0.5);
          if (frame < from + length) {
            const t = frame - from;
            const speed = Math.sqrt(2 * 0.5 * height);
            return t < 0 ? null : { x: 60 + frame, y: 118 - speed * t + 0.25 * t * t, size: 18 };
          }
          from += length;
        }
        return null;
      };
    const length = 95;
    const gains = await judged(length, bounces([24, 40, 66]));
    expect([...new Set(gains.findings.map(({ kind }) => kind))]).toEqual(['reversed-fall']);
    expect((await judged(length, bounces([66, 40, 24]))).findings).toEqual([]);
  });

  it('finds what lies still, leaps up by itself and hangs, and lets things be raised, thrown and dropped', async () => {
    const [floor, rise, length] = [110, 60, 20];
    const along =
      (course: (share: number) => number): Course =>
      frame => {
        const share = Math.min(1, Math.max(0, (frame - 25) / length));
        return { x: 60 + 0.4 * Math.max(0, frame - 25), y: floor - rise * course(share), size: 22 };
      };
    const leap = along(share => 1 - (1 - share) ** 2);
    const { findings } = await judged(70, leap);
    expect(findings.map(({ kind }) => kind)).toEqual(['reversed-fall']);
    const [{ peak, measured, message, box }] = findings;
    expect(Math.abs(peak - 26)).toBeLessThanOrEqual(1);
    expect(measured).toBeCloseTo(rise / HEIGHT, 1);
    expect(message).toContain('hangs');
    expect(box?.[1]).toBeLessThan(5 * (floor - rise));
    expect((await judged(70, leap, 0, { rise: 0.6 })).findings).toEqual([]);
    // A hand that lifts it begins gently; what is dropped plays the leap backwards.
    expect(
      (
        await judged(
          70,
          along(share => share ** 3 * (10 - 15 * share + 6 * share ** 2)),
        )
      ).findings,
    ).toEqual([]);
    expect((await judged(70, frame => leap(69 - frame))).findings).toEqual([]);
  });

  it('has nothing to say about a shot of a few frames', async () => {
    expect((await judged(8, fly)).status).toBe('skipped');
  });
});

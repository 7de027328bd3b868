import { describe, expect, it } from 'vitest';
import {
  alike,
  closestFaces,
  clothesBelow,
  type FaceSample,
  levelsOf,
  listened,
  loudnessJump,
  middleColour,
  samplesIn,
} from '../../src/gate/film/join.ts';
import { IDENTITY_LENGTH } from '../../src/landmarks.ts';

/** Appearance of person `who`, with `noise` of its own: cosine with the person's others falls as it grows. */
function face(frame: number, who: number, noise = 0): FaceSample {
  const vector = Int16Array.from({ length: IDENTITY_LENGTH }, (_, i) =>
    Math.round(
      12_000 * ((i * 7 + who * 13) % 31 < 15 ? 1 : -1) + 12_000 * noise * Math.sin(i * 91.7 + frame * 37.3 + who),
    ),
  );
  return { frame, place: [320, 100, 120], vector };
}

describe('loudness across a cut', () => {
  /** Ten seconds: `speech` spans at −20 LUFS, room tone at −45 elsewhere; everything from `louder.from` on `louder.by` louder. */
  const sound = (speech: [number, number][], louder = { from: 5, by: 0 }) => {
    const speaks = (at: number) => speech.some(([from, to]) => at >= from && at < to);
    const level = (at: number) => (speaks(at - 0.2) ? -20 : -45) + (at > louder.from + 0.2 ? louder.by : 0);
    const loudness = {
      ...{ integrated: -23, range: 5, truePeak: -1, step: 0.1 },
      momentary: Float32Array.from({ length: 100 }, (_, k) => level(k * 0.1)),
    };
    const voice = {
      step: 0.032,
      probability: Float32Array.from({ length: 313 }, (_, k) => (speaks(k * 0.032) ? 0.9 : 0.03)),
    };
    const [before, after] = listened({ start: 0, end: 5 }, { start: 5, end: 10 });
    return loudnessJump(levelsOf(loudness, voice, before), levelsOf(loudness, voice, after));
  };
  const talk: [number, number][] = [
    [1, 4.6],
    [5.2, 9],
  ];

  it('compares speech with speech', () => {
    expect(sound(talk)).toBeCloseTo(0, 1);
    expect(sound(talk, { from: 5, by: 12 })).toBeCloseTo(12, 1);
  });

  it('takes a pause after a sentence for none', () => {
    expect(sound([[1, 4]])).toBeCloseTo(0, 1);
    expect(sound([[1, 4]], { from: 5, by: -9 })).toBeCloseTo(-9, 1);
  });

  it('says nothing where the sides have nothing in common', () => {
    expect(sound([[0, 5]])).toBeNull();
  });
});

describe('faces across a cut', () => {
  it('finds the two that are most alike, and all that show the same face', () => {
    const before = [face(0, 1, 0.3), face(10, 2), face(20, 1, 0.2)];
    const after = [face(40, 3, 0.3), face(50, 2, 0.3), face(60, 2, 0.9)];
    const pair = closestFaces(before, after)!;
    expect([pair.before.frame, pair.after.frame]).toEqual([10, 50]);
    expect(alike(after, pair.before, 0.5).map(({ frame }) => frame)).toEqual([50, 60]);
    expect(closestFaces(before.slice(0, 1), after)!.cosine).toBeLessThan(0.5);
    expect(closestFaces(before, [])).toBeNull();
    expect(
      alike(
        Array.from({ length: 40 }, (_, k) => face(k, 1)),
        face(0, 1),
        0.5,
      ),
    ).toHaveLength(5);
  });

  it('reads samples of a range of frames', () => {
    const all = [face(3, 1), face(9, 2)];
    const identities = {
      ...{ frames: Uint32Array.of(3, 9), lineage: Uint32Array.of(1, 2) },
      place: Float32Array.from(all.flatMap(({ place }) => [...place])),
      vectors: Int16Array.from(all.flatMap(({ vector }) => [...vector])),
    };
    expect(samplesIn(identities, { start: 4, end: 10 })).toEqual([all[1]]);
  });

  it('looks for clothes below the face, and not below the picture', () => {
    const video = { width: 640, height: 360 };
    expect(clothesBelow([320, 100, 120], video)).toEqual({
      left: (320 - 48) / 640,
      top: 172 / 360,
      width: 96 / 640,
      height: 72 / 360,
    });
    expect(clothesBelow([320, 290, 120], video)).toBeNull();
  });

  it('does not let one picture decide a colour', () => {
    expect(
      middleColour([
        [50, 0, 0],
        [52, 1, 0],
        [10, 90, 40],
      ])?.map(Math.round),
    ).toEqual([50, 1, 0]);
    expect(middleColour([])).toBeNull();
  });
});

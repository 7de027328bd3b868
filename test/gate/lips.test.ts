import { describe, expect, it } from 'vitest';
import { bandsOf, opening, speech, talking, talkingFace } from '../../fixtures/talking-face.ts';
import { checkLips, type LipsFilm } from '../../src/gate/audio/lips.ts';
import type { FilmLine } from '../../src/gate/audio/plan.ts';
import type { Shot } from '../../src/signals.ts';

const samples = speech();
const seconds = samples.length / 16_000;
const speechBands = bandsOf(samples);
const voice = talking(0.95, seconds);
const spoken = opening(speechBands);
const end = Math.floor(seconds * 25) - 2;

function film(
  open: (at: number) => number,
  { shots, ...over }: Parameters<typeof talkingFace>[2] & { shots?: Shot[] } = {},
): LipsFilm {
  const { clip, faces } = talkingFace(seconds, open, over);
  return {
    clip,
    signals: { faces, voice, speechBands },
    shots: shots ?? [{ id: 's1', start: 0, end: clip.frames }],
  };
}
const line = (start: number, to: number, offScreen?: boolean): FilmLine => ({
  frames: { start, end: to },
  line: { from: start, to, speaker: 'Ana', ...(offScreen === undefined ? {} : { offScreen }) },
  brief: false,
});
const found = (given: LipsFilm, ...lines: FilmLine[]) =>
  checkLips(given, lines).map(({ kind, severity, start }) => `${kind} ${severity} ${start}`);

const speaker = film(spoken);
const listener = film(() => 0.02);
const nobody = film(spoken, { frames: () => false });
/** Lips that move as much, at other times. */
const other = film(at => spoken(seconds - at));

describe('lines marked on screen', () => {
  it('want lips that move', () => {
    expect(found(speaker, line(0, end, false))).toEqual([]);
    expect(found(speaker, line(20, 60, false))).toEqual([]);
    expect(found(listener, line(20, 60, false))).toEqual(['lips-still review 20']);
  });

  it('are said not to be checked where no lips can be read', () => {
    expect(found(nobody, line(20, 60, false))).toEqual(['lips-unseen info 20']);
    expect(
      found(
        film(() => 0.02, { span: 14 }),
        line(20, 60, false),
      ),
    ).toEqual(['lips-unseen info 20']);
    expect(
      found(
        film(() => 0.02, { frames: frame => frame < 28 }),
        line(20, 80, false),
      ),
    ).toEqual(['lips-unseen info 20']);
  });
});

describe('lines marked off screen', () => {
  it('must not be spoken by somebody in the picture', () => {
    expect(found(speaker, line(0, end, true))).toEqual(['lips-synced review 0']);
    expect(found(listener, line(0, end, true))).toEqual([]);
    expect(found(nobody, line(0, end, true))).toEqual([]);
    expect(found(other, line(0, end, true))).toEqual([]);
  });

  it('are judged together where nobody speaks between them, else said to be too short', () => {
    const [a, b] = [line(2, 60, true), line(62, end, true)];
    expect(found(speaker, a)).toEqual(['lips-unsure info 2']);
    expect(found(speaker, a, b)).toEqual(['lips-synced review 2']);
    expect(found(speaker, a, line(60, 62, false), b)[0]).toMatch(/^lips-un/);
    const cut = [
      { id: 's1', start: 0, end: 61 },
      { id: 's2', start: 61, end: end + 2 },
    ];
    expect(found(film(spoken, { shots: cut }), a, line(62, 120, true))).toEqual([
      'lips-unsure info 2',
      'lips-unsure info 62',
    ]);
  });
});

it('lines that are not marked, or hardly used, are left alone', () => {
  expect(found(listener, line(0, end), { ...line(0, 10, false), brief: true })).toEqual([]);
});

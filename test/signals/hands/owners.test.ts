import { describe, expect, it } from 'vitest';
import { ownerlessHands } from '../../../src/signals/hands/owners.ts';
import { bodiesOf, facesOf, type Person } from '../../detectors/body-signals.ts';
import { handSignals } from '../../detectors/hand-signals.ts';

const FRAMES = 12;
const PICTURE = { width: 1280, height: 720 };
const SHOT = { start: 0, end: FRAMES };
/** Hands stand at x, wrist at (x + 80, 140), 106 pixels long; further hands of a look 300 pixels to the right. */
const HANDS = [{ x: 100 }, { x: 100 }, { x: 100 }];
const wrist = (k: number): [number, number] => [180 + 300 * k, 140];
const ME: Person = { x: 500, y: 200, wrists: [wrist(0), wrist(1)] };
const MY_FACE = [500, 90, 120] as const;

interface Scene {
  hands?: { x?: number }[];
  people?: Person[];
  faces?: (readonly [number, number, number])[];
  frames?: number;
}
const ask = ({ hands = HANDS, people = [ME], faces = [MY_FACE] }: Scene, picture = PICTURE) =>
  ownerlessHands(
    SHOT,
    {
      hands: handSignals(FRAMES, () => hands).hands,
      bodies: bodiesOf(FRAMES, 3, () => people),
      faces: facesOf(FRAMES, () => faces),
    },
    picture,
  );

describe('hands without an owner', () => {
  // The third wrist is at 780, 140: outside the reach of the body at 500, inside that of the body at 720.
  const wide: Person = { ...ME, x: 700, wrists: [wrist(0), wrist(1)] };
  const face = [700, 90, 120] as const;
  const scene: Scene = { people: [wide], faces: [face] };

  it('are those beyond both hands of the only person', () => {
    const { asked, ownerless } = ask(
      { ...scene, people: [{ ...wide, x: 720, y: 250 }], faces: [[720, 140, 120]] },
      { width: 1280, height: 1000 },
    );
    expect(asked).toEqual([0, 3, 6, 9]);
    expect(ownerless.map(({ frame }) => frame)).toEqual([0, 3, 6, 9]);
    expect(new Set(ownerless.map(({ row }) => row % 3))).toEqual(new Set([2]));
  });

  it('are none where everybody has two', () => {
    expect(ask({ hands: HANDS.slice(0, 2) })).toMatchObject({ ownerless: [], asked: [0, 3, 6, 9] });
  });

  it('cannot be known when a wrist is hidden or has no hand', () => {
    expect(ask({ ...scene, people: [{ ...wide, sure: 0.2 }] }).asked).toEqual([]);
    expect(ask({ ...scene, people: [{ ...wide, wrists: [wrist(0), [640, 600]] }] }).asked).toEqual([]);
    expect(ask({ people: [] }).asked).toEqual([]);
  });

  it('cannot be known when somebody is seen who was not measured, or is hidden now', () => {
    expect(ask({ ...scene, faces: [face, [1100, 90, 120]] }).asked).toEqual([]);
    const hidden = ownerlessHands(
      SHOT,
      {
        hands: handSignals(FRAMES, () => HANDS).hands,
        bodies: bodiesOf(FRAMES, 3, frame => (frame === 0 ? [wide, { x: 1000, y: 200 }] : [wide])),
        faces: facesOf(FRAMES, () => [face]),
      },
      PICTURE,
    );
    expect(hidden.asked).toEqual([]);
  });

  it('are not those whose arm comes from outside, nor those far from every body', () => {
    // Below the wrist 2.5 hand sizes are needed: the picture ends before.
    expect(
      ask({ ...scene, people: [{ ...wide, x: 720, y: 250 }], faces: [[720, 140, 120]] }, { width: 1280, height: 260 })
        .ownerless,
    ).toEqual([]);
    expect(ask({ people: [ME], faces: [MY_FACE] }, { width: 1280, height: 1000 }).ownerless).toEqual([]);
  });
});

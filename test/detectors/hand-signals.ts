import type { ClipFacts } from '../../src/clip.ts';
import {
  HAND_CUES,
  HAND_GATES,
  HAND_THUMB,
  type HandCue,
  type HandEvidence,
  type HandGate,
  type Hands,
  WORLD_STEP,
} from '../../src/landmarks.ts';
import { TableBuilder } from '../../src/observers/vision/table.ts';
import type { Signals } from '../../src/signals.ts';
import { flat, openHand } from '../observers/open-hand.ts';

/** One hand at one look. */
export interface Look {
  x?: number;
  gate?: HandGate;
  cues?: Partial<Record<HandCue, number>>;
  lineage?: number;
  /** 21 × (x, y, z) in metres. */
  world?: readonly number[];
}

export const RATE = 24;
/** Frames between two close looks. */
export const STEP = 4;
const CALM: Record<HandCue, number> = {
  extra: 0.1,
  stem: 0.1,
  apart: 0,
  tips: 0.8,
  tipless: 0.1,
  boneless: 0.1,
  webless: 0.1,
  damage: 0.05,
  open: 5,
  spread: 0.3,
  surplus: 0.05,
  lacking: 0.05,
  fused: 0.05,
  melted: 0.05,
  hidden: 0.02,
  spoilt: 0.05,
  grown: 0.05,
  gone: 0.05,
  unsteady: 0.02,
};
export const SIX: Partial<Record<HandCue, number>> = { surplus: 0.92, grown: 0.92 };

export const handClip = (frames: number): ClipFacts =>
  ({
    frames,
    times: Float64Array.from({ length: frames }, (_, k) => k / RATE),
    seconds: frames / RATE,
    video: { width: 1280, height: 720, fps: { num: RATE, den: 1 } },
  }) as unknown as ClipFacts;

/** Hands as their observers would give them: `seen` says what is there at each look; landmarks are there in every frame. */
export function handSignals(
  frames: number,
  seen: (look: number, frame: number) => Look[],
): Pick<Signals, 'hands' | 'handEvidence'> {
  const builder = new TableBuilder({
    points: 21,
    columns: { right: { of: 'float', values: 1 }, world: { of: 'short', values: 63 } },
    budget: 1e7,
    rowsPerFrame: 4,
    step: 1,
  });
  const rows: { frame: number; look: Look; lineage: number }[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const looks = seen(Math.floor(frame / STEP), frame);
    builder.add(
      frame,
      looks.map(({ x = 200, lineage = 1, world = [] }, k) => {
        const points = flat(openHand());
        for (let p = 0; p < points.length; p += 3) points[p] += x + 300 * k;
        return {
          lineage: lineage + k,
          presence: 1,
          sharpness: 0.2,
          place: [x + 80 + 300 * k, 80, 160],
          points,
          extra: { right: [1], world: Int16Array.from({ length: 63 }, (_, p) => (world[p] ?? 0) * WORLD_STEP) },
        };
      }),
    );
    if (frame % STEP === 0)
      for (const [k, look] of looks.entries()) rows.push({ frame, look, lineage: (look.lineage ?? 1) + k });
  }
  const handEvidence: HandEvidence = {
    step: STEP,
    frames: Uint32Array.from(rows, ({ frame }) => frame),
    lineage: Uint32Array.from(rows, ({ lineage }) => lineage),
    gate: Uint8Array.from(rows, ({ look }) => HAND_GATES.indexOf(look.gate ?? 'judged')),
    cues: Float32Array.from(rows.flatMap(({ look }) => HAND_CUES.map(cue => ({ ...CALM, ...look.cues })[cue]))),
    extraAt: new Float32Array(2 * rows.length),
    crops: new Float32Array(4 * rows.length),
    thumbs: new Uint8Array(rows.length * HAND_THUMB * HAND_THUMB),
  };
  return { hands: builder.finish() as unknown as Hands, handEvidence };
}

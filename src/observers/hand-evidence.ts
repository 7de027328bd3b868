import { HAND_CUES, HAND_THUMB, type HandEvidence } from '../landmarks.ts';
import type { Picture, PictureSize } from '../media/frame.ts';
import { fromCrop, squareOfJudgedHand, toCrop } from './hand-crop.ts';
import { gateHand, gateLook, gateNumber } from './hand-gate.ts';
import { hiddenShare } from './hand-hidden.ts';
import { type LocalMaps, type LocalReading, readLocal, strongestOn } from './hand-local.ts';
import { drawLandmarks, type HandNet, openHandNet } from './hand-net.ts';
import { UnsteadyTurns, unsteadyOf } from './hand-unsteady.ts';
import { defineObserver, type Observer } from './observer.ts';
import type { Cropper } from './vision/crop.ts';
import type { HandSighting } from './vision/hand-eye.ts';
import { clipRate } from './vision/rate.ts';
import { closeLook, type SampleOptions } from './vision/run.ts';
import type { Square } from './vision/square.ts';

/** Looks per second at each hand: nine of them, the least for a steady answer, take a second and a half. */
const LOOKS_PER_SECOND = 6;
/** Most hands judged in one frame, the largest ones. */
const MOST_HANDS = 4;
/** Rows that are kept; when there are more, every second look goes. */
const MOST_ROWS = 24_000;

/** Probabilities of faults, each 0–1, by the network that holds what is seen against the landmarks of the whole hand. */
export interface HandFaults {
  surplus: number;
  lacking: number;
  fused: number;
  melted: number;
}

/** What was seen of one hand in one look. */
export interface HandLook extends LocalReading, HandFaults {
  /** Share of the hand that something lies in front of, 0–1. */
  hidden: number;
  /** Strongest places of the maps of harm, each 0–1. */
  spoilt: number;
  grown: number;
  gone: number;
  /** Disagreement of the landmarks in changed crops, see {@link unsteadyOf}; NaN where it was not measured. */
  unsteady: number;
  square: Square;
  /** {@link HAND_THUMB}² luma values. */
  thumb: Uint8Array;
}

/** Looks at one hand with the local network. The same hand and picture give the same answer. */
async function lookAtHand(
  net: HandNet,
  cropper: Cropper,
  picture: Picture,
  hand: HandSighting,
  others: readonly HandSighting[],
): Promise<HandLook> {
  const square = squareOfJudgedHand(hand.points);
  cropper.cut(picture, square, net.size, net.input, net.normalisation, 'repeat');
  return readHand(
    net,
    square,
    picture,
    hand.points,
    others.map(({ points }) => points),
  );
}

/**
 * Runs the network on the crop in its input and reads its maps.
 * @param points, others landmarks (x, y, z) in pixels of the picture that the crop was cut from
 */
export async function readHand(
  net: HandNet,
  square: Square,
  picture: PictureSize,
  points: Float32Array,
  others: readonly Float32Array[],
): Promise<HandLook> {
  const { size } = net;
  const thumb = thumbOf(net.input, size);
  const own = toCrop(points, square, size);
  drawLandmarks(own, size, net.lines);
  const [maps, [surplus, lacking, fused, melted], cover, harm] = await net.run();
  const inside = (x: number, y: number): boolean => {
    const [px, py] = fromCrop(x, y, square, size);
    return px > 1 && py > 1 && px < picture.width - 1 && py < picture.height - 1;
  };
  const reading = readLocal(
    mapsOf(maps, size / 2),
    own,
    others.map(other => toCrop(other, square, size)),
    inside,
  );
  const [x, y] = fromCrop(reading.extraX, reading.extraY, square, size);
  const hidden = hiddenShare(cover, own, size);
  const [spoilt, grown, gone] = harmOf(harm, own, size);
  return {
    ...reading,
    surplus,
    lacking,
    fused,
    melted,
    hidden,
    spoilt,
    grown,
    gone,
    unsteady: Number.NaN,
    extraX: x,
    extraY: y,
    square,
    thumb,
  };
}

/** Share of the cells on the hand that counts of a map of harm. */
const HARMED = 0.06;

/** What the three maps of harm show at their strongest. */
function harmOf(harm: Float32Array, points: Float32Array, size: number): number[] {
  const cells = harm.length / 3;
  return [0, 1, 2].map(k => strongestOn(harm.subarray(k * cells, (k + 1) * cells), points, size, HARMED));
}

/** The network's four maps, each a view of its output. */
function mapsOf(maps: Float32Array, grid: number): LocalMaps {
  const cells = grid * grid;
  const map = (k: number): Float32Array => maps.subarray(k * cells, (k + 1) * cells);
  return { tip: map(0), bone: map(1), web: map(2), damage: map(3), grid };
}

/** Means of luma over a coarse grid of the crop's inner two thirds; the network's input is −1 … 1. */
function thumbOf(input: Float32Array, size: number): Uint8Array {
  const plane = size * size;
  const from = Math.round(size / 6);
  const cell = (size - 2 * from) / HAND_THUMB;
  const out = new Uint8Array(HAND_THUMB * HAND_THUMB);
  for (let row = 0; row < HAND_THUMB; row++)
    for (let column = 0; column < HAND_THUMB; column++) {
      let sum = 0;
      let count = 0;
      for (let y = Math.floor(from + row * cell); y < from + (row + 1) * cell; y++)
        for (let x = Math.floor(from + column * cell); x < from + (column + 1) * cell; x++, count++) {
          const k = y * size + x;
          sum += 0.299 * input[k] + 0.587 * input[k + plane] + 0.114 * input[k + 2 * plane];
        }
      out[row * HAND_THUMB + column] = Math.round(Math.min(1, Math.max(0, (sum / count + 1) / 2)) * 255);
    }
  return out;
}

/** Rows as they come, bounded: when there are too many, every second look is dropped and the rest come half as often. */
class EvidenceStore {
  #rows: { frame: number; lineage: number; gate: number; look: HandLook | null }[] = [];
  readonly #scale: { x: number; y: number };
  step: number;

  constructor(step: number, scale: { x: number; y: number }) {
    this.step = step;
    this.#scale = scale;
  }

  add(frame: number, lineage: number, gate: number, look: HandLook | null): void {
    this.#rows.push({ frame, lineage, gate, look });
    if (this.#rows.length <= MOST_ROWS) return;
    this.step *= 2;
    this.#rows = this.#rows.filter(row => row.frame % this.step === 0);
  }

  finish(): HandEvidence {
    const rows = this.#rows;
    const { x, y } = this.#scale;
    const cues = new Float32Array(rows.length * HAND_CUES.length);
    const extraAt = new Float32Array(rows.length * 2);
    const crops = new Float32Array(rows.length * 4);
    const thumbs = new Uint8Array(rows.length * HAND_THUMB * HAND_THUMB);
    rows.forEach(({ look }, k) => {
      if (look === null) return;
      cues.set(
        HAND_CUES.map(cue => look[cue]),
        k * HAND_CUES.length,
      );
      extraAt.set([look.extraX * x, look.extraY * y], 2 * k);
      const { square } = look;
      crops.set([square.x * x, square.y * y, square.side * x, square.angle], 4 * k);
      thumbs.set(look.thumb, k * HAND_THUMB * HAND_THUMB);
    });
    return {
      step: this.step,
      frames: Uint32Array.from(rows, row => row.frame),
      lineage: Uint32Array.from(rows, row => row.lineage),
      gate: Uint8Array.from(rows, row => row.gate),
      cues,
      extraAt,
      crops,
      thumbs,
    };
  }
}

/** Close looks at hands: fingers counted where they are, not where they should be. */
export const handEvidenceObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'handEvidence'> =>
  defineObserver({
    id: 'hand-evidence',
    provides: ['handEvidence'],
    models: ['retake-hand-local', 'hand-features', 'palm-detection', 'hand-landmarks'],
    start: context =>
      closeLook(
        context,
        { watch: scene => scene.hands(sample), net: openHandNet },
        ({ scene, watch, net, scale, free }) => {
          const every = Math.max(1, Math.round(clipRate(context.clip) / LOOKS_PER_SECOND / sample)) * sample;
          const store = new EvidenceStore(every, scale);
          const turns = new UnsteadyTurns();
          return {
            async frame(frame) {
              const found = (await watch.look(frame)) ?? [];
              if (frame.index % store.step !== 0) return;
              const hands = found.map(({ seen }) => seen);
              const largest = [...found].sort((a, b) => b.seen.square.side - a.seen.square.side).slice(0, MOST_HANDS);
              for (const { seen, lineage } of largest) {
                const others = hands.filter(hand => hand !== seen);
                const gate = gateHand(seen, others, frame.analysis, scale.x);
                const look =
                  gate === 'judged' ? await lookAtHand(net, scene.cropper, frame.analysis, seen, others) : null;
                const answer = look ? gateLook(look) : gate;
                if (look && answer === 'judged' && turns.due(lineage))
                  look.unsteady = await unsteadyOf(watch.eye, frame.analysis, seen);
                store.add(frame.index, lineage, gateNumber(answer), answer === 'judged' ? look : null);
              }
            },
            finish: () => ({ handEvidence: store.finish() }),
            ended: free,
            close: free,
          };
        },
      ),
  });

export const handEvidence = handEvidenceObserver();

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { sha256 } from '../../src/inference/hash.ts';
import { type Faces, HAND_GATES, type HandGate } from '../../src/landmarks.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { squareOfJudgedHand } from '../../src/observers/hand-crop.ts';
import { gateHand } from '../../src/observers/hand-gate.ts';
import { observersFor } from '../../src/observers/index.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { clipRate } from '../../src/observers/vision/rate.ts';
import { sceneOf } from '../../src/observers/vision/scene.ts';
import type { Square } from '../../src/observers/vision/square.ts';
import { sourceScale } from '../../src/observers/vision/watch.ts';
import { shotSignals } from '../../src/signals/shots.ts';
import type { Measured } from '../../src/signals.ts';

/** Faces are not kept: hands without an owner are then asked about more often than in the product, never less. */
export const NO_FACES = { frames: new Uint32Array(0), rows: new Uint32Array(1), step: 1 } as unknown as Faces;

/** Side of the kept crops. */
export const CROP = 160;

/** One hand in one frame, with the crop that the local network looks at. Lengths in pixels of the analysis picture. */
export interface SeenHand {
  frame: number;
  lineage: number;
  gate: HandGate;
  /** 21 × (x, y, z). */
  points: Float32Array;
  others: Float32Array[];
  square: Square;
  /** Red, green and blue planes; empty when the hand is not judged. */
  crop: Uint8Array;
  sharpness: number;
  presence: number;
}

export interface SeenClip {
  name: string;
  clip: ClipFacts;
  /** Hands, bodies and what shots are found by. */
  signals: Measured;
  picture: { width: number; height: number };
  scale: { x: number; y: number };
  step: number;
  hands: SeenHand[];
}

/** Whether a clip was looked at before. */
export const wasSeen = (file: string, cache: string): boolean => existsSync(keptFile(file, cache));

const keptFile = (file: string, cache: string): string =>
  path.join(cache, `${path.basename(file)}-${sha256(new TextEncoder().encode(file)).slice(0, 6)}.v8`);

/** Looks at every clip once, without the local network, and keeps what it needs: networks are then compared in seconds. */
export async function seeClip(file: string, cache: string, looksPerSecond = 6): Promise<SeenClip> {
  await mkdir(cache, { recursive: true });
  const kept = keptFile(file, cache);
  if (existsSync(kept)) return deserialize(await readFile(kept)) as SeenClip;
  const seen = { hands: [] as SeenHand[], picture: { width: 0, height: 0 }, scale: { x: 1, y: 1 }, step: 1 };
  const keeper: AnyObserver = {
    id: 'keeper',
    provides: [],
    async start(context) {
      const scene = sceneOf(context);
      const leave = scene.enter();
      const watch = await scene.hands(1);
      seen.picture = context.analysis;
      seen.scale = sourceScale(context);
      seen.step = Math.max(1, Math.round(clipRate(context.clip) / looksPerSecond));
      const input = new Float32Array(3 * CROP * CROP);
      return {
        async frame(frame) {
          const found = (await watch.look(frame)) ?? [];
          if (frame.index % seen.step !== 0) return;
          const hands = found.map(({ seen: hand }) => hand);
          const largest = [...found].sort((a, b) => b.seen.square.side - a.seen.square.side).slice(0, 4);
          for (const { seen: hand, lineage } of largest) {
            const others = hands.filter(other => other !== hand);
            const gate = gateHand(hand, others, frame.analysis, seen.scale.x);
            const square = squareOfJudgedHand(hand.points);
            let crop = new Uint8Array(0);
            if (gate === 'judged') {
              scene.cropper.cut(frame.analysis, square, CROP, input, { scale: 1, offset: 0 }, 'repeat');
              crop = Uint8Array.from(input, value => Math.min(255, Math.max(0, Math.round(value))));
            }
            seen.hands.push({
              frame: frame.index,
              lineage,
              gate,
              points: hand.points.slice(),
              others: others.map(({ points }) => points.slice()),
              square,
              crop,
              sharpness: hand.sharpness,
              presence: hand.presence,
            });
          }
        },
        finish: () => ({}),
        close: leave,
      };
    },
  };
  const probed = await probe(file);
  const needed = new Set([...shotSignals, 'hands', 'bodies'] as const);
  const { clip, signals } = await observe(probed, [...observersFor(needed), keeper], { loudness: false });
  const out: SeenClip = { name: path.basename(file), clip, signals, ...seen };
  await writeFile(`${kept}.part`, serialize(out));
  await rename(`${kept}.part`, kept);
  return out;
}

export const gateCounts = (hands: readonly SeenHand[]): Record<string, number> =>
  Object.fromEntries(HAND_GATES.map(gate => [gate, hands.filter(hand => hand.gate === gate).length]));

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { Bodies } from '../../src/landmarks.ts';
import type { SemanticDrift, Shot } from '../../src/signals.ts';

/** A clip as training/morphing/extract.ts and people.ts keep it. */
export interface Cached {
  name: string;
  drift: SemanticDrift;
  shots: Shot[];
  seconds: number;
  source: { width: number; height: number };
  fps: { num: number; den: number };
  bodies: Bodies;
}

/** Nobody was seen. */
const nobody: Bodies = {
  frames: new Uint32Array(),
  rows: Uint32Array.of(0),
  step: 1,
  points: 33,
  place: new Float32Array(),
  packed: new Int16Array(),
  presence: new Float32Array(),
  lineage: new Uint32Array(),
  sharpness: new Float32Array(),
  visibility: new Uint8Array(),
  world: new Int16Array(),
};

/** Reads a clip's drift from a folder, and its bodies from `people` beside that folder; nobody where those were not kept. */
export function readCached(folder: string, name: string): Cached {
  const about = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const rate = about.fps.num / about.fps.den;
  const people = join(folder, '..', 'people', `${name}.v8`);
  return {
    name,
    drift: {
      starts: Uint32Array.from(about.starts),
      ends: Uint32Array.from(about.ends),
      step: about.step,
      columns: about.columns,
      rows: about.rows,
      packed: new Uint8Array(readFileSync(join(folder, `${name}.bin`))),
    },
    shots: about.shots,
    seconds: about.frames / (rate < 240 ? rate : 30),
    source: { width: about.width, height: about.height },
    fps: about.fps,
    bodies: existsSync(people) ? deserialize(readFileSync(people)).signals.bodies : nobody,
  };
}

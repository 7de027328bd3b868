import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { VoiceActivity } from '../../src/landmarks.ts';
import type { ObserveContext } from '../../src/observers/observer.ts';
import { voice } from '../../src/observers/voice.ts';

const RATE = 16_000;
let speech: Float32Array;

beforeAll(async () => {
  const file = fileURLToPath(new URL('../../fixtures/speech.flac', import.meta.url));
  const args = ['-v', 'error', '-i', file, '-ac', '1', '-ar', `${RATE}`, '-f', 'f32le', 'pipe:1'];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1e8 });
  speech = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
});

async function hear(chunks: Float32Array[]): Promise<VoiceActivity | null> {
  const run = await voice.start({} as ObserveContext);
  try {
    for (const chunk of chunks) await run.audio?.(chunk);
    return (await run.finish()).voice;
  } finally {
    await run.close?.();
  }
}

/** Cuts into pieces of uneven lengths. */
function pieces(samples: Float32Array): Float32Array[] {
  const out: Float32Array[] = [];
  for (let at = 0, k = 0; at < samples.length; k++) {
    const length = [1, 700, 4096, 33, 511][k % 5];
    out.push(samples.subarray(at, at + length));
    at += length;
  }
  return out;
}

const spoken = ({ step, probability }: VoiceActivity, from: number, to: number): number => {
  const part = probability.subarray(Math.ceil(from / step), Math.floor(to / step));
  return part.filter(value => value > 0.5).length / part.length;
};

describe('voice activity', () => {
  it('is high in speech and low in silence, hum and noise, at the right times', async () => {
    const lead = 2 * RATE;
    const seconds = Math.min(3, speech.length / RATE);
    const samples = new Float32Array(lead + seconds * RATE + lead);
    for (let i = 0; i < lead; i++) samples[i] = 0.05 * Math.sin((2 * Math.PI * 100 * i) / RATE);
    samples.set(speech.subarray(0, seconds * RATE), lead);
    for (let i = lead + seconds * RATE; i < samples.length; i++)
      samples[i] = (((i * 2654435761) >>> 0) / 2 ** 32 - 0.5) * 0.02;
    const activity = (await hear([samples])) as VoiceActivity;
    expect(activity.step).toBe(0.032);
    expect(activity.probability).toHaveLength(Math.ceil(samples.length / 512));
    expect(spoken(activity, 2.2, 2 + seconds - 0.2)).toBeGreaterThan(0.6);
    expect(spoken(activity, 0, 1.9)).toBeLessThan(0.05);
    expect(spoken(activity, 2.6 + seconds, 3.9 + seconds)).toBeLessThan(0.1);
  });

  it('does not depend on how the sound is cut into pieces, nor on what was heard before', async () => {
    const part = speech.subarray(0, 2 * RATE);
    const whole = await hear([part]);
    expect(await hear(pieces(part))).toEqual(whole);
  });

  it('is null when there is no sound', async () => {
    expect(await hear([])).toBeNull();
    expect(await hear([new Float32Array(0)])).toBeNull();
  });
});

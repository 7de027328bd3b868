import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RetakeError } from '../errors.ts';
import type { Loudness } from '../sound.ts';
import { fitsSocket } from './channel.ts';
import { diskFull } from './failures.ts';
import { LOUDNESS_FILE, LOUDNESS_STEP, SPEECH_FILE } from './graph.ts';

const folders = new Set<string>();
let hooked = false;

/** Makes a temporary folder that goes away with this process at the latest. */
export async function makeFolder(): Promise<string> {
  let folder: string;
  try {
    folder = await mkdtemp(join(tmpdir(), 'retake-'));
    if (!fitsSocket(folder)) {
      await rm(folder, { recursive: true, force: true });
      folder = await mkdtemp('/tmp/retake-');
    }
  } catch (thrown) {
    if (['ENOSPC', 'EDQUOT'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw diskFull(thrown);
    throw new RetakeError('output-unwritable', 'No temporary folder can be made.', {
      hint: 'Point TMPDIR at a folder that can be written to.',
      cause: thrown,
    });
  }
  if (!hooked) {
    process.on('exit', () => {
      for (const left of folders) rmSync(left, { recursive: true, force: true });
    });
    hooked = true;
  }
  folders.add(folder);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Samples per piece: one second. */
const PIECE = 16_000;

/** 16 kHz mono samples, −1 … 1, a second at a time. Each piece is the consumer's to keep. */
export async function* speechSamples(folder: string): AsyncGenerator<Float32Array, void> {
  const file = await open(join(folder, SPEECH_FILE), 'r').catch(() => null);
  if (file === null) return;
  try {
    const bytes = new Int16Array(PIECE);
    // No further than the file is long now: what answers without end is no file of ours.
    for (let left = (await file.stat()).size; left > 0; ) {
      const { bytesRead } = await file.read(bytes, 0, bytes.byteLength);
      const count = bytesRead >> 1;
      if (count === 0) return;
      left -= bytesRead;
      const samples = new Float32Array(count);
      for (let i = 0; i < count; i++) samples[i] = bytes[i] / 32_768;
      yield samples;
    }
  } finally {
    await file.close();
  }
}

/** ebur128 writes this for "nothing passed the gate". */
const GATED = -70;

/** Reads the measures that ebur128 left for every tenth of a second; null when it measured nothing. */
export async function readLoudness(folder: string): Promise<Loudness | null> {
  const momentary: number[] = [];
  let [integrated, range, peak] = [Number.NEGATIVE_INFINITY, 0, 0];
  let seen = false;
  const stream = createReadStream(join(folder, LOUDNESS_FILE), 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      const found = /^lavfi\.r128\.(M|I|LRA|true_peaks_ch\d+)=(-?[\d.]+|-?inf|-?nan)$/.exec(line);
      if (found === null) continue;
      const value = Number(found[2]);
      if (found[1] === 'M') {
        momentary.push(Number.isFinite(value) ? value : -120);
        seen = true;
      } else if (!Number.isFinite(value)) continue;
      else if (found[1] === 'I') integrated = value <= GATED ? Number.NEGATIVE_INFINITY : value;
      else if (found[1] === 'LRA') range = value;
      else peak = Math.max(peak, value);
    }
  } catch {
    return null;
  }
  if (!seen) return null;
  const truePeak = peak > 0 ? 20 * Math.log10(peak) : -120;
  return { integrated, range, truePeak, momentary: Float32Array.from(momentary), step: LOUDNESS_STEP };
}

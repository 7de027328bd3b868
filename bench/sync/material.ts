import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { decode } from '../../src/media/decode.ts';
import { probe } from '../../src/media/probe.ts';
import { SpeechBandMeter } from '../../src/observers/speech-bands.ts';
import { type LipSyncModel, parseLipSyncModel } from '../../src/signals/lip-sync/model.ts';
import { type MouthTrack, mouthOf } from '../../src/signals/lip-sync/mouth.ts';
import { findShots } from '../../src/signals/shots.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';
import type { Seen } from '../../training/lip-sync/features.ts';

/** A talking clip with a model that never saw its speaker. */
export interface Talker {
  name: string;
  path: string;
  mouth: MouthTrack;
  /** Sound as published. */
  samples: Float32Array;
  seen: Seen;
  model: LipSyncModel;
  fold: number;
}

/** Talkers of every fold that training wrote. */
export async function talkers(clips: string, seenFolder: string, folds: string): Promise<Talker[]> {
  const found: Talker[] = [];
  for (const file of (await readdir(folds)).filter(name => /^\d+\.json$/.test(name)).sort()) {
    const text = await readFile(path.join(folds, file), 'utf8');
    const model = parseLipSyncModel(text);
    const { unseen } = JSON.parse(text) as { unseen: Record<string, number> };
    for (const name of Object.keys(unseen)) {
      const seen = deserialize(await readFile(path.join(seenFolder, `${name}.v8`))) as Seen;
      const mouth = longestMouth(seen);
      if (mouth)
        found.push({
          name,
          path: path.join(clips, name),
          mouth,
          samples: seen.samples,
          seen,
          model,
          fold: Number.parseInt(file, 10),
        });
    }
  }
  return found;
}

export function longestMouth({ clip, signals }: Seen): MouthTrack | null {
  const tracks = faceTracks(clip, findShots(signals, clip).shots, signals.faces, null);
  const longest = tracks.sort((a, b) => b.rows.length - a.rows.length)[0];
  return longest ? mouthOf(clip, signals.faces, longest) : null;
}

export function bandsOf(samples: Float32Array): Float32Array {
  const meter = new SpeechBandMeter();
  meter.add(samples);
  return meter.finish() ?? new Float32Array(0);
}

/** A real file: the pictures copied, the sound filtered and encoded anew; then decoded as the product does it. Cached. */
export async function reencoded(
  clip: string,
  filter: string,
  kind: 'mp4' | 'mov',
  cache: string,
): Promise<Float32Array | null> {
  await mkdir(cache, { recursive: true });
  const key = createHash('sha256')
    .update(`${path.basename(clip)}\n${filter}\n${kind}`)
    .digest('hex')
    .slice(0, 24);
  const file = path.join(cache, `${key}.f32`);
  if (existsSync(file)) {
    const bytes = await readFile(file);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }
  const made = path.join(cache, `${key}.${kind}`);
  const sound = kind === 'mp4' ? ['-c:a', 'aac', '-b:a', '96k'] : ['-c:a', 'pcm_s16le'];
  const { status } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-y', '-i', clip, '-map', '0:v:0', '-map', '0:a:0', '-c:v', 'copy', '-af', filter, ...sound, made],
    { timeout: 60_000 },
  );
  if (status !== 0) return null;
  const decoding = await decode(await probe(made));
  try {
    for await (const frame of decoding.frames) void frame;
    const done = await decoding.finish();
    const chunks: Float32Array[] = [];
    for await (const samples of done.samples()) chunks.push(samples.slice());
    const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    await writeFile(file, Buffer.from(all.buffer));
    return all;
  } finally {
    await decoding.close();
    await rm(made, { force: true });
  }
}

/** The sound moved by so many ms, + late, as a filter. */
export const shiftFilter = (ms: number): string =>
  ms > 0
    ? `aresample=async=1:first_pts=0,adelay=${ms}:all=1`
    : ms < 0
      ? `aresample=async=1:first_pts=0,atrim=start=${-ms / 1000},asetpts=PTS-STARTPTS`
      : 'aresample=async=1:first_pts=0';

/** A stretch of a mouth as a clip of its own, and the same stretch of the bands: nothing outside is heard. */
export function strict(
  mouth: MouthTrack,
  bands: Float32Array,
  from: number,
  count: number,
): [MouthTrack, Float32Array] {
  const start = 2 * (mouth.first + from) * 40;
  const cut = new Float32Array(2 * count * 40).fill(Math.log(1e-8));
  cut.set(bands.subarray(Math.min(start, bands.length), Math.min(start + cut.length, bands.length)));
  const slice = (values: Float32Array) => {
    const width = values.length / mouth.length;
    return values.slice(from * width, (from + count) * width);
  };
  return [
    {
      ...mouth,
      first: 0,
      length: count,
      measures: slice(mouth.measures),
      lips: slice(mouth.lips),
      seen: mouth.seen.slice(from, from + count),
    },
    cut,
  ];
}

/** Starts of at most `most` windows, half overlapping. */
export function windowStarts(mouth: MouthTrack, seconds: number, most = 8): number[] {
  const count = seconds * 50 - 4;
  const slack = mouth.length - count;
  if (slack < 0) return [];
  const n = Math.min(most, Math.max(1, Math.floor(slack / (count / 2)) + 1));
  return Array.from({ length: n }, (_, k) => (n === 1 ? 0 : Math.round((k * slack) / (n - 1))));
}

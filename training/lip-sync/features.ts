/**
 * Turns what extract.ts kept into the numbers that training reads, with the product's own code: mouth measures of every
 * face track and log-mel bands, little-endian float32 beside an index.
 *
 *     npx tsx training/lip-sync/features.ts [cache folder] [feature folder]
 */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import type { Faces, Identities, VoiceActivity } from '../../src/landmarks.ts';
import { SpeechBandMeter } from '../../src/observers/speech-bands.ts';
import { LIPS_WIDTH, MEASURES, mouthOf } from '../../src/signals/lip-sync/mouth.ts';
import { findShots, type ShotSignals } from '../../src/signals/shots.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';

/** What extract.ts keeps of a clip. */
export interface Seen {
  clip: ClipFacts;
  signals: ShotSignals & { faces: Faces; identities: Identities; voice: VoiceActivity | null };
  samples: Float32Array;
}

const [cache = 'training/cache/lip-sync/seen', target = 'training/cache/lip-sync/features'] = process.argv.slice(2);
await mkdir(target, { recursive: true });
const index: object[] = [];
for (const file of (await readdir(cache)).filter(name => name.endsWith('.v8')).sort()) {
  const { clip, signals, samples } = deserialize(await readFile(path.join(cache, file))) as Seen;
  const name = file.slice(0, -3);
  const meter = new SpeechBandMeter();
  meter.add(samples);
  const bands = meter.finish() ?? new Float32Array(0);
  await save(`${name}.mel`, bands);
  await save(`${name}.voice`, signals.voice?.probability ?? new Float32Array(0));
  const { shots } = findShots(signals, clip);
  const tracks = faceTracks(clip, shots, signals.faces, signals.identities).filter(({ rows }) => rows.length >= 20);
  for (const track of tracks) {
    const mouth = mouthOf(clip, signals.faces, track);
    const stem = `${name}.${track.id}`;
    await save(`${stem}.measures`, mouth.measures);
    await save(`${stem}.lips`, mouth.lips);
    await save(`${stem}.seen`, Float32Array.from(mouth.seen));
    const yaw = Array.from(track.rows, row => Math.abs(signals.faces.pose[3 * row])).sort((a, b) => a - b);
    index.push({
      clip: name,
      track: track.id,
      first: mouth.first,
      length: mouth.length,
      span: mouth.span,
      yaw: yaw[yaw.length >> 1],
      width: clip.video.width,
      fps: clip.video.fps.num / clip.video.fps.den,
      measures: MEASURES.length,
      lips: LIPS_WIDTH,
    });
  }
  if (tracks.length === 0) index.push({ clip: name, track: null });
}
await writeFile(path.join(target, 'index.json'), JSON.stringify(index, null, 1));
console.log(index.length, 'tracks');

async function save(name: string, values: Float32Array): Promise<void> {
  await writeFile(path.join(target, `${name}.f32`), Buffer.from(values.buffer, values.byteOffset, values.byteLength));
}

/** Lips that speak in silence and rest during speech: planted on talking clips, and looked for where there are none. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import type { Fault } from '../../src/detectors/detector.ts';
import { judgeWith, lipSync } from '../../src/detectors/lip-sync.ts';
import { type Faces, frameOfRow, type VoiceActivity } from '../../src/landmarks.ts';
import { type LipSyncModel, lipSyncModel } from '../../src/signals/lip-sync/model.ts';
import { findShots } from '../../src/signals/shots.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';
import type { Seen } from '../../training/lip-sync/features.ts';
import { bandsOf, type Talker } from './material.ts';
import { silenced, voiceOf, withLips, withOpenLips } from './plants.ts';
import { percent, table } from './score.ts';

const OPTIONS = lipSync.meta.options.parse({});
const KINDS = ['mouth-without-speech', 'speech-without-mouth', 'closure'];

interface Changed {
  bands?: Float32Array;
  voice?: VoiceActivity | null;
  faces?: Faces;
  /** Seconds around which a clip of `seconds` is cut out; absent: all of it. */
  around?: number;
  seconds?: number;
}

/** Clips are cut to what generators make, s. */
const CLIP = 8;

/** Faults of a clip, whole, as the detector finds them with a model of choice; null where nothing could be judged. */
export function faultsIn(seen: Seen, model: LipSyncModel, changed: Changed = {}): Fault[] | null {
  const { clip, signals, samples } = seen;
  const { around, seconds = CLIP, bands = bandsOf(samples) } = changed;
  const [first, last] = around === undefined ? [0, clip.frames] : cutAround(seen, around, seconds);
  const voice = changed.voice === undefined ? signals.voice : changed.voice;
  const found: Fault[] = [];
  let ran = false;
  for (const whole of findShots(signals, clip).shots) {
    const shot = { ...whole, start: Math.max(first, whole.start), end: Math.min(last, whole.end) };
    if (shot.end <= shot.start) continue;
    const answer = judgeWith(() => model, {
      clip,
      shot,
      options: OPTIONS,
      signals: { faces: changed.faces ?? signals.faces, voice, speechBands: { step: 0.01, values: bands } },
    });
    if (answer.status !== 'ran') continue;
    ran = true;
    found.push(...answer.faults);
  }
  return ran ? found : null;
}

function cutAround({ clip }: Seen, middle: number, seconds: number): [number, number] {
  const { times, frames } = clip;
  const start = Math.max(0, Math.min(middle - seconds / 2, (times.at(-1) ?? 0) - seconds));
  const first = times.findIndex(time => time >= start);
  const last = times.findIndex(time => time >= start + seconds);
  return [Math.max(0, first), last < 0 ? frames : last];
}

/** The speech detector over the sound around a place; elsewhere it is as it was. */
async function voiceAround(before: VoiceActivity, samples: Float32Array, middle: number): Promise<VoiceActivity> {
  const block = 512;
  const first = Math.max(0, Math.floor(((middle - CLIP) * 16_000) / block));
  const heard = await voiceOf(samples.subarray(first * block, Math.round((middle + CLIP) * 16_000)));
  const probability = before.probability.slice();
  probability.set((heard?.probability ?? new Float32Array(0)).subarray(0, probability.length - first), first);
  return { ...before, probability };
}

const overlaps = (seen: Seen, fault: Fault, from: number, to: number): boolean => {
  const { times } = seen.clip;
  const start = times[fault.start];
  const end = times[Math.min(fault.end, times.length - 1)];
  return Math.min(end, to) - Math.max(start, from) >= 0.5 * (end - start);
};

/** Places of `seconds` with speech throughout, spread over a clip's longest track; two seconds before or behind them remain. */
function places({ mouth, seen }: Talker, seconds: number, most = 2): number[] {
  const { voice } = seen.signals;
  const first = mouth.first / 50;
  const last = (mouth.first + mouth.length) / 50 - seconds;
  const fits: number[] = [];
  for (let at = first + 0.2; at < last - 0.2; at += 0.1) {
    if (voice === null || (at - first < 2.2 && last - at < 2.2)) continue;
    const heard = voice.probability.subarray(
      Math.floor((at - 0.1) / voice.step),
      Math.ceil((at + seconds + 0.1) / voice.step),
    );
    if (heard.every(probability => probability >= 0.8)) fits.push(at);
  }
  const n = Math.min(most, fits.length);
  return Array.from({ length: n }, (_, k) => fits[Math.floor(((k + 0.5) * fits.length) / n)]);
}

/** Rows of faces between two times. */
function rowsWithin({ clip, signals }: Seen, from: number, to: number): number[] {
  return Array.from(signals.faces.presence, (_, row) => row).filter(row => {
    const time = clip.times[frameOfRow(signals.faces, row)];
    return time >= from && time < to;
  });
}

/** Lips at rest: rows of faces of clips in which nobody speaks. */
async function donors(folder: string): Promise<{ faces: Faces; rows: number[] }[]> {
  const found: { faces: Faces; rows: number[] }[] = [];
  for (const name of (await readdir(folder)).filter(file => /teacher_3|student_p6\.|bbab8n|sbwe5n/.test(file)).sort()) {
    const { clip, signals } = deserialize(await readFile(path.join(folder, name))) as Seen;
    const [track] = faceTracks(clip, findShots(signals, clip).shots, signals.faces, null).sort(
      (a, b) => b.rows.length - a.rows.length,
    );
    // GRID speakers rest before they begin.
    found.push({
      faces: signals.faces,
      rows: Array.from(track.rows.slice(0, /GRID|LipNet|bbab8n/.test(name) ? 8 : 60)),
    });
  }
  return found;
}

export async function stretches(all: readonly Talker[], seenFolder: string): Promise<void> {
  const long = all.filter(({ mouth }) => mouth.length >= 240);
  const rows: (string | number)[][] = [];
  const count = { planted: 0, extra: 0 };
  const line = (what: string, seconds: number, hits: number, n: number, judged: number) =>
    rows.push([what, `${seconds} s`, n, percent(judged / n), percent(hits / n), percent(hits / judged)]);

  for (const room of [Number.NEGATIVE_INFINITY, -30, -10])
    for (const seconds of [1.3, 1.6, 2.4]) {
      let [hits, n, judged] = [0, 0, 0];
      for (const talker of long)
        for (const at of places(talker, seconds)) {
          const samples = silenced(talker.samples, Math.round(at * 16_000), Math.round((at + seconds) * 16_000), room);
          const around = at + seconds / 2;
          const before = talker.seen.signals.voice as VoiceActivity;
          const voice = await voiceAround(before, samples, around);
          const faults = faultsIn(talker.seen, talker.model, { bands: bandsOf(samples), voice, around });
          n++;
          if (faults) judged++;
          const own = faults?.filter(({ kind }) => KINDS.includes(kind)) ?? [];
          const right = own.filter(
            f => f.kind === 'mouth-without-speech' && overlaps(talker.seen, f, at - 0.2, at + seconds + 0.2),
          );
          if (right.length > 0) hits++;
          count.extra += own.length - right.length;
          for (const fault of own.filter(one => !right.includes(one))) tell(talker.name, fault);
          count.planted++;
        }
      line(room === Number.NEGATIVE_INFINITY ? 'sound taken out' : `room at ${room} dB left`, seconds, hits, n, judged);
    }

  const rest = await donors(seenFolder);
  for (const seconds of [1, 1.6, 2.4]) {
    let [hits, n, judged] = [0, 0, 0];
    for (const talker of long)
      for (const [k, at] of places(talker, seconds).entries()) {
        const { faces } = talker.seen.signals;
        const bands = bandsOf(talker.samples);
        const inside = rowsWithin(talker.seen, at, at + seconds);
        const donor = rest[(n + k) % rest.length];
        const changed = withLips(faces, inside, donor.faces, donor.rows);
        const faults = faultsIn(talker.seen, talker.model, { faces: changed, bands, around: at + seconds / 2 });
        n++;
        if (faults) judged++;
        const own = faults?.filter(({ kind }) => KINDS.includes(kind)) ?? [];
        const right = own.filter(
          f => f.kind === 'speech-without-mouth' && overlaps(talker.seen, f, at - 0.2, at + seconds + 0.2),
        );
        if (right.length > 0) hits++;
        count.extra += own.length - right.length;
        for (const fault of own.filter(one => !right.includes(one))) tell(talker.name, fault);
        count.planted++;
      }
    line('lips of a silent face', seconds, hits, n, judged);
  }
  for (const least of [0.04, 0.06, 0.08])
    for (const seconds of [4.5, 8]) {
      let [hits, n, judged] = [0, 0, 0];
      for (const talker of long) {
        const { mouth, seen, model } = talker;
        const { faces } = seen.signals;
        const middle = (mouth.first + mouth.length / 2) / 50;
        if (mouth.length < 50 * (seconds - 0.2)) continue;
        const inside = rowsWithin(seen, middle - seconds / 2, middle + seconds / 2);
        const faults = faultsIn(seen, model, { faces: withOpenLips(faces, inside, least), around: middle });
        n++;
        if (faults) judged++;
        const own = faults?.filter(({ kind }) => KINDS.includes(kind)) ?? [];
        const right = own.filter(({ kind }) => kind === 'closure');
        if (right.length > 0) hits++;
        count.extra += own.length - right.length;
        for (const fault of own.filter(one => !right.includes(one))) tell(talker.name, fault);
        count.planted++;
      }
      line(`lips never nearer than ${least}`, seconds, hits, n, judged);
    }
  table(['planted', 'length', 'n', 'judged', 'found', 'found of judged'], rows);
  console.log(`\nother findings of these kinds in ${count.planted} changed clips: ${count.extra}`);
}

/** A finding that was not planted. */
const tell = (name: string, { kind, start, end, measured, unit, confidence }: Fault): void =>
  console.log(
    `  ${name.slice(0, 40)}: ${kind} ${start}–${end}, ${measured.toFixed(2)} ${unit}, confidence ${confidence}`,
  );

/** Clips as they are, and talking faces with the speech of somebody else. */
export async function untouched(all: readonly Talker[], seenFolder: string): Promise<void> {
  const unseen = new Map(all.map(talker => [talker.name, talker.model]));
  let [clips, judged, seconds] = [0, 0, 0];
  const findings: { name: string; fault: Fault }[] = [];
  for (const file of (await readdir(seenFolder)).filter(name => name.endsWith('.v8')).sort()) {
    const seen = deserialize(await readFile(path.join(seenFolder, file))) as Seen;
    const name = file.slice(0, -3);
    const faults = faultsIn(seen, unseen.get(name) ?? lipSyncModel());
    clips++;
    seconds += seen.clip.times.at(-1) ?? 0;
    if (faults) judged++;
    findings.push(...(faults ?? []).map(fault => ({ name, fault })));
  }
  console.log(
    `\n${clips} clips as published (${Math.round(seconds)} s), ${judged} with a shot that is judged; findings of every kind:`,
  );
  for (const { name, fault } of findings) tell(name, fault);
  let [pairs, accepted, wrong] = [0, 0, 0];
  for (const talker of all.filter(({ mouth }) => mouth.length >= 200))
    for (const other of all.filter(
      one => one.fold !== talker.fold && one.samples.length >= talker.samples.length * 0.8,
    )) {
      const samples = other.samples.subarray(0, talker.samples.length);
      const middle = (talker.mouth.first + talker.mouth.length / 2) / 50;
      const faults = faultsIn(talker.seen, talker.model, {
        bands: bandsOf(samples),
        voice: other.seen.signals.voice,
        around: middle,
      });
      pairs++;
      if (faults) accepted++;
      if (faults?.some(({ kind }) => KINDS.includes(kind))) wrong++;
    }
  console.log(
    `\nspeech of somebody else over a talking face: ${pairs} pairs, ${accepted} judged, ${wrong} with a finding of these kinds`,
  );
}

/**
 * Is what is found in clips as published really there? Every estimator on its own, and a model that saw neither the speaker
 * nor lips that other models drove, over the whole clip and window by window.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { analyse } from '../../src/signals/lip-sync/analyse.ts';
import { correlationCurve } from '../../src/signals/lip-sync/correlation.ts';
import { type Compared, compare, estimateOffset, peakOf } from '../../src/signals/lip-sync/estimate.ts';
import { type LipSyncModel, lipSyncModel, parseLipSyncModel } from '../../src/signals/lip-sync/model.ts';
import type { MouthTrack } from '../../src/signals/lip-sync/mouth.ts';
import { networkCurve } from '../../src/signals/lip-sync/network.ts';
import type { Seen } from '../../training/lip-sync/features.ts';
import { bandsOf, longestMouth, strict, type Talker } from './material.ts';
import { middle, naive, table } from './score.ts';

/** Clips in which something is found as published, and some in which nothing is, for comparison. */
const CLIPS = /Obama|LivePortrait__d|InfiniteTalk|Moore__talkinghead_videos_[234]|LatentSync/;

const WINDOW = 200;
const HOP = 50;

const correlated = (model: LipSyncModel, { components, before, mouth }: Compared, from = 0, to = mouth.count) =>
  peakOf(correlationCurve(model, components, before, from, to)).place - model.bias;
const networked = (model: LipSyncModel, { course, components, before, mouth }: Compared, from = 0, to = mouth.count) =>
  peakOf(networkCurve(course, components.sound.count, before, from, to)).place - model.bias;

/** Median slope of pairs (Theil, Sen), ms per second. */
function slopeOf(offsets: readonly number[]): number {
  const pairs = offsets.flatMap((x, i) => offsets.slice(i + 1).map((y, k) => (50 * (y - x)) / ((k + 1) * HOP)));
  return middle(pairs);
}

/** Models that a second training left behind, by clip; the one of all speakers where none left the clip out. */
async function secondModels(folder: string): Promise<(name: string) => LipSyncModel | null> {
  const byClip = new Map<string, LipSyncModel>();
  for (const file of await readdir(folder).catch(() => [] as string[])) {
    if (!/^\d+\.json$/.test(file)) continue;
    const text = await readFile(path.join(folder, file), 'utf8');
    for (const name of Object.keys((JSON.parse(text) as { unseen: object }).unseen))
      byClip.set(name, parseLipSyncModel(text));
  }
  const rest = await readFile(path.join(folder, 'all.model'), 'utf8').then(parseLipSyncModel, () => null);
  return name => byClip.get(name) ?? rest;
}

export async function evidence(all: readonly Talker[], seenFolder: string, second: string): Promise<void> {
  const unseen = new Map(all.map(talker => [talker.name, talker.model]));
  const other = await secondModels(second);
  const rows: (string | number)[][] = [];
  const courses: (string | number)[][] = [];
  for (const file of (await readdir(seenFolder)).filter(name => name.endsWith('.v8') && CLIPS.test(name)).sort()) {
    const seen = deserialize(await readFile(path.join(seenFolder, file))) as Seen;
    const name = file.slice(0, -3);
    const mouth = longestMouth(seen);
    if (mouth === null || mouth.length < WINDOW - 5) continue;
    const bands = bandsOf(seen.samples);
    const model = unseen.get(name) ?? lipSyncModel();
    const compared = compare(model, mouth, bands, 0, mouth.length);
    const whole = estimateOffset(model, compared);
    const rival = other(name);
    const again = rival && compare(rival, mouth, bands, 0, mouth.length);
    const said = rival && again ? estimateOffset(rival, again) : null;
    const ms = (value: number) => value.toFixed(0);
    const energy = naive(...cut(mouth, bands, 0, mouth.length));
    rows.push([
      name.slice(0, 32),
      (mouth.length / 50).toFixed(1),
      `${ms(whole.offset)} (${whole.confidence.toFixed(2)}, match ${whole.match.toFixed(1)})`,
      ms(correlated(model, compared)),
      ms(networked(model, compared)),
      said ? `${ms(said.offset)} (${said.confidence.toFixed(2)}, match ${said.match.toFixed(1)})` : '–',
      rival && again ? ms(correlated(rival, again)) : '–',
      rival && again ? ms(networked(rival, again)) : '–',
      ms(energy.offset),
    ]);
    if (mouth.length < 400) continue;
    const tracks = new Map<string, number[]>();
    const add = (key: string, value: number) => tracks.set(key, [...(tracks.get(key) ?? []), value]);
    for (let from = 0; from + WINDOW <= mouth.length; from += HOP) {
      const to = from + WINDOW;
      add('fused', estimateOffset(model, compared, from, to).offset);
      add('correlation', correlated(model, compared, from, to));
      add('networks', networked(model, compared, from, to));
      if (rival && again) {
        add('second: fused', estimateOffset(rival, again, from, to).offset);
        add('second: correlation', correlated(rival, again, from, to));
        add('second: networks', networked(rival, again, from, to));
      }
      add('energy × aperture', naive(...cut(mouth, bands, from, WINDOW)).offset);
    }
    for (const [key, offsets] of tracks)
      courses.push([name.slice(0, 32), key, slopeOf(offsets).toFixed(1), offsets.map(ms).join(' ')]);
    const lines = (m: LipSyncModel) => analyse(m, mouth, bands, 0, mouth.length);
    for (const [key, m] of [['fused', model] as const, ['second', rival] as const])
      if (m) {
        const { slope, split } = lines(m);
        courses.push([
          name.slice(0, 32),
          `${key}: slanted line`,
          `${slope?.perSecond} (gain ${slope?.gain.toFixed(0)})`,
          `split ${split ? `${ms(split.before.offset)} → ${ms(split.after.offset)} at ${(split.row / 50).toFixed(1)} s, gain ${split.gain.toFixed(0)}` : '–'}`,
        ]);
      }
  }
  table(
    [
      'clip as published',
      's',
      'offset, ms',
      'correlation only',
      'networks only',
      'second model',
      'its correlation',
      'its networks',
      'energy × aperture',
    ],
    rows,
  );
  table(['course', 'estimator', 'ms/s', 'offsets of 4 s windows every second'], courses);
}

const cut = (mouth: MouthTrack, bands: Float32Array, from: number, count: number) => strict(mouth, bands, from, count);

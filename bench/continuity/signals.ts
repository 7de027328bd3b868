import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { frameChange } from '../../src/observers/frame-change.ts';
import { motion } from '../../src/observers/motion.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import type { Measured } from '../../src/signals.ts';

export interface Seen {
  clip: ClipFacts;
  signals: Measured;
}

/** What shots are found by. */
const shotObservers: readonly AnyObserver[] = [pictureStatistics, frameChange, motion];

/** Files that measurements depend on: those of shots, and each observer's own. */
const COMMON = /^(picture-statistics|frame-change|motion|global-motion|block-match|edges|pyramid|camera)\.ts$/;
const OWN: Record<string, RegExp> = {
  'background-views': /^(background-views|code-range|light-steps|plane-fit)\.ts$/,
  things: /^things.*\.ts$/,
  clothes: /^(clothes|identity|faces)\.ts$/,
};

/** Changes with the code of the observers, so that measurements of older code are not read again. */
function versionOf(observer: string): string {
  const folder = new URL('../../src/observers/', import.meta.url);
  const version = createHash('sha256');
  for (const file of readdirSync(folder).sort())
    if (COMMON.test(file) || OWN[observer]?.test(file)) version.update(readFileSync(new URL(file, folder)));
  return version.digest('hex').slice(0, 12);
}

/** What shots are found by and what further observers, the last of which names the measurement, see in a clip, through the real decoder; kept as long as clip and code stay. */
export async function see(path: string, cache: string, ...more: AnyObserver[]): Promise<Seen> {
  const observer = more[more.length - 1];
  mkdirSync(cache, { recursive: true });
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256')
    .update(`${path} ${size} ${mtimeMs} ${observer.id} ${versionOf(observer.id)}`)
    .digest('hex')
    .slice(0, 16);
  const kept = join(cache, `${basename(path).replaceAll(/[^\w.-]/g, '_')}-${key}.bin`);
  if (existsSync(kept)) return deserialize(readFileSync(kept)) as Seen;
  const clip = await probe(path);
  const observed = await observe({ ...clip, audio: null }, [...shotObservers, ...more], { loudness: false });
  if (observed.failures.size > 0) throw [...observed.failures.values()][0];
  const seen: Seen = { clip: observed.clip, signals: observed.signals };
  writeFileSync(`${kept}.${process.pid}`, serialize(seen));
  renameSync(`${kept}.${process.pid}`, kept);
  return seen;
}

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { frameTime } from '../../src/clip.ts';
import {
  type FaceSample,
  firstOf,
  type Levels,
  lastOf,
  levelsOf,
  listened,
  samplesIn,
} from '../../src/gate/film/join.ts';
import { probe } from '../../src/media/probe.ts';
import { grabStills } from '../../src/media/stills.ts';
import { observe } from '../../src/observe.ts';
import { identityObserver } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import { voice } from '../../src/observers/voice.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';

const run = promisify(execFile);
/** Longer clips are cut to so many seconds. */
const MOST_SECONDS = 12;

/** A face with the picture that it was seen in. */
export type SeenFace = FaceSample & { still: Buffer };

/** One half of a shot as continuity sees it. */
export interface Side {
  stills: Buffer[];
  faces: SeenFace[];
  /** Beside the gap; null without sound. */
  levels: Levels | null;
}

/** A shot in two halves with a gap between. */
export interface Split {
  name: string;
  /** Where it comes from. */
  group: string;
  video: { width: number; height: number };
  /** Null without sound. */
  path: string | null;
  spans: ReturnType<typeof listened>;
  before: Side;
  after: Side;
}

/** The longest shot of every clip in two halves; what was measured once is kept in the cache. */
export async function splitsOf(folders: readonly string[], cache: string): Promise<Split[]> {
  await mkdir(cache, { recursive: true });
  const splits: Split[] = [];
  for (const folder of folders)
    for (const name of (await readdir(folder)).sort()) {
      try {
        const split = await splitOf(join(folder, name), cache);
        if (!split) continue;
        [split.before.levels, split.after.levels] = await listen(split, cache);
        splits.push(split);
      } catch (error) {
        console.log(`${name}: left out (${(error as Error).message})`);
      }
    }
  return splits;
}

/** Vectors and pictures as base64 on the way through the cache. */
const packed = (_key: string, value: unknown): unknown => {
  if (value && typeof value === 'object' && (value as { type?: string }).type === 'Buffer')
    return { base64: Buffer.from((value as { data: number[] }).data).toString('base64') };
  if (value instanceof Int16Array)
    return { int16: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  return value;
};
const unpacked = (_key: string, value: { base64?: string; int16?: string } | null): unknown => {
  if (value?.base64 !== undefined) return Buffer.from(value.base64, 'base64');
  if (value?.int16 === undefined) return value;
  const bytes = Uint8Array.from(Buffer.from(value.int16, 'base64'));
  return new Int16Array(bytes.buffer);
};

async function splitOf(path: string, cache: string): Promise<Split | null> {
  const kept = join(cache, `${basename(path)}.json`);
  const known = await readFile(kept, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known, unpacked) as Split | null;
  const split = await measure(path, cache);
  await writeFile(kept, JSON.stringify(split, packed));
  return split;
}

async function measure(path: string, cache: string): Promise<Split | null> {
  const name = basename(path);
  let probed = await probe(path);
  if (probed.seconds > MOST_SECONDS + 3) {
    const short = join(cache, `short-${name.replace(/\.\w+$/, '')}.mkv`);
    if (!(await stat(short).catch(() => null)))
      await run('ffmpeg', ['-v', 'error', '-i', path, '-t', String(MOST_SECONDS), '-c', 'copy', '-y', short]);
    probed = await probe(short);
  }
  const observers = [...observersFor(new Set(shotSignals)), identityObserver({ sample: 3 })];
  const { clip, signals } = await observe(probed, observers);
  const [shot] = findShots(signals, clip).shots.sort((a, b) => b.end - b.start - (a.end - a.start));
  const fps = clip.video.fps.num / clip.video.fps.den;
  const length = shot.end - shot.start;
  if (length / fps < 1.5) return null;
  const middle = (shot.start + shot.end) >> 1;
  const gap = Math.round(Math.min(0.5 * fps, 0.1 * length));
  const halves = [
    { start: shot.start, end: middle - gap },
    { start: middle + gap, end: shot.end },
  ] as const;
  const { identities } = signals;
  const faces = halves.map(half => (identities ? samplesIn(identities, half) : []));
  const wanted = [lastOf(halves[0]), firstOf(halves[1])];
  const frames = [...wanted.flat(), ...faces.flat().map(({ frame }) => frame)].slice(0, 300);
  const stills = await grabStills(clip, frames, { maxSide: 320 });
  const side = (k: 0 | 1): Side => ({
    stills: wanted[k].flatMap(frame => stills.get(frame)?.jpeg ?? []),
    faces: faces[k].flatMap(face => {
      const still = stills.get(face.frame)?.jpeg;
      return still ? [{ ...face, still }] : [];
    }),
    levels: null,
  });
  const { width, height } = clip.video;
  const [a, b] = halves.map(({ start, end }) => ({ start: frameTime(clip, start), end: frameTime(clip, end - 1) }));
  return {
    ...{ name, group: name.split('__')[0], video: { width, height } },
    ...{ path: clip.audio ? clip.path : null, spans: listened(a, b) },
    ...{ before: side(0), after: side(1) },
  };
}

interface Sound {
  momentary: (number | null)[];
  step: number;
  voice: number[];
  voiceStep: number;
}

/** How loud both halves are beside the gap, measured over the whole clip. */
async function listen({ name, path, spans }: Split, cache: string): Promise<(Levels | null)[]> {
  if (path === null) return [null, null];
  const kept = join(cache, `${name}.sound.json`);
  const known = await readFile(kept, 'utf8').catch(() => null);
  const { momentary, step, ...speech } = known === null ? await soundOf(path) : (JSON.parse(known) as Sound);
  if (known === null) await writeFile(kept, JSON.stringify({ momentary, step, ...speech }));
  const loudness = {
    ...{ integrated: 0, range: 0, truePeak: 0, step },
    momentary: Float32Array.from(momentary, value => value ?? Number.NEGATIVE_INFINITY),
  };
  const heard = { probability: Float32Array.from(speech.voice), step: speech.voiceStep };
  return spans.map(span => levelsOf(loudness, heard, span));
}

async function soundOf(path: string): Promise<Sound> {
  const { signals } = await observe(await probe(path), [voice], { loudness: true });
  const [loudness, speech] = [signals.loudness!, signals.voice!];
  return {
    ...{ momentary: [...loudness.momentary], step: loudness.step },
    ...{ voice: [...speech.probability], voiceStep: speech.step },
  };
}

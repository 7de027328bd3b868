import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seeded } from '../../fixtures/random.ts';
import { hash } from './random.ts';
import type { Truth } from './truth.ts';

const run = promisify(execFile);

/** A clip without cuts that segments are taken from. */
export interface Source {
  path: string;
  /** Clips that share a scene, person or prompt share a group; groups are never split between the halves. */
  group: string;
  frames: number;
  fps: number;
  generated: boolean;
}

export type Half = 'tuned' | 'held-out';
export const halfOf = (group: string): Half => ((hash(group) >>> 1) % 2 === 0 ? 'tuned' : 'held-out');

export interface Montage extends Truth {
  path: string;
  half: Half;
  generated: boolean;
  frames: number;
}

interface Segment {
  source: Source;
  start: number;
  frames: number;
  /** Enlargement about the centre: a jump cut within one source. */
  zoom: number;
}

type Join = { kind: 'cut' } | { kind: 'dissolve' | 'fade'; frames: number };

/** Raised when rendering changes, so that older renderings are not taken for new ones. */
const FORM = 3;
const SIZE = { width: 384, height: 216 };
const DISSOLVES = [6, 12, 24];
/** Frames of a source play one for one at one of these rates, so that no frame is repeated or blended. */
const RATES = { low: 8, high: 25 };
/** Least frames that a segment keeps outside its transitions. */
const CLEAR = 8;

/** Plans of one half's montages: hard cuts, dissolves and fades, from sources of like frame rate. */
function plan(
  sources: Source[],
  kind: Join['kind'],
  count: number,
  random: () => number,
): [Segment[], Join[], number][] {
  const plans: [Segment[], Join[], number][] = [];
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)];
  for (let n = 0; n < count; n++) {
    const low = kind === 'cut' ? n % 3 === 2 : kind === 'dissolve' && n % 4 === 3;
    const pool = sources.filter(source => source.fps < 16 === low);
    const joins: Join[] = [];
    const segments: Segment[] = [];
    const pieces = kind === 'cut' ? 5 : 4;
    for (let piece = 0; piece < pieces; piece++) {
      const length = kind === 'cut' ? 0 : kind === 'fade' ? pick([8, 12, 16]) : low ? 6 : DISSOLVES[(n + piece) % 3];
      const needed = kind === 'cut' ? (low ? 12 : 25) : CLEAR + 2 * (low ? 6 : 24);
      const before = segments.at(-1);
      const jump = kind === 'cut' && before && random() < 0.2;
      const fitting = pool.filter(source => source.frames >= needed && source.group !== before?.source.group);
      const source = jump ? before.source : fitting.length > 0 ? pick(fitting) : null;
      if (!source) break;
      const frames = Math.min(source.frames, needed + Math.floor(random() * 30));
      segments.push({
        source,
        frames,
        start: Math.floor(random() * (source.frames - frames + 1)),
        zoom: jump ? 1.2 + random() * 0.4 : 1,
      });
      if (piece > 0) joins.push(kind === 'cut' ? { kind } : { kind, frames: length });
    }
    if (segments.length >= 2) plans.push([segments, joins, low ? RATES.low : RATES.high]);
  }
  return plans;
}

/**
 * Renders concatenations with known boundaries into `folder`, skipping those that are there already.
 *
 * @throws when ffmpeg fails
 */
export async function makeMontages(sources: Source[], folder: string): Promise<Montage[]> {
  mkdirSync(folder, { recursive: true });
  const made: Montage[] = [];
  for (const generated of [false, true]) {
    for (const half of ['tuned', 'held-out'] as const) {
      const pool = sources.filter(source => source.generated === generated && halfOf(source.group) === half);
      for (const [kind, count] of [
        ['cut', 15],
        ['dissolve', 16],
        ['fade', 4],
      ] as const) {
        const random = seeded(hash(`${half} ${kind} ${generated}`));
        for (const [index, [segments, joins, rate]] of plan(pool, kind, count, random).entries()) {
          const description = JSON.stringify([FORM, segments, joins, rate, SIZE]);
          const name = `${generated ? 'generated' : 'real'}-${half}-${kind}-${index}-${hash(description).toString(16)}.mp4`;
          const path = join(folder, name);
          const truth = boundaries(segments, joins);
          if (!existsSync(path)) await render(segments, joins, rate, path);
          made.push({ path, half, generated, ...truth });
        }
      }
    }
  }
  return made;
}

function boundaries(segments: Segment[], joins: Join[]): Truth & { frames: number } {
  const cuts: number[] = [];
  const dissolves: [number, number][] = [];
  const fades: [number, number][] = [];
  let frames = segments[0].frames;
  joins.forEach((joint, i) => {
    const next = segments[i + 1].frames;
    if (joint.kind === 'dissolve') {
      dissolves.push([frames - joint.frames, frames]);
      frames += next - joint.frames;
      return;
    }
    if (joint.kind === 'cut') cuts.push(frames);
    else fades.push([frames - joint.frames, frames + joint.frames]);
    frames += next;
  });
  return { cuts, dissolves, fades, frames };
}

/**
 * Every segment is cut up into what plays alone and what overlaps its neighbours; overlaps are blended; all parts are put
 * in a row. (The ready-made cross-fade filter drops or repeats a frame depending on rounding.)
 */
async function render(segments: Segment[], joins: Join[], rate: number, path: string): Promise<void> {
  const { width, height } = SIZE;
  const overlap = (i: number) => (joins[i]?.kind === 'dissolve' ? framesOf(joins[i]) : 0);
  const chains: string[] = [];
  const row: string[] = [];
  segments.forEach((segment, i) => {
    const into = overlap(i - 1);
    const out = overlap(i);
    const parts = [
      into > 0 ? { name: `b${i - 1}`, start: 0, end: into } : null,
      { name: `s${i}`, start: into, end: segment.frames - out },
      out > 0 ? { name: `a${i}`, start: segment.frames - out, end: segment.frames } : null,
    ].filter(part => part !== null);
    const crop = segment.zoom === 1 ? '' : `crop=iw/${segment.zoom.toFixed(3)}:ih/${segment.zoom.toFixed(3)},`;
    const fadeIn = joins[i - 1]?.kind === 'fade' ? `,fade=in:0:${framesOf(joins[i - 1])}` : '';
    const fadeFrames = joins[i]?.kind === 'fade' ? framesOf(joins[i]) : 0;
    const fadeOut = fadeFrames > 0 ? `,fade=out:${segment.frames - fadeFrames}:${fadeFrames}` : '';
    chains.push(
      `[${i}:v]trim=start_frame=${segment.start}:end_frame=${segment.start + segment.frames},${crop}` +
        `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area,crop=${width}:${height},setsar=1,` +
        `settb=1/${rate},setpts=N,format=yuv420p${fadeIn}${fadeOut},split=${parts.length}${parts.map(p => `[${p.name}i]`).join('')}`,
      ...parts.map(p => `[${p.name}i]trim=start_frame=${p.start}:end_frame=${p.end},setpts=N[${p.name}]`),
    );
    row.push(`[s${i}]`);
    if (out === 0) return;
    const share = `(N+1)/${out + 1}`;
    chains.push(`[a${i}][b${i}]blend=all_expr='A*(1-${share})+B*${share}'[d${i}]`);
    row.push(`[d${i}]`);
  });
  chains.push(`${row.join('')}concat=n=${row.length}:v=1[all]`);
  const partial = `${path}.${process.pid}.mp4`;
  const inputs = segments.flatMap(segment => ['-noautorotate', '-i', segment.source.path]);
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-threads', '1'];
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', '-filter_threads', '1', '-threads', '1'],
    ...inputs,
    ...[
      '-filter_complex',
      chains.join(';'),
      '-map',
      '[all]',
      '-an',
      ...codec,
      '-fps_mode',
      'cfr',
      '-r',
      `${rate}`,
      partial,
    ],
  ]);
  renameSync(partial, path);
}

const framesOf = (joint: Join): number => ('frames' in joint ? joint.frames : 0);

/**
 * Landmarks against MediaPipe's own tasks, and how many hands and faces are found.
 *
 *     npm run bench:landmarks -- <data folder> [agreement] [stills] [clips] [speed] [--quick]
 *
 * The folder holds `manifest.json`, `hands/correct` (stills), `footage` and `talking` (clips).
 */

import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pictureContext, readPhoto } from '../fixtures/photos.ts';
import { runFfmpeg } from '../fixtures/run.ts';
import type { Clip } from '../src/clip.ts';
import { type LandmarkTask, openFaceTask, openHandTask, type RgbaPicture } from '../src/inference/mediapipe.ts';
import { openSession } from '../src/inference/onnx.ts';
import { type Bodies, boxOf, type Hands, type LandmarkTable, pointOf, pointsOf, rowsOf } from '../src/landmarks.ts';
import { decode } from '../src/media/decode.ts';
import { runningPids } from '../src/media/ffmpeg.ts';
import type { Frame } from '../src/media/frame.ts';
import { probe } from '../src/media/probe.ts';
import { observe } from '../src/observe.ts';
import { bodies } from '../src/observers/bodies.ts';
import { faces } from '../src/observers/faces.ts';
import { hands } from '../src/observers/hands.ts';
import { identity } from '../src/observers/identity.ts';
import type { Observer } from '../src/observers/observer.ts';
import { voice } from '../src/observers/voice.ts';

const [folder, ...flags] = process.argv.slice(2).filter(argument => argument !== '--');
const quick = flags.includes('--quick');
const parts = flags.filter(flag => !flag.startsWith('--'));
const wanted = (part: string) => parts.length === 0 || parts.includes(part);
if (folder === undefined) throw new Error('name the data folder');

/** Mean distance of the points over the longer side of the box around the reference's points. */
interface Agreement {
  reference: number;
  matched: number;
  errors: number[];
  extra: number;
}

const none = (): Agreement => ({ reference: 0, matched: 0, errors: [], extra: 0 });
/**
 * Each picture is shown so many times, as a still video, to both sides, until crop and landmarks have settled on each
 * other: that is the state in which a clip is followed. A single look depends on the detector's rough crop, which
 * MediaPipe's hand task besides turns by 26.6° (its graph gives the target angle of 90° in radians). On some pictures the
 * task never settles: where it differs by more than the limit from what it said itself at half as many looks, nothing
 * could agree with it but by chance; those are counted too, and the rest by itself.
 */
const LOOKS = 16;
/** Mean distance of the points, as a share of the box, up to which two sets of landmarks agree. */
const WITHIN = 0.02;
/** Models that are kept open while observers come and go. */
const MODELS = [
  'face-detection',
  'face-mesh',
  'palm-detection',
  'hand-landmarks',
  'hand-landmarks-lite',
  'pose-detection',
  'pose-landmarks',
];

type Seen = ReturnType<LandmarkTask['detect']>;

/** Further apart than this share of the box is another thing, not a bad measurement of the same. */
const ANOTHER = 0.25;

/**
 * A task that follows what it found: as long as a task has found fewer things than it may, it detects anew in every
 * frame, so it is asked how many there are first, and then followed by one that may find just as many.
 */
class Reference {
  readonly #open: typeof openHandTask;
  readonly #tasks = new Map<number, LandmarkTask>();

  constructor(open: typeof openHandTask) {
    this.#open = open;
  }

  /** What the task sees in the picture as a single still and as a video of it, and the part of the latter that stays as it is. */
  async detect(picture: RgbaPicture): Promise<{ still: Seen; settled: Seen; steady: Seen }> {
    const still = (await this.#task(0)).detect(picture);
    if (still.length === 0) return { still, settled: still, steady: still };
    const looks = (await this.#task(still.length)).detectEach(picture);
    const [halfway, settled] = [looks[LOOKS / 2 - 1], looks[LOOKS - 1]];
    const same = (one: Seen[number]) => halfway.some(earlier => distance(one, earlier, picture) <= WITHIN);
    return { still, settled, steady: settled.filter(same) };
  }

  close(): void {
    for (const task of this.#tasks.values()) task.close();
  }

  async #task(most: number): Promise<LandmarkTask> {
    const known = this.#tasks.get(most);
    if (known) return known;
    const task = await this.#open(most === 0 ? { most: 8 } : { most, looks: LOOKS });
    this.#tasks.set(most, task);
    return task;
  }
}

/** Mean distance of the points of two sightings by the same task over the longer side of the first one's box. */
function distance(a: Seen[number], b: Seen[number], { width, height }: RgbaPicture): number {
  const [xs, ys] = [a.points.map(({ x }) => x * width), a.points.map(({ y }) => y * height)];
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const sum = b.points.reduce((so, { x, y }, p) => so + Math.hypot(x * width - xs[p], y * height - ys[p]), 0);
  return sum / xs.length / size;
}

function compare(agreement: Agreement, reference: Seen, table: LandmarkTable, picture: RgbaPicture): void {
  const rows = Array.from({ length: table.presence.length }, (_, row) => pointsOf(table, row));
  const taken = new Set<number>();
  for (const { points } of reference) {
    agreement.reference++;
    // The tasks count pixels by their upper left corner, the observers by their centres at .5.
    const xs = points.map(({ x }) => x * picture.width + 0.5);
    const ys = points.map(({ y }) => y * picture.height + 0.5);
    const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    let best = -1;
    let least = ANOTHER;
    rows.forEach((row, k) => {
      if (taken.has(k)) return;
      let sum = 0;
      for (let p = 0; p < points.length; p++) sum += Math.hypot(row[3 * p] - xs[p], row[3 * p + 1] - ys[p]);
      const error = sum / points.length / size;
      if (error < least) {
        least = error;
        best = k;
      }
    });
    if (best < 0) continue;
    taken.add(best);
    agreement.matched++;
    agreement.errors.push(least);
  }
  agreement.extra += rows.length - taken.size;
}

/** The rows of the last frame alone. */
function lastFrame(table: LandmarkTable): LandmarkTable {
  const from = table.rows[table.rows.length - 2];
  const per = 3 * table.points;
  return {
    ...table,
    frames: table.frames.slice(-1),
    rows: Uint32Array.of(0, table.presence.length - from),
    place: table.place.slice(3 * from),
    packed: table.packed.slice(per * from),
    presence: table.presence.slice(from),
    lineage: table.lineage.slice(from),
    sharpness: table.sharpness.slice(from),
  };
}

async function look(frame: Frame, kind: 'faces' | 'hands', looks = LOOKS): Promise<LandmarkTable> {
  const context = pictureContext(frame, looks);
  const observer = kind === 'faces' ? faces : hands;
  const run = await observer.start(context);
  try {
    for (let index = 0; index < looks; index++) await run.frame?.({ ...frame, index });
    const signals = (await run.finish()) as unknown as Record<string, LandmarkTable>;
    return lastFrame(signals[kind]);
  } finally {
    await run.close?.();
  }
}

const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const at = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

function agreementRow(name: string, a: Agreement): string {
  const sorted = [...a.errors].sort((x, y) => x - y);
  const within = sorted.filter(error => error <= WITHIN).length;
  const figure = (value: number | undefined) => (value === undefined ? '–' : `${(100 * value).toFixed(2)} %`);
  return `| ${name} | ${a.reference} | ${percent(a.matched, a.reference)} | ${percent(within, a.matched)} | ${figure(at(sorted, 0.5))} | ${figure(at(sorted, 0.95))} | ${a.extra} |`;
}

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);

interface Entry {
  file: string;
  notes: string;
  label: string;
}
const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as Entry[];
const stills = manifest.filter(({ file }) => file.startsWith('hands/correct/')).map(entry => entry);
const some = <T>(items: T[], most: number): T[] =>
  items.length <= most ? items : Array.from({ length: most }, (_, k) => items[Math.floor((k * items.length) / most)]);

const pictures = [
  ...[1, 2, 3, 4, 5, 6].map(k => path.join(demo, `sample${k}.jpg`)),
  ...some(stills, quick ? 20 : 80).map(({ file }) => path.join(folder, file)),
];

/** Frames of a clip, evenly spaced, as red, green, blue and as decoded. */
async function eachFrame(file: string, most: number, visit: (frame: Frame) => Promise<void>): Promise<void> {
  const clip = await probe(file);
  const step = Math.max(1, Math.floor(clip.times.length / most));
  const decoding = await decode(clip, { audio: false });
  try {
    for await (const frame of decoding.frames) if (frame.index % step === 0) await visit(frame);
  } finally {
    await decoding.close();
  }
}

/** The frame as a browser would show it, BT.601 or 709 as the observers take it, without their resampling. */
function toRgba(frame: Frame, hd: boolean): RgbaPicture {
  const { width, height, y, u, v, stride, chromaStride } = frame.analysis;
  const [kr, kb] = hd ? [0.2126, 0.0722] : [0.299, 0.114];
  const kg = 1 - kr - kb;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let row = 0, k = 0; row < height; row++) {
    for (let column = 0; column < width; column++, k += 4) {
      const luma = ((y[row * stride + column] - 16) * 255) / 219;
      const chroma = (row >> 1) * chromaStride + (column >> 1);
      const blue = ((u[chroma] - 128) * 255) / 224;
      const red = ((v[chroma] - 128) * 255) / 224;
      const r = luma + 2 * (1 - kr) * red;
      const b = luma + 2 * (1 - kb) * blue;
      data[k] = r;
      data[k + 1] = (luma - kr * r - kb * b) / kg;
      data[k + 2] = b;
    }
  }
  return { data, width, height };
}

async function agreements(): Promise<void> {
  const kept = await Promise.all(MODELS.map(name => openSession(name)));
  const kinds = [
    { name: 'hands', task: new Reference(openHandTask) },
    { name: 'faces', task: new Reference(openFaceTask) },
  ] as const;
  const tallies = kinds.map(() => ({ photos: none(), clips: none(), steady: none(), still: none() }));
  const visit = async (frame: Frame, rgba: RgbaPicture, where: 'photos' | 'clips') => {
    for (const [k, { name, task }] of kinds.entries()) {
      const { still, settled, steady } = await task.detect(rgba);
      const table = await look(frame, name);
      compare(tallies[k][where], settled, table, rgba);
      compare(tallies[k].steady, steady, table, rgba);
      compare(tallies[k].still, still, table, rgba);
    }
  };
  for (const file of pictures) {
    const { frame, rgba } = await readPhoto(file);
    await visit(frame, rgba, 'photos');
  }
  const clips = [
    ...some(await clipsIn('talking', /\.(mp4|mpg)$/), quick ? 3 : 12),
    ...some(await clipsIn('footage', /sample-videos__.*mkv$/), quick ? 2 : 8),
  ];
  for (const file of clips) {
    const { video } = await probe(file);
    await eachFrame(file, 4, frame => visit(frame, toRgba(frame, video.height >= 720), 'clips'));
  }
  for (const { task } of kinds) task.close();
  for (const session of kept) await session.dispose();
  console.log(`\n## Agreement with MediaPipe’s tasks (each picture shown ${LOOKS} times)\n`);
  console.log(
    '| | of the task’s | also found | within 2 % of the box | median error | 95th percentile | found besides |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [k, { name }] of kinds.entries()) {
    const { photos, clips, steady, still } = tallies[k];
    console.log(agreementRow(`${name}, photos`, photos));
    console.log(agreementRow(`${name}, clip frames`, clips));
    console.log(agreementRow(`${name}, all`, together(photos, clips)));
    console.log(agreementRow(`${name}, all, where the task agrees with itself`, steady));
    console.log(agreementRow(`${name}, all, against the task’s single look`, still));
  }
}

const together = (a: Agreement, b: Agreement): Agreement => ({
  reference: a.reference + b.reference,
  matched: a.matched + b.matched,
  errors: [...a.errors, ...b.errors],
  extra: a.extra + b.extra,
});

async function clipsIn(name: string, pattern: RegExp): Promise<string[]> {
  const names = (await readdir(path.join(folder, name))).filter(file => pattern.test(file)).sort();
  return names.map(file => path.join(folder, name, file));
}

interface TruthBox {
  xmin: string;
  ymin: string;
  xmax: string;
  ymax: string;
}

async function stillsFound(): Promise<void> {
  const perSource = new Map<string, { hands: number; found: number; missed: string[] }>();
  for (const { file, notes } of stills) {
    const { frame } = await readPhoto(path.join(folder, file), 100_000);
    const table = await look(frame, 'hands', LOOKS / 2);
    const json = /\[\{.*\}\]/.exec(notes)?.[0];
    const truth = json ? (JSON.parse(json) as TruthBox[]) : null;
    const source = path.basename(file).split('_')[0];
    const tally = perSource.get(source) ?? { hands: 0, found: 0, missed: [] };
    perSource.set(source, tally);
    const boxes = Array.from({ length: table.presence.length }, (_, row) => boxOf(table, row));
    const centres = boxes.map(([x, y, width, height]) => [x + width / 2, y + height / 2]);
    if (truth === null) {
      tally.hands++;
      if (boxes.length > 0) tally.found++;
      else tally.missed.push(path.basename(file));
      continue;
    }
    for (const { xmin, ymin, xmax, ymax } of truth) {
      tally.hands++;
      const hit = centres.some(([x, y]) => x > +xmin && x < +xmax && y > +ymin && y < +ymax);
      if (hit) tally.found++;
      else tally.missed.push(path.basename(file));
    }
  }
  console.log('\n## Hands found in stills of correct hands\n\n| source | hands | found |\n|---|---|---|');
  let all = 0;
  let found = 0;
  for (const [source, tally] of perSource) {
    all += tally.hands;
    found += tally.found;
    console.log(`| ${source} | ${tally.hands} | ${percent(tally.found, tally.hands)} |`);
  }
  console.log(`| **all** | ${all} | **${percent(found, all)}** |`);
  if (flags.includes('--missed'))
    for (const { missed } of perSource.values()) for (const name of missed) console.log(name);
}

const framesWith = (table: LandmarkTable | undefined): [number, number] => {
  if (!table) return [0, 0];
  let seen = 0;
  for (const frame of table.frames) {
    const range = rowsOf(table, frame);
    if (range && range[1] > range[0]) seen++;
  }
  return [seen, table.frames.length];
};

/** Frames in which the pose network sees a wrist plainly inside the picture, and those of them with a hand. */
function wristFrames(
  bodies: Bodies | undefined,
  hands: Hands | undefined,
  width: number,
  height: number,
): [number, number] {
  if (!bodies || !hands) return [0, 0];
  let seen = 0;
  let visible = 0;
  for (const frame of bodies.frames) {
    const [from, to] = rowsOf(bodies, frame) as [number, number];
    const wrist = (row: number, point: number): boolean => {
      const [x, y] = pointOf(bodies, row, point);
      const margin = 0.03 * height;
      const inside = x > margin && y > margin && x < width - margin && y < height - margin;
      return inside && bodies.visibility[33 * row + point] > 0.9 * 255;
    };
    const rows = Array.from({ length: to - from }, (_, k) => from + k);
    if (!rows.some(row => [15, 16].some(point => wrist(row, point)))) continue;
    visible++;
    const range = rowsOf(hands, frame);
    if (range && range[1] > range[0]) seen++;
  }
  return [seen, visible];
}

async function clipsFound(): Promise<void> {
  console.log(
    '\n## Found in clips, frame by frame\n\n| clip | frames | with a hand | of those with a plain wrist | with a face |\n|---|---|---|---|---|',
  );
  const total = { hand: 0, handFrames: 0, wrist: 0, wristFrames: 0, face: 0, faceFrames: 0 };
  for (const [name, pattern] of [
    ['footage', /sample-videos__.*mkv$/],
    ['talking', /\.(mp4|mpg)$/],
  ] as const) {
    for (const file of some(await clipsIn(name, pattern), quick ? 3 : 100)) {
      const signing = name === 'footage';
      const clip = await probe(file);
      const { signals } = await observe(clip, (signing ? [hands, bodies] : [faces]) as unknown as Observer[]);
      const [wrist, plain] = wristFrames(signals.bodies, signals.hands, clip.video.width, clip.video.height);
      total.wrist += wrist;
      total.wristFrames += plain;
      const [hand, handFrames] = framesWith(signals.hands);
      const [face, faceFrames] = framesWith(signals.faces);
      total.hand += hand;
      total.handFrames += handFrames;
      total.face += face;
      total.faceFrames += faceFrames;
      const cell = (part: number, whole: number) => (whole > 0 ? percent(part, whole) : '');
      console.log(
        `| ${path.basename(file)} | ${handFrames || faceFrames} | ${cell(hand, handFrames)} | ${cell(wrist, plain)} | ${cell(face, faceFrames)} |`,
      );
    }
  }
  console.log(
    `| **all** | | **${percent(total.hand, total.handFrames)}** | **${percent(total.wrist, total.wristFrames)}** | **${percent(total.face, total.faceFrames)}** |`,
  );
}

/** CPU milliseconds of this process and of its decoders so far. */
function cpuSoFar(): number {
  const { user, system } = process.cpuUsage();
  const decoders = runningPids().map(pid => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  });
  return (user + system) / 1000 + decoders.reduce((sum, ms) => sum + ms, 0);
}

/** A clip at 1280 × 720, forth and back, so that nothing jumps and it lasts long enough to be timed. */
async function at720(file: string, into: string): Promise<string> {
  const made = path.join(into, `${path.basename(file, path.extname(file))}-720p.mp4`);
  const graph =
    'scale=1280:720:force_original_aspect_ratio=decrease:flags=bicubic,pad=1280:720:-1:-1,split[a][b];[b]reverse[c];[a][c]concat,format=yuv420p';
  const video = ['-t', '10', '-an', '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '5M'];
  await runFfmpeg(['-stream_loop', '1', '-i', file, '-filter_complex', graph, ...video, made]);
  return made;
}

/** CPU milliseconds of one run of the hand network, the unit that tells a busy machine from a quiet one. */
async function handRun(): Promise<number> {
  const session = await openSession('hand-landmarks');
  const times: number[] = [];
  for (let run = 0; run < 30; run++) {
    const { user, system } = process.cpuUsage();
    await session.run();
    const after = process.cpuUsage();
    times.push((after.user + after.system - user - system) / 1000);
  }
  await session.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1];
}

interface Cost {
  /** CPU milliseconds per frame over the second half of the clip, and over those of its frames with a face and two hands. */
  all: number;
  full: number;
  fullFrames: number;
}

async function cost(clip: Clip, observers: Observer[]): Promise<Cost> {
  const spent: number[] = [];
  const { signals } = await observe(clip, observers, {
    loudness: false,
    onFrame: () => {
      spent.push(cpuSoFar());
    },
  });
  const count = (table: LandmarkTable | undefined, frame: number) => {
    const range = table && rowsOf(table, frame);
    return range ? range[1] - range[0] : 0;
  };
  const [from, to] = [clip.times.length >> 1, clip.times.length - 2];
  let full = 0;
  let fullFrames = 0;
  for (let frame = from; frame < to; frame++) {
    if (count(signals.faces, frame) !== 1 || count(signals.hands, frame) !== 2) continue;
    full += spent[frame] - spent[frame - 1];
    fullFrames++;
  }
  return { all: (spent[to - 1] - spent[from - 1]) / (to - from), full: full / fullFrames, fullFrames };
}

/** CPU time per frame when everything is followed and warm: the least of some runs. */
async function speed(): Promise<void> {
  console.log('\n## Cost at steady state, 1280 × 720 (this process and its decoder, one thread each; Linux only)\n');
  console.log(`one run of the hand network just before: ${(await handRun()).toFixed(2)} ms of CPU\n`);
  console.log(
    '| clip | observers | ms CPU per frame | with a face and two hands | such frames | most memory, Node |\n|---|---|---|---|---|---|',
  );
  const sets: [string, Observer[]][] = [
    ['faces, hands (and bodies for wrists)', [faces, hands] as unknown as Observer[]],
    ['all of people and speech', [faces, hands, bodies, identity, voice] as unknown as Observer[]],
  ];
  const files = await clipsIn('footage', /sample-videos__(sorry|please|bird)\.mkv$/);
  const scratch = await mkdtemp(path.join(tmpdir(), 'retake-bench-'));
  try {
    for (const file of quick ? files.slice(0, 1) : files) {
      const clip = await probe(await at720(file, scratch));
      for (const [name, observers] of sets) {
        const runs: Cost[] = [];
        while (runs.length < (quick ? 1 : 3)) runs.push(await cost(clip, observers));
        const least = (key: 'all' | 'full') => Math.min(...runs.map(run => run[key])).toFixed(1);
        const memory = Math.round(process.resourceUsage().maxRSS / 1024);
        console.log(
          `| ${path.basename(file)} | ${name} | ${least('all')} | ${least('full')} | ${runs[0].fullFrames} | ${memory} MiB |`,
        );
      }
    }
    console.log(`\none run of the hand network just after: ${(await handRun()).toFixed(2)} ms of CPU`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (wanted('agreement')) await agreements();
if (wanted('stills')) await stillsFound();
if (wanted('clips')) await clipsFound();
if (wanted('speed')) await speed();

import { Command, InvalidArgumentError } from 'commander';
import type { Clip, ClipFacts } from '../clip.ts';
import { oneLine } from '../errors.ts';
import { boxOf, type LandmarkTable, pointOf, pointsOf, rowsOf } from '../landmarks.ts';
import { decode } from '../media/decode.ts';
import { encode } from '../media/encode.ts';
import type { PictureSize } from '../media/frame.ts';
import { probe } from '../media/probe.ts';
import { observe } from '../observe.ts';
import { bodiesObserver } from '../observers/bodies.ts';
import { facesObserver } from '../observers/faces.ts';
import { handsObserver } from '../observers/hands.ts';
import { identityObserver } from '../observers/identity.ts';
import { observersFor } from '../observers/index.ts';
import type { Observer } from '../observers/observer.ts';
import { voice } from '../observers/voice.ts';
import { findShots, shotSignals } from '../signals/shots.ts';
import type { Track } from '../signals/tracks.ts';
import { bodyTracks, faceTracks, handTracks } from '../signals/tracks-people.ts';
import type { Measured, Shot } from '../signals.ts';
import { Canvas, INKS, type Ink } from './overlay-canvas.ts';
import { EXIT, interruptible, runCommand } from './run.ts';

interface OverlayOptions {
  out: string;
  sample: number;
  verbose?: boolean;
}

/** Fingers as chains of points from the wrist, and the knuckles. */
const HAND_LINES = [
  [0, 1, 2, 3, 4],
  [0, 5, 6, 7, 8],
  [9, 10, 11, 12],
  [13, 14, 15, 16],
  [0, 17, 18, 19, 20],
  [5, 9, 13, 17],
];
/** Arms, trunk and legs. */
const BODY_LINES = [
  [15, 13, 11, 12, 14, 16],
  [11, 23, 24, 12],
  [23, 25, 27, 31],
  [24, 26, 28, 32],
  [15, 19],
  [16, 20],
];

export const overlayCommand = (): Command =>
  new Command('overlay')
    .description('Write the clip with everything that was seen in it drawn on top')
    .argument('<clip>', 'a video file')
    .requiredOption('-o, --out <file>', 'the file to write (.mp4 or .mkv)')
    .option('--sample <n>', 'look for people in every n-th frame only', wholeNumber, 1)
    .option('-v, --verbose', 'print whole error chains')
    .addHelpText(
      'after',
      `
Drawn: faces (green, points of the mesh, head pose), hands (yellow, left and right), bodies (cyan), each with the id of
its track and its presence; the frame number, time and shot; speech and motion as bars at the bottom.

Example:
  $ retake overlay takes/shot-010.mp4 -o shot-010-seen.mp4`,
    )
    .action((path: string, options: OverlayOptions) =>
      runCommand(async () => {
        const { signal, dispose } = interruptible();
        try {
          await writeOverlay(path, options.out, { sample: options.sample, signal });
          process.stdout.write(`${oneLine(options.out)}\n`);
          return EXIT.ok;
        } finally {
          dispose();
        }
      }, options.verbose),
    );

/**
 * Looks at the clip, then decodes it once more and draws what was seen.
 * @throws RetakeError of probing, decoding, observing and encoding; `output-unwritable`
 */
export async function writeOverlay(
  path: string,
  out: string,
  { sample = 1, signal }: { sample?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const probed = await probe(path, { signal });
  const people: Observer[] = [
    facesObserver({ sample }),
    handsObserver({ sample }),
    bodiesObserver({ sample }),
    identityObserver({ sample }),
    voice,
  ] as unknown as Observer[];
  const known = new Set(people.map(({ id }) => id));
  const others = observersFor(new Set(shotSignals)).filter(({ id }) => !known.has(id));
  const { clip, signals, failures } = await observe(probed, [...people, ...others], { signal });
  for (const error of failures.values()) throw error;
  const { shots } = findShots(signals, clip);
  await draw(probed, out, new Drawing(clip, shots, signals), signal);
}

async function draw(clip: Clip, out: string, drawing: Drawing, signal?: AbortSignal): Promise<void> {
  const decoding = await decode(clip, { signal, audio: false });
  try {
    const encoding = await encode(clip, decoding.analysis, out, { signal });
    try {
      for await (const frame of decoding.frames) {
        drawing.onto(new Canvas(frame.analysis), frame.index, decoding.analysis);
        await encoding.write(frame.analysis);
      }
      await encoding.finish();
    } finally {
      await encoding.close();
    }
  } finally {
    await decoding.close();
  }
}

/** Everything that is to be drawn, by frame. */
class Drawing {
  readonly #clip: ClipFacts;
  readonly #shots: Shot[];
  readonly #signals: Measured;
  /** Name of a row's track. */
  readonly #names = new Map<LandmarkTable, Map<number, string>>();

  constructor(clip: ClipFacts, shots: Shot[], signals: Measured) {
    this.#clip = clip;
    this.#shots = shots;
    this.#signals = signals;
    const { faces, hands, bodies, identities } = signals;
    if (faces) this.#name(faces, faceTracks(clip, shots, faces, identities ?? null));
    if (hands) this.#name(hands, handTracks(clip, shots, hands));
    if (bodies) this.#name(bodies, bodyTracks(clip, shots, bodies));
  }

  onto(canvas: Canvas, frame: number, size: PictureSize): void {
    const { faces, hands, bodies } = this.#signals;
    const scale = size.width / this.#clip.video.width;
    if (bodies)
      this.#each(canvas, bodies, frame, scale, INKS.cyan, row => {
        const points = pointsOf(bodies, row);
        const seen = (point: number) => bodies.visibility[33 * row + point] >= 64;
        lines(canvas, points, BODY_LINES, scale, INKS.cyan, seen);
        return '';
      });
    if (faces)
      this.#each(canvas, faces, frame, scale, INKS.green, row => {
        for (let point = 0; point < 478; point += point < 468 ? 3 : 1) {
          const [x, y] = pointOf(faces, row, point);
          canvas.dot(x * scale, y * scale, point < 468 ? INKS.green : INKS.magenta);
        }
        const [yaw, pitch, roll] = faces.pose.subarray(3 * row, 3 * row + 3);
        return ` Y${yaw.toFixed(0)} P${pitch.toFixed(0)} R${roll.toFixed(0)}`;
      });
    if (hands)
      this.#each(canvas, hands, frame, scale, INKS.yellow, row => {
        const points = pointsOf(hands, row);
        lines(canvas, points, HAND_LINES, scale, INKS.yellow, () => true);
        for (let k = 0; k < points.length; k += 3)
          canvas.disc(points[k] * scale, points[k + 1] * scale, 1.5, INKS.orange);
        return hands.right[row] > 0.5 ? ' R' : ' L';
      });
    this.#legend(canvas, frame, size);
  }

  #legend(canvas: Canvas, frame: number, { height }: PictureSize): void {
    const { times } = this.#clip;
    const shot = this.#shots.find(({ start, end }) => frame >= start && frame < end);
    const time = times[frame] ?? 0;
    const scale = height >= 480 ? 2 : 1;
    canvas.text(0, 0, `${shot?.id ?? '-'} F${frame} ${time.toFixed(3)} S`, INKS.white, scale);
    const { voice: speech, motionX, motionY } = this.#signals;
    const bars: [string, number][] = [];
    if (speech) bars.push(['VOICE', speech.probability[Math.floor(time / speech.step)] ?? 0]);
    if (motionX && motionY)
      bars.push(['MOTION', Math.min(1, Math.hypot(motionX[frame], motionY[frame]) / (0.02 * this.#clip.video.width))]);
    bars.forEach(([name, value], k) => {
      const y = height - (k + 1) * 10 * scale;
      canvas.text(0, y, name, INKS.white, scale);
      for (let dy = 2 * scale; dy < 7 * scale; dy++)
        canvas.line(44 * scale, y + dy, 44 * scale + value * 80 * scale, y + dy, value > 0.5 ? INKS.green : INKS.white);
    });
  }

  /** Box and label of every row of the frame last measured before or at `frame`. */
  #each(
    canvas: Canvas,
    table: LandmarkTable,
    frame: number,
    scale: number,
    ink: Ink,
    detail: (row: number) => string,
  ): void {
    const range = rowsOf(table, frame - (frame % table.step));
    if (range === null) return;
    for (let row = range[0]; row < range[1]; row++) {
      const [x, y, width, height] = boxOf(table, row);
      canvas.box(x * scale, y * scale, width * scale, height * scale, ink);
      const label = `${this.#names.get(table)?.get(row) ?? '-'}${detail(row)} ${table.presence[row].toFixed(2)}`;
      canvas.text(x * scale, y * scale - 10, label, ink);
    }
  }

  #name(table: LandmarkTable, tracks: readonly Track[]): void {
    const names = new Map<number, string>();
    for (const { id, rows } of tracks) for (const row of rows) names.set(row, id);
    this.#names.set(table, names);
  }
}

function lines(
  canvas: Canvas,
  points: Float32Array,
  chains: number[][],
  scale: number,
  ink: Ink,
  seen: (point: number) => boolean,
): void {
  for (const chain of chains)
    for (let k = 1; k < chain.length; k++) {
      const [a, b] = [chain[k - 1], chain[k]];
      if (!seen(a) || !seen(b)) continue;
      canvas.line(
        points[3 * a] * scale,
        points[3 * a + 1] * scale,
        points[3 * b] * scale,
        points[3 * b + 1] * scale,
        ink,
      );
    }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number above 0');
  return value;
}

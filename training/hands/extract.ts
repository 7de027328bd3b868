/**
 * Cuts hands out of pictures and clips for training: those that the product would judge, with their landmarks and where they
 * come from. Resumable: files that have their rows are skipped.
 *
 *     npx tsx training/hands/extract.ts <folder of pictures and clips> <target folder> [source name]
 *
 * Writes crops.jsonl (file, repo, series, landmarks in pixels of the crop, presence, src_side) and the crops beside it. The
 * series is the file (a clip) or the folder that a picture lies in: hands of one series never stand on both sides of a split.
 */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { pictureContext, readPhoto } from '../../fixtures/photos.ts';
import { decode } from '../../src/media/decode.ts';
import type { Frame } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';
import { gateHand } from '../../src/observers/hand-gate.ts';
import type { ObserveContext } from '../../src/observers/observer.ts';
import { clipRate } from '../../src/observers/vision/rate.ts';
import { sceneOf } from '../../src/observers/vision/scene.ts';
import { turnedBox } from '../../src/observers/vision/square.ts';
import { sourceScale } from '../../src/observers/vision/watch.ts';

const [folder, target, source = path.basename(folder ?? '')] = process.argv.slice(2);
if (folder === undefined || target === undefined) throw new Error('name a folder and a target');
const LONGEST = 224;
/** The crop's side over the longer side of the landmarks' box. */
const ROOM = 1.8;
const PER_SECOND = 2;
const list = path.join(target, 'crops.jsonl');

await mkdir(target, { recursive: true });
const done = new Set(
  existsSync(list)
    ? (await readFile(list, 'utf8'))
        .split('\n')
        .flatMap(line => (line ? [(JSON.parse(line) as { path: string }).path] : []))
    : [],
);

/** Looks at frames in order and keeps the hands of every `every`-th. */
async function take(context: ObserveContext, frames: AsyncIterable<Frame>, name: string, every: number, least: number) {
  const scene = sceneOf(context);
  const leave = scene.enter();
  let kept = 0;
  try {
    const watch = await scene.hands(1);
    const scale = sourceScale(context).x;
    for await (const frame of frames) {
      const hands = ((await watch.look(frame)) ?? []).map(({ seen }) => seen);
      if (frame.index < least || (frame.index - least) % every !== 0) continue;
      for (const hand of hands) {
        const others = hands.filter(other => other !== hand);
        if (gateHand(hand, others, frame.analysis, scale) !== 'judged') continue;
        const box = turnedBox(hand.points, 3, 0);
        const side = ROOM * Math.max(box.width, box.height);
        const size = Math.max(32, Math.min(LONGEST, Math.round(side) & ~1));
        const input = new Float32Array(3 * size * size);
        scene.cropper.cut(
          frame.analysis,
          { x: box.x, y: box.y, side, angle: 0 },
          size,
          input,
          { scale: 1, offset: 0 },
          'repeat',
        );
        const raw = Buffer.alloc(3 * size * size);
        for (let k = 0; k < size * size; k++)
          for (let c = 0; c < 3; c++)
            raw[3 * k + c] = Math.min(255, Math.max(0, Math.round(input[c * size * size + k])));
        const file = `${name.replace(/[^\w]+/g, '_')}-${String(frame.index).padStart(5, '0')}-${kept++}.jpg`;
        await sharp(raw, { raw: { width: size, height: size, channels: 3 } })
          .jpeg({ quality: 92 })
          .toFile(path.join(target, file));
        const unit = size / side;
        const landmarks = Array.from({ length: 21 }, (_, k) => [
          Number(((hand.points[3 * k] - box.x) * unit + size / 2 - 0.5).toFixed(2)),
          Number(((hand.points[3 * k + 1] - box.y) * unit + size / 2 - 0.5).toFixed(2)),
        ]);
        const series = /\.(jpe?g|png|webp)$/i.test(name) ? path.dirname(name) : name;
        const row = {
          file,
          repo: source,
          path: name,
          series,
          landmarks,
          presence: hand.presence,
          src_side: Math.round(side * scale),
          stab: 0,
          pad: 0,
        };
        await appendFile(list, `${JSON.stringify(row)}\n`);
      }
    }
  } finally {
    await leave();
  }
  return kept;
}

async function* still(file: string): AsyncGenerator<Frame> {
  const { frame } = await readPhoto(file);
  for (let index = 0; index < 3; index++) yield { ...frame, index };
}

for (const entry of (await readdir(folder, { recursive: true })).sort()) {
  if (done.has(entry)) continue;
  const file = path.join(folder, entry);
  try {
    if (/\.(jpe?g|png|webp)$/i.test(entry)) {
      const { frame } = await readPhoto(file);
      console.log(entry, await take(pictureContext(frame, 3), still(file), entry, 3, 2));
    } else if (/\.(mp4|mov|mkv|webm|avi|mpg)$/i.test(entry)) {
      const clip = await probe(file);
      const decoding = await decode(clip, { loudness: false });
      try {
        const context = { clip, analysis: decoding.analysis, small: decoding.small };
        console.log(entry, await take(context, decoding.frames, entry, Math.round(clipRate(clip) / PER_SECOND), 0));
      } finally {
        await decoding.close();
      }
    }
  } catch (thrown) {
    console.log(entry, String(thrown));
  }
}

/**
 * Cuts the hands of real clips that bench/hands/see.ts has looked at, look by look, so that training/hands/plant_clips.py can
 * plant one fault that follows a hand. Clips of sources that training left out or never had.
 *
 *     npx tsx bench/hands/tracks.ts <data folder>
 *
 * Writes training/cache/hands/tracks: a picture per look, and index.json.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize } from 'node:v8';
import sharp from 'sharp';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { decode } from '../../src/media/decode.ts';
import { probe } from '../../src/media/probe.ts';
import { toCrop } from '../../src/observers/hand-crop.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import type { SeenClip, SeenHand } from './seen.ts';

const SIDE = 224;
/** The crop's side over that of the judged one: room for the landmark network's own crop. */
const WIDER = 1.4;
/** Looks of a track that are kept, from its middle: a window and a third of one more. */
const MOST_LOOKS = 12;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the data folder');
const root = path.join(import.meta.dirname, '..', '..');
const cache = path.join(root, 'bench/cache/hands/seen');
const target = path.join(root, 'training/cache/hands/tracks');
await mkdir(target, { recursive: true });

const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as {
  file: string;
  origin: string;
  source: string;
}[];
const hands = JSON.parse(await readFile(path.join(root, 'training/cache/hands/hands.json'), 'utf8')) as {
  repo: string;
}[];
const { held } = JSON.parse(await readFile(path.join(root, 'training/hands/split.json'), 'utf8')) as { held: string[] };
const trained = new Set(hands.map(({ repo }) => repo).filter(repo => !held.includes(repo)));
const { least } = handIntegrity.meta.options.parse({});

const index: object[] = [];
for (const name of (await readdir(cache)).filter(file => file.endsWith('.v8')).sort()) {
  const seen = deserialize(await readFile(path.join(cache, name))) as SeenClip;
  const row = manifest.find(({ file }) => path.basename(file) === seen.name);
  if (row?.origin !== 'real' || trained.has(row.source)) continue;
  const tracks = new Map<number, SeenHand[]>();
  for (const hand of seen.hands)
    if (hand.gate === 'judged') tracks.set(hand.lineage, [...(tracks.get(hand.lineage) ?? []), hand]);
  const wanted = [...tracks].filter(([, looks]) => looks.length >= least);
  if (wanted.length === 0) continue;
  const byFrame = new Map<number, { lineage: number; hand: SeenHand }[]>();
  for (const [lineage, looks] of wanted) {
    const from = Math.max(0, (looks.length - MOST_LOOKS) >> 1);
    for (const hand of looks.slice(from, from + MOST_LOOKS))
      byFrame.set(hand.frame, [...(byFrame.get(hand.frame) ?? []), { lineage, hand }]);
  }
  const file = path.join(folder, row.file);
  if (!existsSync(file)) continue;
  const clip = await probe(file);
  const decoding = await decode(clip, { loudness: false });
  const cropper = new Cropper(clip.video.colour, clip.video.height);
  const input = new Float32Array(3 * SIDE * SIDE);
  for await (const frame of decoding.frames)
    for (const { lineage, hand } of byFrame.get(frame.index) ?? []) {
      const square = { ...hand.square, side: WIDER * hand.square.side };
      cropper.cut(frame.analysis, square, SIDE, input, { scale: 1, offset: 0 }, 'repeat');
      const raw = Buffer.alloc(3 * SIDE * SIDE);
      for (let k = 0; k < SIDE * SIDE; k++)
        for (let c = 0; c < 3; c++) raw[3 * k + c] = Math.min(255, Math.max(0, Math.round(input[c * SIDE * SIDE + k])));
      const picture = `${String(index.length).padStart(5, '0')}.png`;
      await sharp(raw, { raw: { width: SIDE, height: SIDE, channels: 3 } }).toFile(path.join(target, picture));
      const points = pairs(toCrop(hand.points, square, SIDE));
      const others = hand.others.map(other => pairs(toCrop(other, square, SIDE)));
      index.push({ file: picture, repo: row.source, clip: seen.name, lineage, frame: frame.index, points, others });
    }
  await decoding.close();
  console.log(seen.name, wanted.length);
}
await writeFile(path.join(target, 'index.json'), JSON.stringify(index));
console.log(index.length, 'looks');

/** x, y pairs with pixel centres at whole numbers. */
function pairs(points: Float32Array): [number, number][] {
  return Array.from({ length: points.length / 2 }, (_, k) => [
    Number((points[2 * k] - 0.5).toFixed(2)),
    Number((points[2 * k + 1] - 0.5).toFixed(2)),
  ]);
}

import { createRequire } from 'node:module';
import path from 'node:path';
import { readPhoto } from '../../fixtures/photos.ts';
import { openFaceTask, openHandTask, type RgbaPicture } from '../../src/inference/mediapipe.ts';
import { openSession } from '../../src/inference/onnx.ts';
import { decode } from '../../src/media/decode.ts';
import type { Frame } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';
import { type Asked, clipsIn, LOOKS, look, some, stillsIn } from './common.ts';
import { agreementRow, compare, none, Reference, together } from './compare.ts';

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

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);

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

/** Landmarks against MediaPipe's own tasks, on photos and on frames of clips. */
export async function agreements({ folder, quick }: Asked): Promise<void> {
  const pictures = [
    ...[1, 2, 3, 4, 5, 6].map(k => path.join(demo, `sample${k}.jpg`)),
    ...some(await stillsIn(folder), quick ? 20 : 80).map(({ file }) => path.join(folder, file)),
  ];
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
    ...some(await clipsIn(folder, 'talking', /\.(mp4|mpg)$/), quick ? 3 : 12),
    ...some(await clipsIn(folder, 'footage', /sample-videos__.*mkv$/), quick ? 2 : 8),
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

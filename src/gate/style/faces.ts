import sharp from 'sharp';
import type { ClipFacts } from '../../clip.ts';
import { RetakeError } from '../../errors.ts';
import { IDENTITY_LENGTH, type Identities } from '../../landmarks.ts';
import type { Picture } from '../../media/frame.ts';
import { analysisSize, smallSize } from '../../media/graph.ts';
import { identityObserver } from '../../observers/identity.ts';

/**
 * Appearance vectors of the faces in a reference picture, measured as a film's faces are. Throws `policy-invalid` when
 * no face in it is good enough to tell somebody by.
 */
export async function facesOf(path: string, like: ClipFacts): Promise<Int16Array[]> {
  const { data, info } = await sharp(path, { limitInputPixels: 64_000_000 })
    .rotate()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const video = {
    ...like.video,
    width: info.width,
    height: info.height,
    rotation: 0 as const,
    sampleAspect: { num: 1, den: 1 },
  };
  const clip = { ...like, video, times: Float64Array.of(0) };
  const analysis = analysisSize(video);
  const small = smallSize(analysis);
  const run = await identityObserver().start({ clip, analysis, small });
  try {
    const frame = {
      index: 0,
      analysis: await toPicture(data, info, analysis),
      small: await toPicture(data, info, small),
    };
    await run.frame?.(frame);
    const { identities } = (await run.finish()) as { identities: Identities };
    const count = identities.frames.length;
    if (count === 0)
      throw new RetakeError(
        'policy-invalid',
        `No face in ${path} is large, sharp and frontal enough to tell somebody by.`,
      );
    return Array.from({ length: count }, (_, k) =>
      identities.vectors.slice(k * IDENTITY_LENGTH, (k + 1) * IDENTITY_LENGTH),
    );
  } finally {
    await run.close?.();
  }
}

/** An RGB picture as 4:2:0 limited-range BT.709, which is what the decoder hands to observers. */
async function toPicture(
  data: Buffer,
  info: { width: number; height: number; channels: number },
  size: { width: number; height: number },
): Promise<Picture> {
  const { width, height } = size;
  const rgb = await sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels as 3 } })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const [across, down] = [width >> 1, height >> 1];
  const y = new Uint8Array(width * height);
  const [u, v] = [new Uint8Array(across * down), new Uint8Array(across * down)];
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    y[i] = Math.round(16 + (luma * 219) / 255);
    const [row, column] = [Math.floor(i / width), i % width];
    if ((row | column) & 1 || row >> 1 >= down || column >> 1 >= across) continue;
    const at = (row >> 1) * across + (column >> 1);
    u[at] = Math.round(128 + ((b - luma) / 1.8556 / 255) * 224);
    v[at] = Math.round(128 + ((r - luma) / 1.5748 / 255) * 224);
  }
  return { width, height, y, u, v, stride: width, chromaStride: across };
}

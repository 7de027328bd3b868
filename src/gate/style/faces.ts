import type { ClipFacts } from '../../clip.ts';
import { RetakeError } from '../../errors.ts';
import { IDENTITY_LENGTH, type Identities } from '../../landmarks.ts';
import { analysisSize, smallSize } from '../../media/graph.ts';
import { pictureAt, readPictureFile } from '../../media/picture-file.ts';
import { identityObserver } from '../../observers/identity.ts';

/**
 * Appearance vectors of the faces in a reference picture, measured as a film's faces are. Throws `policy-invalid` when
 * no face in it is good enough to tell somebody by.
 */
export async function facesOf(path: string, like: ClipFacts): Promise<Int16Array[]> {
  const file = await readPictureFile(path);
  const video = {
    ...like.video,
    width: file.width,
    height: file.height,
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
      analysis: await pictureAt(file, analysis),
      small: await pictureAt(file, small),
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

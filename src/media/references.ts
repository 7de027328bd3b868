import { basename } from 'node:path';
import type { ClipFacts } from '../clip.ts';
import { oneLine } from '../errors.ts';
import type { Picture, PictureSize } from './frame.ts';
import { pictureAt, readPictureFile } from './picture-file.ts';

/** A picture of the place that shots are to show. */
export interface Reference {
  /** Its file's name. */
  name: string;
  picture: Picture;
}

/**
 * Pictures of the place in a size, by the matrix of a clip and in limited range as its views are; what is wider
 * or higher than the clip is cut off.
 * Throws `policy-invalid` for a file that is no picture.
 *
 * @param size of the clip's views; nothing is read without
 */
export async function readReferences(
  paths: readonly string[] = [],
  { video }: ClipFacts,
  size: PictureSize | undefined,
): Promise<Reference[]> {
  const read: Reference[] = [];
  for (const path of size ? paths : []) {
    const picture = await pictureAt(await readPictureFile(path), size!, 'cover', video.colour.matrix);
    read.push({ name: oneLine(basename(path), 60), picture });
  }
  return read;
}

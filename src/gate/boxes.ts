import { open } from 'node:fs/promises';

/** Identifier of the MP4 box that holds a manifest (C2PA specification, BMFF embedding). */
export const MANIFEST_BOX = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');
/** Identifier of the MP4 box with XMP metadata, which may name a manifest kept elsewhere. */
const XMP_BOX = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');
/** A fragmented file of hours has some ten thousand. */
const MOST_BOXES = 200_000;

/**
 * Whether an MP4 or QuickTime file may hold content credentials: told by its outermost boxes alone, so that a film of
 * gigabytes is not read through. True too where no boxes lead to the file's end.
 */
export async function mayHoldManifest(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(32);
    let at = 0;
    for (let count = 0; count < MOST_BOXES && at < size; count++) {
      const { bytesRead } = await file.read(head, 0, head.length, at);
      if (bytesRead < 8) return true;
      const short = head.readUInt32BE(0);
      const from = short === 1 ? 16 : 8;
      if (head.toString('latin1', 4, 8) === 'uuid') {
        const id = head.subarray(from, from + 16);
        if (bytesRead < from + 16 || id.equals(MANIFEST_BOX) || id.equals(XMP_BOX)) return true;
      }
      const length = short === 0 ? size - at : short === 1 ? Number(head.readBigUInt64BE(8)) : short;
      if (length < from || at + length > size) return true;
      at += length;
    }
    return at !== size || size === 0;
  } finally {
    await file.close();
  }
}

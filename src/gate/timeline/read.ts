import { open, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Rational } from '../../clip.ts';
import { oneLine } from '../../errors.ts';
import { readEdl } from './edl.ts';
import { readFcpxml } from './fcpxml.ts';
import { readOtio } from './otio.ts';
import { invalid, MOST_BYTES, type Timeline } from './timeline.ts';
import { readXmeml } from './xmeml.ts';

/** Extensions of files that are read as timelines. */
export const TIMELINE_EXTENSIONS = ['.otio', '.fcpxml', '.fcpxmld', '.xml', '.xmeml', '.edl'];

export interface ReadOptions {
  /** Frame rate of an edit decision list, which does not say it. */
  fps?: Rational;
  /** Name of the sequence, where the file holds several. */
  sequence?: string;
}

/** Reads a timeline out of a text; its format is told by its contents. Throws `timeline-invalid`. */
export function readTimeline(text: string, options: ReadOptions = {}): Timeline {
  const head = text.slice(0, 4096);
  if (/^\s*\ufeff?\s*[{[]/.test(head)) return readOtio(text);
  if (/<fcpxml\b/.test(head)) return readFcpxml(text, options.sequence);
  if (/<xmeml\b/.test(head)) return readXmeml(text, options.sequence);
  if (/^\s*\ufeff?\s*</.test(head)) throw invalid('The file is XML, but neither FCPXML nor Final Cut Pro 7 XML.');
  return readEdl(text, options.fps);
}

/** The file that a timeline is read from: of a bundle, the one inside. */
export const timelineFile = (path: string): string =>
  extname(path).toLowerCase() === '.fcpxmld' ? join(path, 'Info.fcpxml') : path;

/** Reads a timeline file, or the bundle that Final Cut Pro writes. Throws `timeline-invalid`. */
export async function loadTimeline(path: string, options: ReadOptions = {}): Promise<Timeline> {
  const name = oneLine(path);
  try {
    const bundle = (await stat(path)).isDirectory();
    const file = await open(bundle ? timelineFile(path) : path, 'r');
    try {
      const { size } = await file.stat();
      if (size > MOST_BYTES) throw invalid(`${name} is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
      const bytes = await file.readFile();
      const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
      const timeline = readTimeline(wide ? bytes.toString('utf16le') : bytes.toString('utf8'), options);
      return { ...timeline, name: timeline.name || basename(path, extname(path)) };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code?.startsWith('E'))
      throw invalid(`${name} cannot be read (${(thrown as NodeJS.ErrnoException).code}).`, thrown);
    throw thrown;
  }
}

import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { oneLine, RetakeError } from '../errors.ts';

/** What a folder is searched for. A file named outright is judged whatever it is called. */
const CLIP_EXTENSIONS = [
  '.mp4',
  '.mov',
  '.m4v',
  '.mkv',
  '.webm',
  '.avi',
  '.mpg',
  '.mpeg',
  '.mxf',
  '.ts',
  '.mts',
  '.m2ts',
  '.gif',
  '.wmv',
  '.flv',
  '.ogv',
  '.3gp',
];

/**
 * Expands files, folders (searched whole) and glob patterns into clip paths, in order, each once. A path that exists is
 * taken literally even when it looks like a pattern. Missing files stay in the list: judging them says so.
 * Throws `no-clips` when a folder or pattern holds none.
 */
export async function expandInputs(inputs: readonly string[]): Promise<string[]> {
  const clips = new Set<string>();
  for (const input of inputs) {
    const found = await expand(input);
    if (found.length === 0)
      throw new RetakeError('no-clips', `${oneLine(input)}: no clip in it`, {
        hint: `Looked for ${CLIP_EXTENSIONS.join(' ')}. Name a file to judge it whatever its extension.`,
      });
    for (const clip of found) clips.add(clip);
  }
  return [...clips];
}

async function expand(input: string): Promise<string[]> {
  const entry = await stat(input).catch(() => null);
  if (entry?.isDirectory()) {
    const names = await glob('**/*', { cwd: input, dot: false, followSymbolicLinks: false, onlyFiles: true });
    return names
      .filter(name => CLIP_EXTENSIONS.includes(extname(name).toLowerCase()))
      .sort()
      .map(name => join(input, name));
  }
  if (entry || !isDynamicPattern(input)) return [input];
  return (await glob(input, { followSymbolicLinks: false, onlyFiles: true, expandDirectories: false })).sort();
}

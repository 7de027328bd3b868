import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { oneLine, RetakeError } from '../errors.ts';

/** Oldest release that understands every option used here (`-fps_mode` came with 5.1). */
export const OLDEST = [5, 1] as const;

export const INSTALL_HINT =
  'Install it (Debian/Ubuntu: apt-get install ffmpeg; Fedora: dnf install ffmpeg; Alpine: apk add ffmpeg; macOS: brew install ffmpeg; ' +
  'Windows: winget install Gyan.FFmpeg) or point FFMPEG_PATH and FFPROBE_PATH at the programs.';

/** Path of a program: the environment's word, else the first on the PATH. Throws `ffmpeg-missing`. */
export async function findBinary(name: 'ffmpeg' | 'ffprobe'): Promise<string> {
  const variable = name === 'ffmpeg' ? 'FFMPEG_PATH' : 'FFPROBE_PATH';
  const named = process.env[variable];
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  const candidates = named ? [resolve(named)] : folders.map(folder => join(folder, name + suffix));
  for (const candidate of candidates) {
    const usable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return candidate;
  }
  const where = named ? `${variable} names ${oneLine(named)}, which cannot be run` : 'not on the PATH';
  throw new RetakeError('ffmpeg-missing', `${name} was not found: ${where}.`, { hint: INSTALL_HINT });
}

/** Is this version string new enough? Builds that are named otherwise (`N-12345-g…`, a date) count as new. */
export function isRecent(version: string): boolean {
  const found = /^n?(\d+)\.(\d+)/.exec(version);
  if (found === null) return true;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

import { oneLine, RetakeError } from '../errors.ts';
import type { Ended } from './ffmpeg.ts';

/**
 * Takes what changes from run to run or place to place off a line of ffmpeg's log (addresses, level marks, the file's
 * path): `[h264 @ 0x55…] [error] text` becomes `h264: text`.
 */
export function plainComplaint(line: string, source = ''): string {
  let text = line.replace(/ ?\[(?:panic|fatal|error|warning|info|verbose|debug)\] ?/, ' ').trim();
  if (source !== '') text = text.replaceAll(`${source}: `, '').replaceAll(source, 'the file');
  const marked = /^\[([^\]@]+?) @ 0x[0-9a-f]+\]\s*(.*)$/i.exec(text);
  if (marked === null) return oneLine(text, 200);
  return oneLine(marked[1] === 'NULL' ? marked[2] : `${marked[1]}: ${marked[2]}`, 200);
}

/** What the operating system's refusal to open a clip means. */
export function systemFailure(path: string, thrown: unknown): RetakeError {
  const code = (thrown as NodeJS.ErrnoException).code;
  const name = oneLine(path);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') {
    return new RetakeError('clip-not-found', `${name} does not exist.`, { cause: thrown });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new RetakeError('clip-unreadable', `${name} may not be read by this user.`, { cause: thrown });
  }
  return new RetakeError('clip-unreadable', `${name} cannot be read (${code ?? 'unknown reason'}).`, { cause: thrown });
}

/** Why ffprobe found nothing in a file, from what it printed and how the file begins. */
export function probeFailure(path: string, complaints: string[], end: Ended, film: boolean): RetakeError {
  const said = complaints.join('\n');
  const name = oneLine(path);
  const cause = new Error(
    complaints.map(line => plainComplaint(line)).join('; ') || `ffprobe ended with ${end.code ?? end.signal}`,
  );
  if (end.signal !== null) {
    return new RetakeError('decode-failed', `ffprobe was ended by ${end.signal} while reading ${name}.`, { cause });
  }
  if (film && /moov atom not found|could not find corresponding|truncat|partial file|End of file/i.test(said)) {
    return new RetakeError('clip-truncated', `${name} is cut off: its index is missing.`, {
      hint: 'Fetch or export the clip again.',
      cause,
    });
  }
  if (/Permission denied/i.test(said)) {
    return new RetakeError('clip-unreadable', `${name} may not be read by this user.`, { cause });
  }
  return new RetakeError('clip-not-media', `${name} is not a video that can be opened.`, {
    hint: 'Clips are video files such as mp4, mov, mkv, webm, avi or gif; still pictures and playlists are not.',
    cause,
  });
}

export const isDiskFull = (line: string): boolean => /No space left on device|Disk quota exceeded/i.test(line);

/** The disk that holds the temporary files is full. */
export const diskFull = (cause?: unknown): RetakeError =>
  new RetakeError('output-full', 'The disk for temporary files is full.', {
    hint: 'Free some space, or point TMPDIR at another disk.',
    cause,
  });

/** Why ffmpeg delivered no frame, from what it printed. */
export function decodeFailure(path: string, complaints: string[], end: Ended): RetakeError {
  const said = complaints.join('\n');
  const name = oneLine(path);
  const cause = new Error(
    complaints.map(line => plainComplaint(line)).join('; ') || `ffmpeg ended with ${end.code ?? end.signal}`,
  );
  if (end.signal !== null) {
    return new RetakeError('decode-failed', `ffmpeg was ended by ${end.signal} while decoding ${name}.`, { cause });
  }
  if (/Permission denied|No such file/i.test(said)) {
    return new RetakeError('clip-unreadable', `${name} can no longer be read.`, { cause });
  }
  if (/Decoder .*not found|no decoder|Unknown decoder|Decoding requested, but no decoder/i.test(said)) {
    return new RetakeError('decode-failed', `This ffmpeg has no decoder for ${name}.`, { cause });
  }
  return new RetakeError('clip-no-frames', `Not one frame of ${name} could be decoded.`, { cause });
}

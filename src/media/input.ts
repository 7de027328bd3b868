import { resolve } from 'node:path';

/**
 * Containers that may be opened. Everything else is refused: playlists and scripts (hls, dash, concat, image sequences, sdp …)
 * make the demuxer open further files or the network, and text formats would pass a renamed document off as video.
 */
const CONTAINERS = [
  ...[
    'mov',
    'mp4',
    'matroska',
    'webm',
    'avi',
    'mpeg',
    'mpegts',
    'mpegvideo',
    'mxf',
    'flv',
    'gif',
    'apng',
    'asf',
    'ogg',
    'nut',
  ],
  ...[
    'dv',
    'h264',
    'hevc',
    'h263',
    'm4v',
    'ivf',
    'obu',
    'av1',
    'vc1',
    'rm',
    'wtv',
    'gxf',
    'yuv4mpegpipe',
    'mjpeg',
    'nsv',
    'vob',
  ],
  // Sound alone, so that it is recognised as such.
  ...[
    'mp3',
    'aac',
    'ac3',
    'eac3',
    'wav',
    'w64',
    'flac',
    'aiff',
    'caf',
    'amr',
    'ape',
    'au',
    'dts',
    'truehd',
    'tta',
    'wv',
  ],
];

/**
 * Arguments that open a local file and nothing else, whatever it is called: the `file:` prefix stops names such as
 * `http:x`, `concat:x` or `-x` from being read as anything but a name; the lists stop its contents from opening more.
 */
export function inputArguments(path: string): { options: string[]; source: string } {
  const options = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS.join(',')];
  return { options, source: `file:${resolve(path)}` };
}

import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { AudioStream, Clip, VideoStream } from '../clip.ts';
import { oneLine, RetakeError } from '../errors.ts';
import { fractionOf, numberOf, parseCompact, type Section, wordOf } from './compact.ts';
import { probeFailure, systemFailure } from './failures.ts';
import { type Limits, runProbe, throwIfAborted } from './ffmpeg.ts';
import { PacketTimes, parsePacket } from './packets.ts';
import { isVariable, nominalRate } from './rates.ts';
import { audioFacts, chooseStream, isCover, videoFacts } from './streams.ts';

/** Bounds for what a hostile container may make the prober keep. */
const MOST_STREAMS = 256;
const MOST_TAGS = 64;
const LONGEST_TAG = 1000;
const MOST_COMPLAINTS = 50;
/** Pictures beyond this many pixels are refused: one decoded frame would take more than 200 MB. */
const MOST_PIXELS = 16_384 * 8_192;
/** Seconds after which probing is given up unless the caller says otherwise. */
const PATIENCE = 300;

/** What ffprobe said about one file. */
interface Listing {
  streams: Section[];
  format: Section;
  packets: Map<number, PacketTimes>;
  complaints: string[];
}

const ENTRIES = [
  'packet=stream_index,pts,dts,duration,flags',
  'format=format_name,start_time,duration,bit_rate:format_tags',
  'stream:stream_disposition:stream_tags:stream_side_data',
].join(':');

async function list(path: string, limits: Limits): Promise<Listing> {
  const streams: Section[] = [];
  let format: Section = { name: 'format', fields: new Map() };
  const packets = new Map<number, PacketTimes>();
  const complaints: string[] = [];
  const onLine = (line: string) => {
    const packet = parsePacket(line);
    if (packet !== null) {
      let times = packets.get(packet.stream);
      if (times === undefined && packets.size < MOST_STREAMS) {
        times = new PacketTimes();
        packets.set(packet.stream, times);
      }
      times?.add(packet);
    } else if (line.startsWith('stream|')) {
      if (streams.length < MOST_STREAMS) streams.push(parseCompact(line));
    } else if (line.startsWith('format|')) format = parseCompact(line);
  };
  const onComplaint = (line: string) => {
    if (complaints.length < MOST_COMPLAINTS) complaints.push(line);
  };
  const args = ['-loglevel', 'error', '-show_entries', ENTRIES, '-of', 'compact'];
  const { code, signal } = await runProbe(path, args, limits, onLine, onComplaint);
  if (streams.length === 0 || signal !== null) {
    throw probeFailure(path, complaints, { code, signal }, await startsLikeFilm(path));
  }
  return { streams, format, packets, complaints };
}

/** Refuses what is no readable file with something in it. */
async function examine(path: string): Promise<Stats> {
  let facts: Stats;
  try {
    facts = await stat(path);
    if (facts.isFile()) await (await open(path, 'r')).close();
  } catch (thrown) {
    throw systemFailure(path, thrown);
  }
  if (facts.isDirectory()) throw new RetakeError('clip-unreadable', `${oneLine(path)} is a folder, not a clip.`);
  if (!facts.isFile()) throw new RetakeError('clip-unreadable', `${oneLine(path)} is not a regular file.`);
  if (facts.size === 0) throw new RetakeError('clip-empty', `${oneLine(path)} is empty (0 bytes).`);
  return facts;
}

/**
 * Does the file begin as one of the mp4 family does (a box of a known type)? ffprobe believes the ending of a name, so a
 * letter called `.mp4` would otherwise pass for a film without its index.
 */
async function startsLikeFilm(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const type = buffer.toString('latin1', 4, bytesRead);
    return /^(ftyp|moov|moof|mdat|free|skip|wide|pnot|styp|sidx|uuid)$/.test(type);
  } finally {
    await file.close();
  }
}

async function digest(path: string, signal: AbortSignal | undefined): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (thrown) {
    throwIfAborted(signal);
    throw systemFailure(path, thrown);
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Container and stream tags, bounded; a stream's tag does not hide the container's of the same name. */
function tagsOf(sections: Section[]): Record<string, string> {
  const tags = new Map<string, string>();
  for (const section of sections) {
    for (const [key, value] of section.fields) {
      if (!key.startsWith('tag:') || tags.size >= MOST_TAGS) continue;
      const name = key.slice(4);
      if (!tags.has(name)) tags.set(name, value.slice(0, LONGEST_TAG));
    }
  }
  // No prototype: a tag may be called __proto__.
  return Object.assign(Object.create(null), Object.fromEntries(tags));
}

/** Frame times in seconds from `origin`, ascending; packets without a time are placed after the others at the nominal rate. */
function frameTimes(stream: Section, packets: PacketTimes, origin: number, fallback: number): Float64Array {
  const tick = tickOf(stream);
  const reordered = numberOf(stream, 'has_b_frames') ?? 0;
  const ticks = packets.sorted(tick > 0 ? (reordered * fallback) / tick : 0);
  const times = new Float64Array(packets.count);
  for (let i = 0; i < ticks.length; i++) times[i] = ticks[i] * tick - origin;
  for (let i = ticks.length; i < times.length; i++) times[i] = i === 0 ? 0 : times[i - 1] + fallback;
  return times;
}

const tickOf = (stream: Section): number => {
  const base = fractionOf(stream, 'time_base');
  return base === null ? 0 : base.num / base.den;
};

function videoStream(
  stream: Section,
  packets: PacketTimes,
  origin: number,
): { video: VideoStream; times: Float64Array } {
  const tick = tickOf(stream);
  const stated = [fractionOf(stream, 'avg_frame_rate'), fractionOf(stream, 'r_frame_rate')];
  const guess = stated.find(rate => rate !== null && rate.num / rate.den <= 1000);
  const times = frameTimes(stream, packets, origin, guess ? guess.den / guess.num : 0.04);
  const fps = nominalRate(times, stated);
  const start = times[0];
  const last = times[times.length - 1];
  const end = packets.untimed > 0 ? 0 : packets.end * tick - origin;
  // Some containers give no duration to packets: the last frame then lasts as long as the others.
  const seconds = Math.max(end, last + (end > last ? 0 : fps.den / fps.num)) - start;
  const video: VideoStream = {
    ...videoFacts(stream),
    fps,
    variableFrameRate: isVariable(times, tick),
    startTime: start,
    seconds,
  };
  return { video, times };
}

function audioStream(stream: Section, packets: PacketTimes | undefined, origin: number): AudioStream | null {
  if (packets === undefined || packets.count === 0) return null;
  const tick = tickOf(stream);
  const first = packets.sorted()[0];
  const start = first === undefined ? 0 : Math.max(0, first * tick - origin);
  const end = first === undefined ? (numberOf(stream, 'duration') ?? 0) : packets.end * tick - origin;
  return { ...audioFacts(stream), startTime: start, seconds: Math.max(0, end - start) };
}

const count = (streams: Section[], kind: string): number =>
  streams.filter(stream => stream.fields.get('codec_type') === kind).length;

/**
 * Reads what the container says about a clip; decodes nothing. Packet times are streamed, so memory grows by eight bytes
 * per packet only.
 * @param path a local file; whatever its name looks like, nothing else is opened
 * @returns the clip with one expected time per frame, in seconds from the container's start
 * @throws RetakeError `clip-not-found`, `clip-unreadable`, `clip-empty`, `clip-not-media`, `clip-no-video`, `clip-no-frames`,
 *   `clip-truncated`, `clip-too-large`, `ffmpeg-missing`, `aborted`, `timed-out`
 */
export async function probe(path: string, limits: Limits = {}): Promise<Clip> {
  throwIfAborted(limits.signal);
  await examine(path);
  const listing = await list(path, { ...limits, timeoutSeconds: limits.timeoutSeconds ?? PATIENCE });
  const { streams, format, packets } = listing;
  const videos = streams.filter(stream => stream.fields.get('codec_type') === 'video');
  const chosen = chooseStream(videos, 'video');
  if (chosen === null) throw noVideo(path, videos, listing);
  const facts = videoFacts(chosen);
  if (facts.width * facts.height > MOST_PIXELS) {
    throw new RetakeError('clip-too-large', `${oneLine(path)} is ${facts.width}×${facts.height}: too large to decode.`);
  }
  const shown = packets.get(facts.index);
  if (shown === undefined || shown.count === 0) {
    throw new RetakeError('clip-no-frames', `${oneLine(path)} has a video stream without a single frame.`);
  }
  const origin = numberOf(format, 'start_time') ?? 0;
  const { video, times } = videoStream(chosen, shown, origin);
  const heard = chooseStream(
    streams.filter(stream => stream.fields.get('codec_type') === 'audio'),
    'audio',
  );
  const audio = heard && audioStream(heard, packets.get(numberOf(heard, 'index') ?? -1), origin);
  const begin = Math.min(video.startTime, audio?.startTime ?? video.startTime);
  const end = Math.max(video.startTime + video.seconds, audio === null ? 0 : audio.startTime + audio.seconds);
  return {
    path,
    ...(await digest(path, limits.signal)),
    container: wordOf(format, 'format_name') ?? 'unknown',
    seconds: end - begin,
    video,
    audio,
    streams: {
      video: videos.filter(stream => !isCover(stream)).length,
      audio: count(streams, 'audio'),
      subtitle: count(streams, 'subtitle'),
      data: count(streams, 'data') + count(streams, 'attachment'),
    },
    tags: tagsOf(heard ? [format, chosen, heard] : [format, chosen]),
    times,
  };
}

/** Why a file that opened has nothing to watch. */
function noVideo(path: string, videos: Section[], listing: Listing): RetakeError {
  const name = oneLine(path);
  if (videos.some(stream => !isCover(stream))) {
    return probeFailure(path, listing.complaints, { code: 0, signal: null }, false);
  }
  const what = videos.length > 0 ? 'only a cover picture' : 'no video stream';
  return new RetakeError('clip-no-video', `${name} has ${what}: it is sound, not a clip.`);
}

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clip } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import type { DecodeFault } from '../signals.ts';
import type { AudioLevels, Loudness } from '../sound.ts';
import { FrameAssembler } from './assemble.ts';
import { openChannel } from './channel.ts';
import { decodeFailure, diskFull, plainComplaint } from './failures.ts';
import { type DecodePlan, type Ended, type Limits, type Running, startFfmpeg, throwIfAborted } from './ffmpeg.ts';
import type { Frame, PictureSize } from './frame.ts';
import {
  analysisSize,
  type Detail,
  levelFilters,
  pictureGraph,
  SPEECH_FILE,
  SPEECH_FILTERS,
  smallSize,
} from './graph.ts';
import { inputArguments } from './input.ts';
import { Journal } from './journal.ts';
import { LevelMeter, meter } from './levels.ts';
import { makeFolder, readLoudness, removeFolder, speechSamples } from './sound-files.ts';

export interface DecodeOptions extends Limits {
  /** Also decode the sound; on by default. */
  audio?: boolean;
  /** Also measure loudness and true peak; on by default. */
  loudness?: boolean;
  /** Also deliver {@link Decoded.samples}; on by default. */
  speech?: boolean;
  /** Detail of the analysis picture; `fine`, longest side 1280, unless the caller can do with less. */
  detail?: Detail;
}

/** What a decode leaves behind, known after the last frame. */
export interface Decoded {
  frames: number;
  /** Seconds from the container's start, one per frame, ascending. */
  times: Float64Array;
  faults: DecodeFault[];
  /** Null when the clip has no sound, or none of it could be decoded. */
  loudness: Loudness | null;
  audioLevels: AudioLevels | null;
  /** 16 kHz mono, −1 … 1, contiguous from the container's start; nothing when there is no sound. Read before `close`. */
  samples(): AsyncIterable<Float32Array>;
}

/** One running decode. `close` must be called in any case. */
export interface Decoding {
  analysis: PictureSize;
  small: PictureSize;
  /** Frames in order, once. Buffers are reused: a frame is valid until the next one is asked for. */
  frames: AsyncIterable<Frame>;
  /** Runs to the end (frames not taken are skipped) and says what came out. */
  finish(): Promise<Decoded>;
  /** Ends the decoder and removes every temporary file. Safe to call at any time and more than once. */
  close(): Promise<void>;
}

/** Seconds of wall time granted per second of clip (neural models included), and for the start, unless the caller says otherwise. */
const PATIENCE = { perSecond: 120, start: 300 };

/** File descriptors that the child writes to; 2 is standard error. */
const OUTLETS = { analysis: 1, small: 3, levels: 4 } as const;

function plan(clip: Clip, sizes: Sizes, folder: string, sockets: Map<number, Socket>, sound: Sound): DecodePlan {
  const { path } = clip;
  const raw = ['-fps_mode', 'passthrough', '-f', 'rawvideo', '-avioflags', 'direct'];
  const analysis = {
    options: ['-filter_complex', pictureGraph(clip, ...sizes), '-map', '[analysis]', ...raw],
    target: `pipe:${OUTLETS.analysis}`,
  };
  const small = { options: ['-map', '[small]', ...raw], target: `pipe:${OUTLETS.small}` };
  // One thread per decoder: the same bytes give the same complaints in the same place, frames in flight stay few, and
  // this process works on the other core meanwhile.
  const inputOptions = ['-threads', '1', '-filter_threads', '1', '-filter_complex_threads', '1'];
  const outputs = [analysis, small];
  if (sound === null || clip.audio === null)
    return { path, inputOptions, outputs, folder, pipes: OUTLETS.small, sockets };
  const source = ['-map', `0:${clip.audio.index}`];
  const levels = {
    options: [...source, '-filter:a', levelFilters(clip.audio, sound.loudness), '-c:a', 'pcm_f32le', '-f', 'f32le'],
    target: `pipe:${OUTLETS.levels}`,
  };
  const speech = {
    options: [...source, '-filter:a', SPEECH_FILTERS, '-c:a', 'pcm_s16le', '-f', 's16le'],
    target: SPEECH_FILE,
  };
  const heard = sound.speech ? [levels, speech] : [levels];
  return { path, inputOptions, outputs: [...outputs, ...heard], folder, pipes: OUTLETS.levels, sockets };
}

/** What is measured of the sound beside its levels: loudness, and 16 kHz mono for those who listen. Null for nothing at all. */
type Sound = { loudness: boolean; speech: boolean } | null;

type Sizes = [analysis: PictureSize, small: PictureSize];

/** One ffmpeg process with what listens to it. */
interface Session {
  running: Running;
  journal: Journal;
  frames: FrameAssembler;
  /** Our ends of the connections that the pictures come through. */
  pixels: Socket[];
  levels: LevelMeter | null;
  /** Resolves when every pipe has been read to its end. */
  heard: Promise<void>;
}

async function begin(clip: Clip, sizes: Sizes, folder: string, sound: Sound, limits: Limits): Promise<Session> {
  const journal = new Journal(inputArguments(clip.path).source);
  const frames = new FrameAssembler(...sizes);
  const channels = [await openChannel(folder, frames.analysis), await openChannel(folder, frames.small)];
  const pixels = channels.map(({ near }) => near);
  const sockets = new Map([
    [OUTLETS.analysis, channels[0].far],
    [OUTLETS.small, channels[1].far],
  ]);
  let running: Running;
  try {
    running = await startFfmpeg(plan(clip, sizes, folder, sockets, sound), limits, line => journal.add(line));
  } catch (thrown) {
    for (const near of pixels) near.destroy();
    throw thrown;
  } finally {
    // The child has its own copies; while these are open the end of its writing cannot be seen.
    for (const { far } of channels) far.destroy();
  }
  const pipe = running.child.stdio[OUTLETS.levels] as Readable | null | undefined;
  if (!pipe || clip.audio === null) {
    return { running, journal, frames, pixels, levels: null, heard: Promise.resolve() };
  }
  const levels = new LevelMeter(clip.audio.channels, clip.audio.sampleRate);
  return { running, journal, frames, pixels, levels, heard: meter(pipe, levels) };
}

/**
 * Decodes a clip once: pictures at two sizes, and the sound. One ffmpeg process does all of it and waits whenever the
 * frames are taken more slowly than it delivers them; memory does not grow with the length of the clip.
 *
 * Sound that cannot be decoded never costs the pictures: when ffmpeg fails before the first frame, it is started once
 * more without sound, and the fault is told.
 * @throws RetakeError `ffmpeg-missing`, `ffmpeg-too-old`, `aborted`, `output-unwritable`, `output-full`; while iterating
 *   or finishing also `timed-out`, `decode-failed`, `clip-no-frames`, `clip-unreadable`
 */
export async function decode(clip: Clip, options: DecodeOptions = {}): Promise<Decoding> {
  const analysis = analysisSize(clip.video, options.detail);
  const small = smallSize(analysisSize(clip.video));
  const limits: Limits = {
    signal: options.signal,
    timeoutSeconds: options.timeoutSeconds ?? PATIENCE.start + PATIENCE.perSecond * clip.seconds,
  };
  const withSound = options.audio !== false && clip.audio !== null;
  const { loudness = true, speech = true } = options;
  const sound: Sound = withSound ? { loudness, speech } : null;
  throwIfAborted(options.signal);
  const folder = await makeFolder();
  let session: Session;
  try {
    session = await begin(clip, [analysis, small], folder, sound, limits);
  } catch (thrown) {
    await removeFolder(folder);
    throw thrown;
  }
  let closed = false;
  let end: Promise<Decoded> | null = null;

  const next = async (): Promise<Frame | null> => {
    const frame = await session.frames.next();
    if (frame !== null || session.frames.count > 0 || session.levels === null) return frame;
    const ended = await session.running.ended;
    if (ended.code === 0 || ended.signal !== null || closed) return null;
    if (session.journal.diskFull) return null;
    session = await begin(clip, [analysis, small], folder, null, limits);
    session.journal.note('the sound could not be decoded');
    return session.frames.next();
  };

  async function* iterate(): AsyncGenerator<Frame, void> {
    for (;;) {
      const frame = await next();
      if (frame === null) break;
      yield frame;
    }
    await conclude(session, clip.path, closed);
  }

  const finish = async (): Promise<Decoded> => {
    while ((await next()) !== null);
    const ended = await conclude(session, clip.path, closed);
    const { frames, journal, levels } = session;
    if (ended.code !== 0) journal.note(`ffmpeg ended with status ${ended.code}`);
    const heard = levels !== null && levels.samples > 0;
    return {
      frames: frames.count,
      times: journal.times(frames.count, clip.times, clip.video.fps.den / clip.video.fps.num),
      faults: journal.faults(frames.count),
      loudness: heard && loudness ? await readLoudness(folder) : null,
      audioLevels: heard ? levels.levels() : null,
      samples: () => (heard && speech ? speechSamples(folder) : nothing()),
    };
  };

  return {
    analysis,
    small,
    frames: { [Symbol.asyncIterator]: iterate },
    finish: () => {
      end ??= finish();
      return end;
    },
    close: async () => {
      closed = true;
      session.running.kill();
      for (const near of session.pixels) near.destroy();
      for (const stream of session.running.child.stdio) stream?.destroy();
      await session.running.ended.catch(() => {});
      await removeFolder(folder);
    },
  };
}

async function* nothing(): AsyncGenerator<Float32Array, void> {}

/** Waits for the process and its pipes; throws when there is nothing to judge or the process was ended from outside. */
async function conclude(session: Session, path: string, closed: boolean): Promise<Ended> {
  const ended = await session.running.ended;
  await session.heard;
  if (closed) throw new RetakeError('aborted', 'The decode was closed before its end.');
  const { journal, frames } = session;
  if (journal.diskFull) throw diskFull(new Error(journal.complaints.map(line => plainComplaint(line)).join('; ')));
  if (frames.count === 0 || ended.signal !== null) throw decodeFailure(path, journal.complaints, ended);
  return ended;
}

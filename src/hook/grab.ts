import { RetakeError } from '../errors.ts';
import { probe } from '../media/probe.ts';
import { grabStills } from '../media/stills.ts';
import { trimClip } from '../media/trim.ts';
import type { GrabFrame, Trim } from './context.ts';

/** Frames of a clip as JPEGs, by frame number; frames that it does not have are missing. */
export async function grabFrames(
  path: string,
  frames: readonly number[],
  options: { maxSide?: number; maxBytes?: number; signal?: AbortSignal } = {},
): Promise<Map<number, Buffer>> {
  const clip = await probe(path, { signal: options.signal });
  const stills = await grabStills(clip, frames, options);
  return new Map([...stills].map(([frame, { jpeg }]) => [frame, jpeg]));
}

/** One frame, large enough to begin a new generation with. */
export const grabFrame: GrabFrame = async (path, frame) => {
  const jpeg = (await grabFrames(path, [frame], { maxSide: 1920, maxBytes: 4_000_000 })).get(frame);
  if (jpeg === undefined) throw new RetakeError('decode-failed', `the clip has no frame ${frame}`);
  return jpeg;
};

/** The clean stretch as a clip of its own. */
export const trim: Trim = async (path, range, target, signal) =>
  trimClip(await probe(path, { signal }), range, target, { signal });

import type { ClipFacts } from '../clip.ts';
import type { RetakeError } from '../errors.ts';
import type { Outcome } from '../finding.ts';
import type { Policy } from '../policy.ts';
import type { Report } from '../report.ts';
import type { Cut, Shot } from '../signals.ts';
import { version } from '../version.ts';

export interface ReportParts {
  clip: ClipFacts;
  policy: Policy;
  shots: readonly Shot[];
  cuts: readonly Cut[];
  outcomes: readonly Outcome[];
  verdict: Report['verdict'];
  models: Record<string, string>;
  timing: Report['timing'];
}

/** Puts a run's parts into the shape of report schema 1. */
export function compose({ clip, policy, shots, cuts, outcomes, verdict, models, timing }: ReportParts): Report {
  const { video, audio } = clip;
  return {
    schema: 1,
    tool: { name: 'retake', version, models },
    clip: {
      path: clip.path,
      sha256: clip.sha256,
      width: video.width,
      height: video.height,
      fps: video.fps,
      frames: clip.frames,
      seconds: milli(clip.seconds),
      audio: audio && {
        codec: audio.codec,
        sampleRate: audio.sampleRate,
        channels: audio.channels,
        layout: audio.layout,
        seconds: milli(audio.seconds),
      },
      codec: video.codec,
      pixelFormat: video.pixelFormat,
      rotation: video.rotation,
      hdr: video.colour.hdr,
      variableFrameRate: video.variableFrameRate,
      ...(video.variableFrameRate ? { times: Array.from(clip.times, time => Math.round(time * 1e6) / 1e6) } : {}),
      tags: clip.tags,
    },
    policy: { name: policy.name, hash: policy.hash },
    shots: shots.map(({ id, start, end }) => ({ id, start, end })),
    cuts: cuts.map(({ frame, kind, confidence }) => ({ frame, kind, confidence: Math.round(confidence * 1e4) / 1e4 })),
    outcomes: [...outcomes],
    verdict,
    timing,
  };
}

const milli = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** The report of a clip that could not be judged at all: never mistaken for a pass, and as valid as any other. */
export function composeUnjudged(path: string, error: RetakeError, policy: Policy, timing: Report['timing']): Report {
  const { code, message, hint } = error;
  const outcome: Outcome = {
    detector: 'clip',
    shot: null,
    status: 'error',
    code,
    reason: message,
    score: null,
    measurements: {},
    findings: [],
  };
  return {
    schema: 1,
    tool: { name: 'retake', version, models: {} },
    clip: { path, sha256: '', width: 0, height: 0, fps: { num: 1, den: 1 }, frames: 0, seconds: 0, audio: null },
    policy: { name: policy.name, hash: policy.hash },
    shots: [],
    cuts: [],
    outcomes: [outcome],
    verdict: { decision: 'error', shots: [], usable: [], reasons: [message] },
    error: { code, message, ...(hint ? { hint } : {}) },
    timing,
  };
}

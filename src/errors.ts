/**
 * Every way Retake can fail to judge, by code. A code is stable: pipelines match on it; the message may be reworded.
 */
export const ERROR_CODES = [
  'clip-not-found',
  'clip-unreadable',
  'clip-empty',
  'clip-not-media',
  'clip-no-video',
  'clip-no-frames',
  'clip-truncated',
  'clip-too-large',
  'decode-failed',
  'timed-out',
  'aborted',
  'ffmpeg-missing',
  'ffmpeg-too-old',
  'model-missing',
  'model-corrupt',
  'inference-failed',
  'policy-invalid',
  'policy-unreadable',
  'options-invalid',
  'signal-missing',
  'detector-failed',
  'observer-failed',
  'output-unwritable',
  'output-full',
  'report-invalid',
  'no-clips',
  'usage',
  'ledger-failed',
  'provider-failed',
  'download-failed',
  'refused',
  'timeline-invalid',
  'certificate-invalid',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error that a person can act on: a stable code, one line of what happened, one line of what to do. */
export class RetakeError extends Error {
  readonly code: ErrorCode;
  /** What to do about it, one line; absent when the message already says it. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RetakeError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Wraps anything thrown into a {@link RetakeError}, keeping it as the cause; a RetakeError passes through. */
export function asRetakeError(thrown: unknown, code: ErrorCode = 'internal', message?: string): RetakeError {
  if (thrown instanceof RetakeError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new RetakeError(code, message ?? oneLine(text), { cause: thrown });
}

/** Text for a terminal or a log line: control characters (escape sequences too) become visible, one line, bounded. */
export function oneLine(text: string, limit = 400): string {
  const visible = text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return visible.length > limit ? `${visible.slice(0, limit - 1)}…` : visible;
}

import { z } from 'zod';
import { frameRange, rational } from './clip.ts';
import { outcome } from './finding.ts';

/** Verdict on a shot or clip, from best to worst. `error`: something that the policy asks for could not be judged. */
export const decision = z.enum(['pass', 'review', 'regenerate', 'error']);
export type Decision = z.infer<typeof decision>;

export const reportSchema = z.object({
  /** Version of this shape. */
  schema: z.literal(1),
  tool: z.object({
    name: z.literal('retake'),
    version: z.string(),
    /** sha-256 of every model that took part, by name. */
    models: z.record(z.string(), z.string()),
  }),
  clip: z.object({
    path: z.string(),
    sha256: z.string(),
    width: z.int(),
    height: z.int(),
    fps: rational,
    frames: z.int(),
    seconds: z.number(),
    audio: z
      .object({ codec: z.string(), sampleRate: z.int(), channels: z.int(), layout: z.string(), seconds: z.number() })
      .nullable(),
    /** More of what the container says: for people, not for decisions. */
    codec: z.string().optional(),
    pixelFormat: z.string().optional(),
    rotation: z.number().optional(),
    hdr: z.enum(['pq', 'hlg']).nullable().optional(),
    variableFrameRate: z.boolean().optional(),
    /** Frame times in seconds, only when the frame rate varies. */
    times: z.array(z.number()).optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }),
  policy: z.object({ name: z.string(), hash: z.string() }),
  shots: z.array(frameRange.extend({ id: z.string() })),
  cuts: z.array(
    z.object({ frame: z.int(), kind: z.enum(['cut', 'dissolve', 'fade']), confidence: z.number().min(0).max(1) }),
  ),
  outcomes: z.array(outcome),
  verdict: z.object({
    decision,
    shots: z.array(z.object({ shot: z.string(), decision, reasons: z.array(z.string()) })),
    /** Clean stretches that an editor can still cut with, longer than the policy's handle. */
    usable: z.array(frameRange),
    /** Why the clip as a whole is not a pass: one sentence each. */
    reasons: z.array(z.string()).optional(),
  }),
  /** Why the clip could not be judged at all; the verdict is then `error`. */
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  /** The only block that differs between two runs on the same bytes: milliseconds by stage, and when. */
  timing: z.object({
    startedAt: z.string(),
    milliseconds: z.record(z.string(), z.number()),
  }),
});

/** One clip judged: schema 1. */
export type Report = z.infer<typeof reportSchema>;

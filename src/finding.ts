import { z } from 'zod';
import { box } from './clip.ts';

export const severity = z.enum(['info', 'review', 'regenerate']);
export type Severity = z.infer<typeof severity>;

/** What a detector says is wrong, with the evidence. Frames are integers, end exclusive; `peak` is the worst frame. */
export const draftFinding = z.object({
  detector: z.string(),
  /** Which of the detector's faults this is, a short kebab-case word. */
  kind: z.string(),
  /** One sentence for an editor. */
  message: z.string(),
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  peak: z.int().nonnegative(),
  /** `[x, y, width, height]` in source pixels; absent when the whole picture or the sound is meant. */
  box: box.optional(),
  /** Where that is at frames of the finding, ascending; absent where it stays. Between two of them it lies between theirs. */
  path: z.array(z.object({ frame: z.int().nonnegative(), box })).optional(),
  measured: z.number(),
  threshold: z.number(),
  unit: z.string(),
  /** 0–1: how sure the detector is that an editor would call this a fault. */
  confidence: z.number().min(0).max(1),
  /** What to change in the prompt or the settings. */
  advice: z.string().optional(),
});
export type DraftFinding = z.infer<typeof draftFinding>;

/** What a person said about a finding of these bytes. A waived finding stays listed and decides nothing. */
export const said = z.object({
  status: z.enum(['agreed', 'waived', 'expired']),
  who: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  /** Last day of a waiver, `YYYY-MM-DD` in UTC. */
  until: z.string().optional(),
});

/** A finding with the severity that the policy gave it. */
export const finding = draftFinding.extend({ severity, review: said.optional() });
export type Finding = z.infer<typeof finding>;

/** Named figures behind an outcome, for the report and for tuning. */
export const measurements = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));
export type Measurements = z.infer<typeof measurements>;

/** What one detector says about one shot, or about the whole clip when `shot` is null. */
export const outcome = z.object({
  detector: z.string(),
  shot: z.string().nullable(),
  status: z.enum(['ran', 'skipped', 'error']),
  /** Why it was skipped or failed, a sentence. */
  reason: z.string().optional(),
  /** Error code when `status` is `error`. */
  code: z.string().optional(),
  /** The detector's probability of a defect in that shot, even below its threshold; null when it did not run. */
  score: z.number().min(0).max(1).nullable(),
  measurements,
  findings: z.array(finding),
});
export type Outcome = z.infer<typeof outcome>;

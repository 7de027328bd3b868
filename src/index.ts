/**
 * Retake's public API: judge a clip, read or write a report, declare a detector.
 *
 *     import { inspect, resolvePolicy } from 'retake';
 *     const { report } = await inspect('shot-010.mp4', { policy: resolvePolicy('draft') });
 *     if (report.verdict.decision === 'regenerate') …
 */
export type { Box, ClipFacts, FrameRange, Rational } from './clip.ts';
export { framesOf, frameTime, rangeSeconds } from './clip.ts';
export type { AnyDetector, Detector, DetectorMeta, Fault, JudgeInput, Judgement } from './detectors/detector.ts';
export { defineDetector } from './detectors/detector.ts';
export { detectorById, detectors } from './detectors/index.ts';
export { ERROR_CODES, type ErrorCode, RetakeError } from './errors.ts';
export type { Finding, Measurements, Outcome, Severity } from './finding.ts';
export { type Inspection, type InspectOptions, inspect } from './inspect.ts';
export { type Level, type Policy, type PolicyFile, policyJsonSchema, resolvePolicy, withStrict } from './policy.ts';
export { type PresetName, presets } from './presets.ts';
export { type FormatContext, formatNames, type RenderedFile, renderBatch, renderClip } from './report/formats.ts';
export { type Decision, type Report, reportSchema } from './report.ts';
export type { Cut, Measured, Shot, SignalName, Signals } from './signals.ts';

import type { Rational } from '../../clip.ts';
import type { Finding } from '../../finding.ts';
import type { Report } from '../../report.ts';
import { type Annotation, annotationOf, keyedFindings } from '../review/decisions.ts';
import { singleLine } from '../text.ts';
import { editingRate, fromTimecode, isDropFrame, rateOf, sameRate, type TimelineRate } from '../timecode.ts';

/** What a marker is for; every format has its colour for each. */
export type Tone = 'regenerate' | 'review' | 'info' | 'waived' | 'usable';

export interface MarkerOptions {
  /** Timecode of the clip's first frame on the timeline; `;` before the frames means drop-frame. Each format has its default. */
  startTimecode?: string;
  /** Rate of the timeline, one of the editing rates; the clip's own, or the one it fits on, unless given. */
  rate?: Rational;
  /** What people said about the findings since the report was written, by finding key. */
  annotations?: ReadonlyMap<string, Annotation>;
  /** Path of the clip for formats that refer to it; as the report has it unless given. */
  mediaPath?: string;
}

/** A range of frames with what to say about it, in the clip's frames and in the timeline's. */
export interface Marker {
  tone: Tone;
  /** Clip frames, end exclusive. */
  start: number;
  end: number;
  /** Timeline frames from the clip's first one, end exclusive. */
  timelineStart: number;
  timelineEnd: number;
  /** A few words, one line. */
  name: string;
  /** A sentence or more, one line. */
  note: string;
  finding?: Finding;
  annotation?: Annotation;
}

/** A report laid out on a timeline: all that the marker formats need. */
export interface MarkedClip {
  report: Report;
  rate: TimelineRate;
  /** Timeline frames since midnight of the clip's first frame. */
  origin: number;
  /** Length on the timeline, frames. */
  length: number;
  /** Ordered by start, findings before usable ranges. */
  markers: Marker[];
  mediaPath: string;
  /** True when each clip frame is exactly one timeline frame. */
  sameGrid: boolean;
}

/**
 * Lays a report's findings and usable ranges out on a timeline.
 *
 * @param defaultStart timecode of the first frame unless the options say otherwise
 * @throws RetakeError `usage` for a timecode that the rate cannot have
 */
export function markClip(report: Report, options: MarkerOptions, defaultStart: string): MarkedClip {
  const fps = options.rate ?? editingRate(report.clip.fps);
  const start = options.startTimecode ?? defaultStart;
  const rate = rateOf(fps, isDropFrame(start));
  const place = placement(report.clip, fps);
  const at = (range: { start: number; end: number }) => {
    const timelineStart = place(range.start);
    const timelineEnd = Math.max(timelineStart + 1, place(range.end));
    return { start: range.start, end: range.end, timelineStart, timelineEnd };
  };
  const findings = keyedFindings(report.outcomes).map(({ key, finding, outcome }): Marker => {
    const annotation = annotationOf(finding, key, options.annotations);
    const tone: Tone = annotation?.status === 'waived' ? 'waived' : finding.severity;
    return {
      tone,
      ...at(finding),
      name: singleLine(`${finding.detector}: ${finding.kind}`, 80),
      note: singleLine(noteOf(finding, outcome.shot, annotation), 900),
      finding,
      ...(annotation ? { annotation } : {}),
    };
  });
  const usable = report.verdict.usable.map((range): Marker => {
    const note = `usable: frames ${range.start} to ${range.end - 1} are free of findings that cost frames`;
    return { tone: 'usable', ...at(range), name: 'usable', note };
  });
  return {
    report,
    rate,
    origin: fromTimecode(start, rate),
    length: Math.max(1, place(report.clip.frames)),
    markers: [...findings, ...usable].sort((a, b) => a.timelineStart - b.timelineStart),
    mediaPath: options.mediaPath ?? report.clip.path,
    sameGrid: report.clip.times === undefined && sameRate(fps, report.clip.fps),
  };
}

/**
 * Where a clip frame starts on a timeline of another (or the same) rate, in timeline frames from the clip's first one.
 * A constant rate is computed in integers; a varying one goes by the container's times.
 */
function placement(clip: Report['clip'], fps: Rational): (frame: number) => number {
  const { times } = clip;
  if (times !== undefined && times.length > 0) {
    const last = times.length - 1;
    const step = clip.fps.den / clip.fps.num;
    const seconds = (frame: number): number =>
      frame <= last ? times[Math.max(0, frame)] : times[last] + (frame - last) * step;
    return frame => Math.round(((seconds(frame) - times[0]) * fps.num) / fps.den);
  }
  const over = BigInt(fps.num) * BigInt(clip.fps.den);
  const under = BigInt(fps.den) * BigInt(clip.fps.num);
  return frame => Number((2n * BigInt(frame) * over + under) / (2n * under));
}

/** All that an editor needs to judge the finding without the report. Begins with a word: some readers trip over digits. */
function noteOf(finding: Finding, shot: string | null, annotation: Annotation | undefined): string {
  const { severity, message, measured, threshold, unit, confidence, advice } = finding;
  const frames = `frames ${finding.start} to ${finding.end - 1}, worst ${finding.peak}`;
  const where = shot === null ? frames : `${shot}, ${frames}`;
  const parts = [
    `${severity}: ${message}`,
    `(${where}; measured ${measured} against ${threshold} ${unit}; confidence ${Math.round(confidence * 100)} %)`,
    ...(advice ? [advice] : []),
  ];
  return [...saidAbout(annotation), ...parts].join(' ');
}

/** What people said about a finding, as words that stand before it. */
function saidAbout(annotation: Annotation | undefined): string[] {
  if (!annotation || annotation.status === 'open') return [];
  const { status, who, reason, until } = annotation;
  const by = who ? ` by ${who}` : '';
  const date = until ? ` until ${until}` : '';
  return [`${status}${by}${date}${reason ? ` (${reason})` : ''}:`];
}

import type { Report } from '../report.ts';
import type { ReviewEntry } from './review/decisions.ts';

/** A JPEG of one frame. Boxes are drawn over it by the page, in source pixels. */
export interface Still {
  /** Data URI, or a URL relative to the page. */
  src: string;
  width: number;
  height: number;
}

/** A signal over the clip, thinned to what a screen can show. */
export interface PlotSeries {
  id: string;
  title: string;
  unit: string;
  /** Detectors that read it: the plot comes up with their findings. */
  detectors: string[];
  /** Frames per value: value i stands for the frames from i × every on. */
  every: number;
  /** null where nothing was measured. */
  values: (number | null)[];
  /** A second trace to compare with, in the same unit and as long. */
  beside?: { title: string; values: (number | null)[] };
}

/** Where the page finds the moving picture. */
export interface ClipSource {
  how: 'original' | 'proxy' | 'embedded' | 'none';
  /** URL relative to the page; absent when embedded or none. */
  src?: string;
  /** Base64 of the whole file when embedded. */
  data?: string;
  /** MIME type. */
  type: string;
  /** One sentence for the editor when it is not simply the original. */
  note?: string;
}

/** What the page says about a detector. */
export interface DetectorCard {
  title: string;
  summary: string;
  medium: 'picture' | 'sound' | 'container';
  source: string;
}

/** Points measured on one frame, such as a hand's landmarks, in source pixels. */
export interface Landmarks {
  frame: number;
  /** What they are, a word or two. */
  label: string;
  points: [number, number][];
  /** Pairs of indices into `points` that are joined by a line. */
  links: [number, number][];
}

/** Frames that show a finding: just before it, at its worst, just after it; null where the shot begins or ends with it. */
export interface Strip {
  before: number | null;
  peak: number;
  after: number | null;
}

/** One judged hand: crops over time in one picture, side by side, upright and at one size. */
export interface HandStrip {
  /** Track and shot. */
  id: string;
  shot: string;
  /** 0–1, strongest of what was suspected, also below the threshold. */
  suspicion: number;
  /** Close looks that were taken; the strip shows some of them. */
  looks: number;
  /** Frame of each crop. */
  frames: number[];
  still: Still;
}

/** All that the page shows beside the report itself. Everything may be empty: the page then says what is missing. */
export interface PageExtras {
  clip: ClipSource;
  /** Seconds from the container's start to frame 0. */
  firstFrameTime: number;
  /** Time of every frame, only where the nominal rate does not give it (variable rate, frames lost in damage). */
  times?: number[];
  /** By frame number. */
  stills: Record<number, Still>;
  /** By finding key. */
  strips: Record<string, Strip>;
  /** By shot id: a frame whose still stands for the shot. */
  posters: Record<string, number>;
  series: PlotSeries[];
  landmarks: Landmarks[];
  /** Most suspicious first. */
  hands?: HandStrip[];
  detectors: Record<string, DetectorCard>;
  review: ReviewEntry[];
  /** What could not be prepared, one sentence each. */
  warnings: string[];
}

/** What is embedded in the page. */
export interface PageData {
  report: Report;
  extras: PageExtras;
}

export const noExtras: PageExtras = {
  clip: { how: 'none', type: '' },
  firstFrameTime: 0,
  stills: {},
  strips: {},
  posters: {},
  series: [],
  landmarks: [],
  detectors: {},
  review: [],
  warnings: [],
};

import type { FrameRange } from './clip.ts';
import type { Bodies, Faces, Hands, Identities, VoiceActivity } from './landmarks.ts';

/** One value per decoded frame, in order. */
export type Series = Float32Array;

/** Complaint of the decoder about the stream, with the frame that was being delivered when it complained. */
export interface DecodeFault {
  frame: number;
  message: string;
}

/** Per-block sound levels at the original rate and layout. Blocks are `step` seconds long from the container's start. */
export interface AudioLevels {
  /** Seconds per block. */
  step: number;
  sampleRate: number;
  channels: number;
  /** dBFS per block, one array per channel; −120 stands for digital silence. */
  rms: Float32Array[];
  peak: Float32Array[];
  /** Samples at (or within 0.1 dB of) full scale in the block, one array per channel. */
  clipped: Float32Array[];
  /** Correlation of the first two channels, −1 … 1; NaN where either is silent or there is only one. */
  phase: Float32Array;
}

/** ITU-R BS.1770-4 / EBU R128 measures of the whole clip, plus momentary loudness. */
export interface Loudness {
  /** LUFS; −Infinity when nothing passed the gate. */
  integrated: number;
  /** Loudness range, LU. */
  range: number;
  /** dBTP over all channels, 4× oversampled. */
  truePeak: number;
  /** Momentary loudness (400 ms window), LUFS every `step` seconds from the container's start. */
  momentary: Float32Array;
  step: number;
}

/** Log-mel spectrum of the sound: natural logarithm of band power, bands from low to high. */
export interface SpeechBands {
  /** Seconds per step; step k is centred on `k · step` of container time. */
  step: number;
  /** 40 bands per step. */
  values: Float32Array;
}

/** Letterbox and pillarbox: bars in source pixels, per frame. */
export interface Bars {
  top: Series;
  bottom: Series;
  left: Series;
  right: Series;
}

/**
 * Every measurement there is, by name. A new signal starts as a line here; a detector that reads a signal it does not
 * declare does not compile. Luma and chroma are 8-bit code values (limited range unless the clip says full).
 */
export interface Signals {
  /** Mean, standard deviation, 1st and 99th percentile of luma over the small picture, 0–255. */
  lumaMean: Series;
  lumaDeviation: Series;
  lumaLow: Series;
  lumaHigh: Series;
  /** Mean Cb and Cr, 0–255. */
  chromaBlue: Series;
  chromaRed: Series;
  /** Mean distance from neutral chroma, 0–181. */
  saturation: Series;
  /** Mean absolute luma difference to the frame before, 0–255; 0 at frame 0. */
  frameDifference: Series;
  /** Share of the small picture's pixels that differ from the frame before by more than the noise of a re-encode, 0–1; 0 at frame 0. */
  changedShare: Series;
  /** Distance of joint luma–chroma histograms to the frame before, 0–1; 0 at frame 0. */
  histogramDistance: Series;
  /** Share of edges that have no counterpart in the frame before after motion is undone, 0–1; 0 at frame 0. */
  edgeChange: Series;
  /** Global motion since the frame before in source pixels, and how well it explains the frame (0–1). */
  motionX: Series;
  motionY: Series;
  motionFit: Series;
  /** Mean absolute luma difference left after global motion is undone, 0–255. */
  motionResidual: Series;
  /** Difference left after every block was searched for on its own, relative to its texture: 0 all found, 1 nothing; 0 at frame 0. */
  matchError: Series;
  /** Grid of luma means, `SHOT_GRID` cells per frame row-major, frame after frame; what dissolve and flash tests read. */
  lumaGrid: Float32Array;

  /** Share of the picture whose luminance rose / fell by a flash-relevant step since the last extreme, 0–1. */
  flashRise: Series;
  flashFall: Series;
  /** Share of the picture that turned to or from saturated red, 0–1. */
  flashRed: Series;
  /** The part of `flashRed` that turned away from red, 0–1. */
  flashRedAway: Series;
  /** Share of pixels below / above legal luma and beyond legal chroma or saturation, 0–1, measured at analysis size. */
  lumaBelowLegal: Series;
  lumaAboveLegal: Series;
  chromaIllegal: Series;
  /** Energy of fine detail relative to contrast at analysis size; comparable between frames of one clip. */
  sharpness: Series;
  bars: Bars;

  /** Landmarks of faces, hands and bodies, not linked into tracks; see landmarks.ts for the points and units. */
  faces: Faces;
  hands: Hands;
  bodies: Bodies;
  /** Appearance vectors of faces at a low cadence. */
  identities: Identities;
  /** Probability of speech; null when the clip has no sound. */
  voice: VoiceActivity | null;
  /** Log-mel bands, 80–7600 Hz; null when the clip has no sound. */
  speechBands: SpeechBands | null;

  decodeFaults: DecodeFault[];
  audioLevels: AudioLevels | null;
  loudness: Loudness | null;
}

export type SignalName = keyof Signals;
/** Signals that were measured; a missing key means that no observer provided it. */
export type Measured = Partial<Signals>;

/** Columns and rows of {@link Signals.lumaGrid}. */
export const SHOT_GRID = { columns: 16, rows: 9 } as const;

/** A stretch between two cuts. Ids are `s1`, `s2`, … in order. */
export interface Shot extends FrameRange {
  id: string;
}

/** A shot boundary. `frame` is the first frame of the new shot (for a dissolve or fade: the middle of it). */
export interface Cut {
  frame: number;
  kind: 'cut' | 'dissolve' | 'fade';
  /** 0–1. */
  confidence: number;
  /** The transition's frames: `[frame, frame]` for a hard cut. */
  start: number;
  end: number;
}

import type { FrameRange } from './clip.ts';
import type { Bodies, Faces, HandEvidence, Hands, Identities, PersonLooks, VoiceActivity } from './landmarks.ts';
import type { AudioLevels, Loudness, SpeechBands } from './sound.ts';

/** One value per decoded frame, in order. */
export type Series = Float32Array;

/** Luma of cells in 8-bit code values; long clips have it in whole 256ths of them. */
export type LumaGrid = Float32Array | Uint16Array;

/** Complaint of the decoder about the stream, with the frame that was being delivered when it complained. */
export interface DecodeFault {
  frame: number;
  message: string;
}

/**
 * Maps of {@link SemanticDrift}, in order. `motion` (mean step) and `doubt` (disagreement of the way there and back) in
 * network pixels, `change` (luma to the next look) and `detail` (luma gradient) in code values, `strength` of the features
 * in standard deviations. The others are distances of features, 1 − cosine: between first and last look along the path
 * (`net`), from look to look (`step`), the length of their second difference (`jerk`), to the best match near the path's end
 * (`near`) and anywhere (`gone`: first look's cells in the last; `come`: last look's cells in the first). Numbers are strides.
 */
export const DRIFT_MAPS = [
  'motion',
  'doubt',
  'change',
  'detail',
  'strength',
  'net8',
  'jerk8',
  'step8',
  'net16',
  'jerk16',
  'step16',
  'near16',
  'gone16',
  'come16',
  'near32',
] as const;
export type DriftMap = (typeof DRIFT_MAPS)[number];

/** What became of every cell of a coarse grid within windows of five looks, half a second at eight looks a second. */
export interface SemanticDrift {
  /** First and last frame of each window, ascending. Cells belong to the first frame. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Frames between two looks. */
  step: number;
  columns: number;
  rows: number;
  /** `windows × maps × cells`, row-major, packed: value = most · (byte / 255)², `most` as in {@link DRIFT_MOST}. */
  packed: Uint8Array;
}

/** Largest value of each map of {@link SemanticDrift}. */
export const DRIFT_MOST: Record<DriftMap, number> = {
  motion: 48,
  doubt: 24,
  change: 64,
  detail: 64,
  strength: 4,
  net8: 2,
  jerk8: 3,
  step8: 1,
  net16: 2,
  jerk16: 3,
  step16: 1,
  near16: 1,
  gone16: 1,
  come16: 1,
  near32: 1,
};

/**
 * Small pictures of the clip at a low cadence, to tell whether a place stays the same. Planes lie one sample after the other, in
 * code values of limited range.
 */
export interface Views {
  /** Frame of each sample, ascending. */
  frames: Uint32Array;
  /** Size of a luma plane; chroma planes have half of it in both directions, rounded down. */
  width: number;
  height: number;
  /** Source pixels per pixel of a luma plane. */
  scaleX: number;
  scaleY: number;
  luma: Uint8Array;
  blue: Uint8Array;
  red: Uint8Array;
}

/**
 * What {@link LightSteps} holds per frame: growth of light from one half of the picture to the other, across and down, how far
 * the cells disagree about it, and the share of them that shows the same as before; growth of red and of blue against green,
 * disagreement and share. Logarithms against the frame before; zeros at frame 0 and where nothing stepped.
 */
export const LIGHT_STEP_VALUES = [
  'across',
  'down',
  'lightSpread',
  'lightShare',
  'warm',
  'cool',
  'colourSpread',
  'colourShare',
] as const;

/** Steps of light and colour of the whole picture: {@link LIGHT_STEP_VALUES} per frame, frame after frame. */
export type LightSteps = Series;

/**
 * Small pieces of the picture that suddenly began to rise, each followed back to where it came from and on to where it went,
 * on an even clock; lengths in source pixels.
 */
export interface Rises {
  /** Points of path i: from `rows[i]` to before `rows[i + 1]`. One longer than there are paths. */
  rows: Uint32Array;
  /** Point of each path, counted from its first, after which it begins to rise. */
  starts: Uint32Array;
  /** One per point. */
  frames: Uint32Array;
  /** Four per point: x and y of the middle as seen, then with the camera's motion since the clip's start taken out. */
  place: Float32Array;
}

/** Values per row of {@link Leaps.values}, in order; lengths in source pixels, motion in source pixels per frame. */
export const LEAP_VALUES = [
  'fromX',
  'fromY',
  'fromWidth',
  'fromHeight',
  'toX',
  'toY',
  'toWidth',
  'toHeight',
  'ratio',
  'likeness',
  'beforeX',
  'beforeY',
  'afterX',
  'afterY',
] as const;

/**
 * Things that were followed smoothly up to one frame and from the next one on, but in between leapt to another place
 * (ratio 1) or to another size (ratio later to earlier). Places are middles; the camera's motion is taken out of the motion.
 */
export interface Leaps {
  /** First frame after each leap, ascending. */
  frames: Uint32Array;
  /** {@link LEAP_VALUES} of each row. */
  values: Float32Array;
}

/** Values per row of {@link Shifts.values}, in order; lengths in source pixels, motion in source pixels per frame. */
export const SHIFT_VALUES = [
  ...LEAP_VALUES,
  'unmoved',
  'oneWay',
  'followed',
  'level',
  'timesFrom',
  'timesTo',
  'share',
  'split',
] as const;

/**
 * Places of a frame that stand out and are explained by one thing at another place (ratio 1) or in another size than in the
 * frame before, with what speaks for and against it: likeness without any shift (`unmoved`), with only one side changed
 * (`oneWay`), from frame to frame while it is followed (`followed`); difference of mean levels; how many times more changes
 * at the old and the new place than in the frames beside; share of all that stands out; 1 where both places are one region.
 */
export interface Shifts {
  /** First frame after each shift, ascending; several rows may be one shift. */
  frames: Uint32Array;
  /** {@link SHIFT_VALUES} of each row. */
  values: Float32Array;
}

/** Bands of detail in which changes of texture are measured: at full, half and quarter size of the small picture. */
export const BOIL_BANDS = 3;
/**
 * Values per band and cell, mean squares in codes²: second difference of three pictures; change over two pictures by the one
 * between; from one to the second, and to the fourth after it; and the detail itself. Scaled so that where every picture is new the first four are alike.
 */
export const BOIL_MEASURES = ['bend', 'across', 'later', 'latest', 'power'] as const;

/** How the texture of every cell of the small picture changes within short bursts of pictures, one burst a second. */
export interface TextureChanges {
  /** First and last frame of every burst, ascending. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Cells of 8 × 8 pixels of the small picture. */
  columns: number;
  rows: number;
  /** Burst × band × measure × cell: medians over the burst. */
  values: Float32Array;
}

/** Lines of lettering as they were read, one row per line and look, in frame order. Lengths in source pixels. */
export interface Lettering {
  /** Frames that were looked at, ascending. */
  frames: Uint32Array;
  /** Rows of `frames[i]`: from `rows[i]` to before `rows[i + 1]`. One longer than `frames`. */
  rows: Uint32Array;
  /** Five per row: x and y of the line's middle, its length and height, its angle clockwise in radians. */
  place: Float32Array;
  /** One per row: letters, digits, spaces; anything else is a middle dot. */
  texts: string[];
  /** One array per row: probability of each character, 0–255. */
  certainty: Uint8Array[];
  /** One array per row: where along the line each character begins, 0–255. */
  places: Uint8Array[];
  /** One per row: mean luma step between neighbours at the reading network's size relative to contrast. */
  sharpness: Float32Array;
}

/** Letterbox and pillarbox: bars in source pixels, per frame. */
export interface Bars {
  top: Series;
  bottom: Series;
  left: Series;
  right: Series;
}

/** What happens between each frame and the one before, seen against its surroundings. */
export interface Continuity {
  /** `CONTINUITY_FEATURES.length` values per frame (observers/continuity/feature-names.ts); zeros where the frame repeats the one before. */
  features: Float32Array;
  /** Per frame, in source pixels: where something changes at once; all zeros when nowhere. */
  boxes: Float32Array;
  /**
   * `FADES.length` values (observers/continuity/fade-measures.ts) for each of `FADES_KEPT` places per frame where something
   * changes over several pictures, this one being in the middle, heaviest first; zeros where there are fewer.
   */
  fades: Float32Array;
  /** Four values for each of these places, in source pixels. */
  fadeBoxes: Float32Array;
  /** 1 where a frame repeats the one before, but for coding noise. */
  repeats: Series;
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
  lumaGrid: LumaGrid;

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

  /** Small pictures every quarter of a second. */
  views: Views;
  /** How light and colour of all that shows the same step from frame to frame. */
  lightSteps: LightSteps;
  /** Things that leapt from one frame to the next. */
  leaps: Leaps;
  /** … and that are explained by what stands out at one moment. */
  shifts: Shifts;
  /** Things that suddenly began to rise. */
  rises: Rises;

  /** Landmarks of faces, hands and bodies, not linked into tracks; see landmarks.ts for the points and units. */
  faces: Faces;
  hands: Hands;
  bodies: Bodies;
  /** Close looks at hands a few times a second. */
  handEvidence: HandEvidence;
  /** Appearance vectors of faces at a low cadence. */
  identities: Identities;
  /** What people wear and their hair, a few times a second. */
  personLooks: PersonLooks;
  /** How what is seen changes its looks beyond its motion, a few times a second. */
  semanticDrift: SemanticDrift;
  /** What is written in the picture, about once a second. */
  lettering: Lettering;
  /** Whether texture goes on from picture to picture or comes anew, once a second. */
  textureChanges: TextureChanges;
  /** Probability of speech; null when the clip has no sound. */
  voice: VoiceActivity | null;
  /** Log-mel bands, 80–7600 Hz; null when the clip has no sound. */
  speechBands: SpeechBands | null;

  /** Jumps, appearing and vanishing, gradual changes: what the trees of the continuity check read. */
  continuity: Continuity;

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

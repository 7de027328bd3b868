import type { ClipFacts } from '../clip.ts';
import {
  type Bodies,
  type Faces,
  type Hands,
  IDENTITY_LENGTH,
  type Identities,
  type LandmarkTable,
} from '../landmarks.ts';
import type { Shot } from '../signals.ts';
import { cosine } from '../statistics.ts';
import {
  type Chain,
  chainsOf,
  gapFrames,
  joinChains,
  linkTracks,
  numberTracks,
  placeCost,
  rowDistance,
  type Track,
  type TrackOptions,
} from './tracks.ts';

/** A face's track. */
export interface FaceTrack extends Track {
  /** Samples of {@link Identities} that were taken from this track, ascending. */
  samples: number[];
  /**
   * Where the face stopped looking like itself although it was followed without a break: the frame of the first sample
   * that differs, and the cosine between what came before and after. A break in the following splits the track instead.
   */
  changes: { frame: number; cosine: number }[];
}

export interface FaceTrackOptions extends TrackOptions {
  /**
   * Two faces are different people below this cosine of their mean appearance. Pairs of samples of one person lay above
   * 0.65 in 99 of 100 cases, those of different people below 0.58.
   */
  differentBelow?: number;
  /** Longest time, in seconds, after which a face that looks the same may continue a track from anywhere in the picture. */
  returnSeconds?: number;
  /** Two faces that left and came back may be taken for one above this cosine. */
  sameAbove?: number;
}

const DEFAULTS = { differentBelow: 0.5, sameAbove: 0.68, gapSeconds: 0.5, returnSeconds: 3 } as const;
/** A face moved abruptly when it shifted by so much of its square between two measured frames. */
const ABRUPT = 0.3;
/** Another face within so many sides may have been taken for it. */
const NEAR = 1;

/**
 * Tracks of faces. Landmarks link frame to frame; appearance has the last word: a gap is not bridged to someone who
 * looks different, and a chain in which the appearance changes at a place where it could have jumped to somebody else
 * is split there.
 */
export function faceTracks(
  clip: Pick<ClipFacts, 'video'>,
  shots: readonly Shot[],
  faces: Faces,
  identities: Identities | null,
  options: FaceTrackOptions = {},
): FaceTrack[] {
  const settings = { ...DEFAULTS, ...options };
  const perShot = shots.map(shot => {
    const chains = chainsOf(faces, shot, settings.leastPresence);
    const look = new Appearance(faces, identities);
    const whole = chains.flatMap(chain => splitWhereItJumped(faces, chains, chain, look, settings.differentBelow));
    const place = placeCost(faces);
    const bridged = joinChains(whole, gapFrames(clip, settings.gapSeconds, faces.step), (earlier, later) => {
      const likeness = look.likeness(earlier, later);
      if (likeness !== null && likeness < settings.differentBelow) return Number.POSITIVE_INFINITY;
      return place(earlier, later);
    });
    const returned = joinChains(bridged, gapFrames(clip, settings.returnSeconds, faces.step), (earlier, later) => {
      const likeness = look.likeness(earlier, later);
      return likeness !== null && likeness >= settings.sameAbove ? 1 - likeness : Number.POSITIVE_INFINITY;
    });
    return { shot, chains: returned, look };
  });
  const tracks = numberTracks('f', perShot, settings.leastRows);
  const looks = new Map(perShot.map(({ shot, look }) => [shot.id, look]));
  return tracks.map(track => {
    const chain = { rows: [...track.rows], frames: [...track.frames] };
    const look = looks.get(track.shot) as Appearance;
    return { ...track, samples: look.samplesOf(chain), changes: look.changes(chain, settings.differentBelow) };
  });
}

/** Tracks of hands: landmarks and, as a mild hint, the side of the body. */
export const handTracks = (
  clip: Pick<ClipFacts, 'video'>,
  shots: readonly Shot[],
  hands: Hands,
  options: TrackOptions = {},
): Track[] => linkTracks('h', clip, shots, hands, options, (a, b) => 0.15 * Math.abs(hands.right[a] - hands.right[b]));

/** Tracks of bodies. */
export const bodyTracks = (
  clip: Pick<ClipFacts, 'video'>,
  shots: readonly Shot[],
  bodies: Bodies,
  options: TrackOptions = {},
): Track[] => linkTracks('b', clip, shots, bodies, options);

/** Samples either side that are compared: one alone may be a grimace. */
const WINDOW = 3;

/** Looks up and compares the appearance of chains. */
class Appearance {
  readonly #identities: Identities | null;
  /** Sample by frame and lineage. */
  readonly #byKey = new Map<string, number>();
  readonly #faces: Faces;

  constructor(faces: Faces, identities: Identities | null) {
    this.#faces = faces;
    this.#identities = identities;
    identities?.frames.forEach((frame, k) => {
      this.#byKey.set(`${frame}/${identities.lineage[k]}`, k);
    });
  }

  /** Samples taken from a chain, in order. */
  samplesOf({ rows, frames }: Chain): number[] {
    if (this.#identities === null) return [];
    const samples: number[] = [];
    frames.forEach((frame, k) => {
      const sample = this.#byKey.get(`${frame}/${this.#faces.lineage[rows[k]]}`);
      if (sample !== undefined) samples.push(sample);
    });
    return samples;
  }

  /** How alike the end of one chain and the start of another look; null when either was never sampled. */
  likeness(earlier: Chain, later: Chain): number | null {
    const a = this.samplesOf(earlier).slice(-WINDOW);
    const b = this.samplesOf(later).slice(0, WINDOW);
    return a.length > 0 && b.length > 0 ? meanCosine(this.#identities as Identities, a, b) : null;
  }

  /** First samples from which a chain's appearance differs from what it was: a few either side are compared. */
  changes(chain: Chain, below: number): { frame: number; cosine: number; before: number }[] {
    const samples = this.samplesOf(chain);
    const identities = this.#identities as Identities;
    const found: { frame: number; cosine: number; before: number }[] = [];
    let from = 0;
    const likeness = (k: number) =>
      meanCosine(
        this.#identities as Identities,
        samples.slice(Math.max(from, k - WINDOW), k),
        samples.slice(k, k + WINDOW),
      );
    for (let k = 1; k < samples.length; k++) {
      if (likeness(k) >= below) continue;
      // A window that only reaches into the change is unlike already: the change is where the two sides differ most.
      let at = k;
      for (let n = k + 1; n < Math.min(samples.length, k + WINDOW); n++) if (likeness(n) < likeness(at)) at = n;
      found.push({
        frame: identities.frames[samples[at]],
        cosine: likeness(at),
        before: identities.frames[samples[at - 1]],
      });
      from = at;
      k = at;
    }
    return found;
  }
}

/** Splits a chain where its appearance changes and it may have jumped to another face between the two samples. */
function splitWhereItJumped(
  faces: Faces,
  all: readonly Chain[],
  chain: Chain,
  look: Appearance,
  below: number,
): Chain[] {
  const cuts = look
    .changes(chain, below)
    .map(change => jumpBetween(faces, all, chain, change.before, change.frame))
    .filter(at => at !== null);
  const parts: Chain[] = [];
  let from = 0;
  for (const at of [...cuts, chain.rows.length]) {
    if (at > from) parts.push({ rows: chain.rows.slice(from, at), frames: chain.frames.slice(from, at) });
    from = at;
  }
  return parts;
}

/**
 * Index in the chain at which it most likely jumped, between two frames; null when it was followed smoothly and no
 * other face was near: then the face itself changed.
 */
function jumpBetween(faces: Faces, all: readonly Chain[], chain: Chain, after: number, upTo: number): number | null {
  let best: number | null = null;
  let most = ABRUPT;
  let nearest: number | null = null;
  let least = NEAR;
  for (let k = 1; k < chain.rows.length; k++) {
    if (chain.frames[k] <= after || chain.frames[k] > upTo) continue;
    const jumped =
      faces.lineage[chain.rows[k]] === faces.lineage[chain.rows[k - 1]]
        ? rowDistance(faces, chain.rows[k - 1], chain.rows[k])
        : 1;
    if (jumped > most) {
      most = jumped;
      best = k;
    }
    const near = nearestOther(faces, all, chain, k);
    if (near < least) {
      least = near;
      nearest = k;
    }
  }
  return best ?? nearest;
}

/** Distance in sides from a chain's row to the nearest face of another chain at that time or a measured frame beside it. */
function nearestOther(faces: LandmarkTable, all: readonly Chain[], chain: Chain, k: number): number {
  let least = Number.POSITIVE_INFINITY;
  const row = chain.rows[k];
  for (const other of all) {
    if (other === chain) continue;
    for (let i = 0; i < other.frames.length; i++) {
      if (Math.abs(other.frames[i] - chain.frames[k]) > faces.step) continue;
      const dx = faces.place[3 * other.rows[i]] - faces.place[3 * row];
      const dy = faces.place[3 * other.rows[i] + 1] - faces.place[3 * row + 1];
      least = Math.min(least, Math.hypot(dx, dy) / (faces.place[3 * row + 2] || 1));
    }
  }
  return least;
}

/** Cosine of the mean appearance of two groups of samples. */
export function meanCosine(identities: Identities, a: readonly number[], b: readonly number[]): number {
  const [p, q] = [a, b].map(group => {
    const mean = new Float64Array(IDENTITY_LENGTH);
    for (const sample of group)
      for (let k = 0, i = sample * IDENTITY_LENGTH; k < IDENTITY_LENGTH; k++, i++) mean[k] += identities.vectors[i];
    return mean;
  });
  return cosine(p, q);
}

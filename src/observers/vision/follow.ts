import type { PictureSize } from '../../media/frame.ts';
import type { Edge } from './crop.ts';
import type { Eye, Sighting } from './eye.ts';
import { type Square, scaleSquare, squareOverlap, tiles, touches, wholePicture } from './square.ts';
import type { Views } from './views.ts';

/** How often to search, in measured frames. */
export interface Cadence {
  /** Whole picture while something / nothing is followed. */
  whole: number;
  idle: number;
  /** One tile of the picture, for small things; 0 is never. */
  tile: number;
  /** Longer side of the picture over side of a tile. */
  tilesAcross: number;
  /** How long to search again around a place where something was lost. */
  memory: number;
}

/** A sighting with the number of the chain of frames that it was followed along. */
export interface Followed<Seen> {
  seen: Seen;
  lineage: number;
}

/** A lost place is searched in so many frames after the loss, then in every so many-th. */
const EAGER = 3;
const PATIENT = 4;
/** Hints are followed in every frame until so many in a row led to nothing, then in every so many-th. */
const VAIN = 8;
const SELDOM = 4;
/** Where every hint is answered nothing is missing that is known of: searches come at longer intervals by this factor. */
const CALM = 2;
/** When nothing is found the picture is seen from so much further away: detectors want some room around what fills it. */
const STEP_BACK = 1.6;
/** Presence of a first look at a detection, and of any look at a place that the detector was not sure of. */
const FAINT_PRESENCE = 0.2;
const HIGH_PRESENCE = 0.85;
/** A detection is taken to be what is already followed when the squares overlap so much. */
const KNOWN = 0.4;
/** A place where something was lost is searched at so many times its size. */
const LOST_AREA = 2;
/** A hint is answered when something is followed within this share of the area's side. */
const ANSWERED = 0.3;

/**
 * Follows the things of one kind through the frames of a clip: each is measured where it was in the frame before, and
 * searched for when it is new, lost or now and then. Knows nothing of shots or identity.
 */
export class Follower<Seen extends Sighting> {
  readonly #eye: Eye<Seen>;
  readonly #cadence: Cadence;
  readonly #tiles: Square[];
  #active: { square: Square; lineage: number }[] = [];
  #lost: { square: Square; left: number }[] = [];
  #nextLineage = 1;
  #sinceWhole = Number.POSITIVE_INFINITY;
  #turn = 0;
  #sinceTile = 0;
  #nextTile = 0;
  #steppedBack = 0;
  /** Hints in a row that led to nothing. */
  #vain = 0;
  #rejects: (seen: Seen) => boolean = () => false;

  constructor(eye: Eye<Seen>, size: PictureSize, cadence: Cadence) {
    this.#eye = eye;
    this.#cadence = cadence;
    const longer = Math.max(size.width, size.height);
    this.#tiles = cadence.tile > 0 ? tiles(size, Math.ceil(longer / cadence.tilesAcross)) : [];
  }

  /**
   * Measures one frame.
   * @param fresh the picture has nothing to do with the one before: forget all, search everywhere
   * @param hints areas where something should be
   * @param rejects tells sightings that must be mistakes
   * @returns sightings in pixels of the analysis picture, none of them twice
   */
  async look(
    views: Views,
    fresh: boolean,
    hints: readonly Square[] = [],
    rejects: (seen: Seen) => boolean = () => false,
  ): Promise<Followed<Seen>[]> {
    const eye = this.#eye;
    this.#rejects = rejects;
    if (fresh) {
      this.#vain = 0;
      this.#active = [];
      this.#lost = [];
      this.#sinceWhole = Number.POSITIVE_INFINITY;
    }
    const found: Followed<Seen>[] = [];
    for (const { square, lineage } of this.#active) {
      const seen = await eye.measure(views.analysis, square);
      if (!seen) this.#lost.push({ square, left: this.#cadence.memory });
      else this.#add(found, { seen, lineage });
    }
    if (found.length < eye.limit) await this.#search(views, fresh, hints, found);
    this.#active = found
      .map(({ seen, lineage }) => ({ square: eye.next(seen), lineage }))
      .filter(({ square }) => square.side > 8 && square.side < 1e4 && touches(square, views.analysis));
    this.#lost = this.#lost.filter(place => --place.left > 0 && !this.#answered(place.square, found));
    return found;
  }

  async #search(views: Views, fresh: boolean, hints: readonly Square[], found: Followed<Seen>[]): Promise<void> {
    const { whole, idle, tile } = this.#cadence;
    const lostNow = this.#lost.some(({ left }) => left === this.#cadence.memory);
    const calm = hints.length > 0 && hints.every(hint => this.#answered(hint, found)) ? CALM : 1;
    this.#sinceWhole++;
    if (lostNow || this.#sinceWhole >= (found.length > 0 ? whole * calm : idle)) {
      this.#sinceWhole = 0;
      const whole = wholePicture(views.analysis);
      await this.#searchArea(views, whole, found, false);
      const far = { ...whole, side: whole.side * STEP_BACK };
      for (const edge of this.#beyond(fresh))
        if (found.length === 0) await this.#searchArea(views, far, found, false, edge);
    }
    this.#turn++;
    this.#sinceTile++;
    if (fresh) for (const area of this.#tiles) await this.#searchArea(views, area, found, true);
    else if (this.#tiles.length > 0 && this.#sinceTile >= tile * calm) {
      this.#sinceTile = 0;
      await this.#searchArea(views, this.#tiles[this.#nextTile++ % this.#tiles.length], found, true);
    }
    // What was just lost is mostly back at once; later a look now and then is enough.
    const due = this.#lost.filter(({ left }) => {
      const since = this.#cadence.memory - left;
      return since > 0 && (since < EAGER || since % PATIENT === 0);
    });
    const places = due.map(({ square }) => ({ ...square, side: square.side * LOST_AREA, angle: 0 }));
    const area = [...places, ...this.#dueHints(hints)].find(place => !this.#answered(place, found));
    if (!area) return;
    const before = found.length;
    await this.#searchArea(views, area, found, false);
    if (hints.includes(area)) this.#vain = found.length > before ? 0 : this.#vain + 1;
  }

  /** A new picture is looked at with everything around it that may help, later ones with one after the other. */
  #beyond(fresh: boolean): readonly Edge[] {
    const { beyond } = this.#eye;
    return fresh ? beyond : [beyond[this.#steppedBack++ % beyond.length]];
  }

  /** The hints to try in this frame, each of them first in its turn. */
  #dueHints(hints: readonly Square[]): readonly Square[] {
    if (this.#vain >= VAIN && this.#turn % SELDOM !== 0) return [];
    const first = hints.length > 0 ? (this.#turn + Math.floor(this.#turn / SELDOM)) % hints.length : 0;
    return [...hints.slice(first), ...hints.slice(0, first)];
  }

  async #searchArea(views: Views, area: Square, found: Followed<Seen>[], chance: boolean, edge?: Edge): Promise<void> {
    const eye = this.#eye;
    const { picture, factor } = views.forArea(area);
    // Places that the detector is not sure of are tried where there is nothing else, two of them at most.
    let faint = found.length === 0 ? 2 : 0;
    for (const { square, sure } of await eye.detect(picture, scaleSquare(area, factor), chance, edge)) {
      if (found.length >= eye.limit) return;
      const candidate = scaleSquare(square, 1 / factor);
      if (!touches(candidate, views.analysis) || (!sure && faint-- <= 0)) continue;
      if (found.some(({ seen }) => squareOverlap(eye.next(seen), candidate) > KNOWN)) continue;
      const seen = await this.#confirmed(views, candidate, sure);
      if (!seen || !this.#add(found, { seen, lineage: this.#nextLineage })) continue;
      this.#nextLineage++;
      this.#forgetNearest(eye.next(seen));
    }
  }

  /**
   * What is really there is found again, in the same place, from where its own landmarks say it is; and that look has
   * the better crop. The first look may be faint, since the detector's square is rough; a third is granted where the
   * second moved.
   */
  async #confirmed(views: Views, candidate: Square, sure: boolean): Promise<Seen | null> {
    const eye = this.#eye;
    let last = await eye.measure(views.analysis, candidate, sure ? FAINT_PRESENCE : HIGH_PRESENCE);
    for (let look = 0; last && look < 2; look++) {
      const again: Seen | null = await eye.measure(views.analysis, eye.next(last), sure ? undefined : HIGH_PRESENCE);
      if (!again) return null;
      if (eye.confirms(last, again)) return again;
      if (!sure) return null;
      last = again;
    }
    return null;
  }

  /** Adds a sighting unless it is one of those already there; of two sightings of one thing the surer stays. */
  #add(found: Followed<Seen>[], next: Followed<Seen>): boolean {
    if (this.#rejects(next.seen)) return false;
    const twin = found.findIndex(({ seen }) => this.#eye.same(seen, next.seen));
    if (twin < 0) {
      found.push(next);
      return true;
    }
    if (next.seen.presence > found[twin].seen.presence) found[twin] = { ...next, lineage: found[twin].lineage };
    return false;
  }

  /** What is found anew is taken for the lost thing nearest to it: that one need not be searched for any more. */
  #forgetNearest({ x, y }: Square): void {
    const away = ({ square }: { square: Square }) => Math.hypot(square.x - x, square.y - y);
    const [nearest] = [...this.#lost].sort((a, b) => away(a) - away(b));
    this.#lost = this.#lost.filter(place => place !== nearest);
  }

  #answered(area: Square, found: Followed<Seen>[]): boolean {
    return found.some(({ seen }) => {
      const { x, y } = this.#eye.next(seen);
      return Math.hypot(x - area.x, y - area.y) < area.side * ANSWERED;
    });
  }
}

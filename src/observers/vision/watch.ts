import type { Frame } from '../../media/frame.ts';
import type { ObserveContext } from '../observer.ts';
import type { Eye, PictureNet, Sighting } from './eye.ts';
import { type Cadence, type Followed, Follower } from './follow.ts';
import { closeNets } from './nets.ts';
import type { Square } from './square.ts';
import { type Column, type Row, TableBuilder } from './table.ts';
import type { Views } from './views.ts';

/** What one kind of thing needs to be watched for. */
export interface WatchPlan<Seen extends Sighting> {
  eye: Eye<Seen>;
  nets: Partial<Record<string, PictureNet>>;
  cadence: Cadence;
  points: number;
  columns: Record<string, Column>;
  budget: number;
  /** Every how many frames to look. */
  step: number;
  /** Further columns of a sighting. */
  extra(seen: Seen): Record<string, ArrayLike<number>>;
  /** Areas to search besides, when the frame is looked at. */
  hints?(frame: Frame): Promise<Square[]>;
  /** Tells sightings that must be mistakes, given what else is in the frame. */
  rejects?(frame: Frame): Promise<(seen: Seen) => boolean>;
}

/** Source pixels per pixel of the analysis picture. Cutting off an odd last row or column is no scaling. */
export function sourceScale({ clip, analysis }: ObserveContext): { x: number; y: number } {
  const { width, height } = clip.video;
  if (width - analysis.width <= 1 && height - analysis.height <= 1) return { x: 1, y: 1 };
  return { x: width / analysis.width, y: height / analysis.height };
}

/** Follows one kind of thing through a clip and packs what it sees. Asked twice for a frame, it looks once. */
export class Watch<Seen extends Sighting> {
  readonly #plan: WatchPlan<Seen>;
  readonly #views: Views;
  readonly #follower: Follower<Seen>;
  readonly #table: TableBuilder;
  readonly #scale: { x: number; y: number };
  #asked = -1;
  #latest: Promise<Followed<Seen>[] | null> = Promise.resolve(null);
  #looked = -1;

  constructor(plan: WatchPlan<Seen>, views: Views, context: ObserveContext) {
    this.#plan = plan;
    this.#views = views;
    this.#follower = new Follower(plan.eye, context.analysis, plan.cadence);
    this.#scale = sourceScale(context);
    this.#table = new TableBuilder({
      points: plan.points,
      columns: plan.columns,
      budget: plan.budget,
      rowsPerFrame: plan.eye.limit,
      step: plan.step,
    });
  }

  /** Sightings in analysis pixels, null when this frame is not one of those looked at. */
  look(frame: Frame): Promise<Followed<Seen>[] | null> {
    if (frame.index !== this.#asked) {
      this.#asked = frame.index;
      this.#latest = this.#look(frame);
    }
    return this.#latest;
  }

  /** Measures further squares of the frame that was looked at; only between looks. */
  get eye(): Pick<Eye<Seen>, 'measure'> {
    return this.#plan.eye;
  }

  finish() {
    return this.#table.finish();
  }

  close(): Promise<void> {
    return closeNets(this.#plan.nets);
  }

  async #look(frame: Frame): Promise<Followed<Seen>[] | null> {
    this.#views.load(frame);
    if (frame.index % this.#table.step !== 0) return null;
    const fresh = this.#views.freshAt > this.#looked;
    this.#looked = frame.index;
    const hints = (await this.#plan.hints?.(frame)) ?? [];
    const rejects = await this.#plan.rejects?.(frame);
    const found = await this.#follower.look(this.#views, fresh, hints, rejects);
    this.#table.add(
      frame.index,
      found.map(({ seen, lineage }) => this.#row(seen, lineage)),
    );
    return found;
  }

  #row(seen: Seen, lineage: number): Row {
    const { x, y } = this.#scale;
    const points = new Float32Array(seen.points.length);
    for (let k = 0; k < points.length; k += 3) {
      points[k] = seen.points[k] * x;
      points[k + 1] = seen.points[k + 1] * y;
      points[k + 2] = seen.points[k + 2] * x;
    }
    return {
      lineage,
      presence: seen.presence,
      sharpness: seen.sharpness,
      place: [seen.square.x * x, seen.square.y * y, seen.square.side * x],
      points,
      extra: this.#plan.extra(seen),
    };
  }
}

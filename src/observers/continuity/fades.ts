import type { Boundary, Geometry } from './boundary.ts';
import { type Component, components, neighbours } from './components.ts';
import { BEFORE, Courses, ENDS, GROWS, mostOf } from './courses.ts';
import { describeFade } from './fade-measures.ts';
import type { FollowedStack } from './followed.ts';

/** Places of a boundary that are kept, heaviest first. */
export const FADES_KEPT = 3;

/** Change of a cell, root mean square in code values, from which it may fade. */
const STEP = 7;
/**
 * What a mix of before and after may leave unexplained, as a share of the square of the change. An edge that sweeps over a
 * place leaves up to a quarter: half of it is before, half of it after.
 */
const LEFT = 0.13;
const LEFT_GROWS = 0.3;
/** Share of the change in one picture, from which on it is none over several; way of the share against its net change. */
const STEEPEST = 0.6;
const WAY = 1.6;
/** Shares of the change at the boundary between which it is half-way there. */
const HALF_WAY = [0.2, 0.8] as const;

/** A place that goes over into something else, and its measures (FADES). */
export interface Fade {
  part: Component;
  measures: readonly number[];
}

/**
 * Looks for places where pictures, followed along the flow, go over from one thing to another as a mix of both: every picture
 * between is the one before plus a share of the change, the same share all over the place.
 */
export class FadeFinder {
  readonly #geometry: Geometry;
  readonly #followed: FollowedStack;
  readonly #courses: Courses;
  /** Each cell with those next to it. */
  readonly #near: readonly (readonly number[])[];
  readonly #weight: Float32Array;
  /** Per cell: share at the boundary. */
  readonly #middle: Float32Array;

  constructor(geometry: Geometry, followed: FollowedStack) {
    this.#geometry = geometry;
    this.#followed = followed;
    this.#courses = new Courses(geometry, followed);
    const { columns, rows } = geometry;
    this.#weight = new Float32Array(columns * rows);
    this.#middle = new Float32Array(columns * rows);
    this.#near = Array.from({ length: columns * rows }, (_, cell) =>
      neighbours(cell % columns, Math.floor(cell / columns), columns, rows),
    );
  }

  /** The heaviest places that go over, at most FADES_KEPT, of what the stack holds now. */
  find(window: readonly Boundary[], centre: number): Fade[] {
    const { columns, rows } = this.#geometry;
    const courses = this.#courses;
    const weight = this.#weight;
    courses.read();
    let touched = 0;
    const grows: number[] = [];
    for (let cell = 0; cell < weight.length; cell++) {
      weight[cell] = 0;
      const square = courses.square[cell];
      if (square < 4 * GROWS * GROWS) continue;
      courses.course(this.#near[cell]);
      const left = mostOf(courses.curveLeft);
      if (left > LEFT_GROWS) continue;
      const { way, steepest } = courses.steps();
      if (way > WAY || steepest > STEEPEST) continue;
      const now = (courses.curve[BEFORE - ENDS - 1] + courses.curve[BEFORE - ENDS]) / 2;
      this.#middle[cell] = now;
      const fades = square >= 4 * STEP * STEP && left <= LEFT;
      if (fades) touched++;
      if (now <= HALF_WAY[0] || now >= HALF_WAY[1]) continue;
      if (fades) weight[cell] = Math.min(30, courses.step(cell));
      else grows.push(cell);
    }
    this.#grow(grows);
    const found = components(weight, columns, rows);
    const heaviest = found[0]?.weight ?? 0;
    return found.slice(0, FADES_KEPT).map((part, rank) => {
      const about = { rank, count: found.length, heaviest, touched, middle: this.#middle };
      return { part, measures: describeFade(part, about, courses, this.#followed, window, centre, this.#geometry) };
    });
  }

  /** Fainter cells next to a place that fades belong to it. */
  #grow(cells: readonly number[]): void {
    for (let round = 0; round < 2; round++) {
      const joined = cells.filter(
        cell => !(this.#weight[cell] > 0) && this.#near[cell].some(other => this.#weight[other] > 0),
      );
      for (const cell of joined) this.#weight[cell] = this.#courses.step(cell) / 2;
    }
  }
}

import { type LandmarkTable, POINT_STEP } from '../../landmarks.ts';

/** Further numbers of each row, by name. */
export interface Column {
  of: 'float' | 'short' | 'byte';
  /** Values per row. */
  values: number;
}

/** One thing in one frame. Lengths in source pixels. */
export interface Row {
  lineage: number;
  presence: number;
  sharpness: number;
  /** Centre and side of the square that the points are stored relative to. */
  place: [number, number, number];
  /** x, y, z per point. */
  points: Float32Array;
  /** Values of the further columns, ready to store. */
  extra: Record<string, ArrayLike<number>>;
}

export interface TableShape {
  points: number;
  columns: Record<string, Column>;
  /** Bytes that the rows may take; the memory is claimed from the system only as it fills. */
  budget: number;
  /** Expected frames and most rows per frame, to claim no more than a clip can fill. */
  frames: number;
  rowsPerFrame: number;
  /** Every how many frames rows come. */
  step: number;
}

type Values = Float32Array | Int16Array | Uint8Array | Uint32Array;

/**
 * Packs rows as they come. Memory is bounded: when the budget is full, every second measured frame is dropped and
 * {@link step} doubles, so that a clip of any length is kept at the density that fits.
 */
export class TableBuilder {
  readonly #shape: TableShape;
  readonly #capacity: number;
  readonly #columns: { name: string; values: Values; per: number }[];
  readonly #extraNames: string[];
  #frames: number[] = [];
  #firstRows: number[] = [];
  #count = 0;
  #step: number;

  constructor(shape: TableShape) {
    this.#shape = shape;
    this.#step = shape.step;
    const bytes = { float: 4, short: 2, byte: 1 };
    const extras = Object.entries(shape.columns);
    this.#extraNames = extras.map(([name]) => name);
    const perRow = 24 + shape.points * 6 + extras.reduce((sum, [, c]) => sum + c.values * bytes[c.of], 0);
    const most = Math.max(1, Math.ceil(shape.frames / shape.step) + 1) * shape.rowsPerFrame;
    this.#capacity = Math.max(2 * shape.rowsPerFrame, Math.min(most, Math.floor(shape.budget / perRow)));
    const make = { float: Float32Array, short: Int16Array, byte: Uint8Array };
    this.#columns = [
      { name: 'place', values: new Float32Array(this.#capacity * 3), per: 3 },
      { name: 'packed', values: new Int16Array(this.#capacity * shape.points * 3), per: shape.points * 3 },
      { name: 'presence', values: new Float32Array(this.#capacity), per: 1 },
      { name: 'lineage', values: new Uint32Array(this.#capacity), per: 1 },
      { name: 'sharpness', values: new Float32Array(this.#capacity), per: 1 },
      ...extras.map(([name, c]) => ({
        name,
        values: new make[c.of](this.#capacity * c.values),
        per: c.values,
      })),
    ];
  }

  /** Every how many frames are wanted from here on. */
  get step(): number {
    return this.#step;
  }

  /** Adds a frame that was looked at; frames come in ascending order and are multiples of {@link step}. */
  add(frame: number, rows: readonly Row[]): void {
    while (this.#count + rows.length > this.#capacity && this.#frames.length > 1) this.#thin();
    if (frame % this.#step !== 0) return;
    this.#frames.push(frame);
    this.#firstRows.push(this.#count);
    for (const row of rows) this.#write(row);
  }

  /** The table; its arrays have their exact lengths. */
  finish(): LandmarkTable & Record<string, unknown> {
    const rows = Uint32Array.from([...this.#firstRows, this.#count]);
    const table: Record<string, unknown> = {
      frames: Uint32Array.from(this.#frames),
      rows,
      step: this.#step,
      points: this.#shape.points,
    };
    for (const { name, values, per } of this.#columns) {
      // A copy gives the unused rest back; nearly full columns stay where they are, since a copy would double them.
      const used = this.#count * per;
      table[name] = used * 2 > values.length ? values.subarray(0, used) : values.slice(0, used);
    }
    return table as unknown as LandmarkTable & Record<string, unknown>;
  }

  #write(row: Row): void {
    const n = this.#count++;
    const [place, packed, presence, lineage, sharpness, ...extras] = this.#columns;
    place.values.set(row.place, 3 * n);
    const [x, y, side] = row.place;
    const factor = POINT_STEP / side;
    for (let k = 0, to = packed.per * n; k < packed.per; k += 3, to += 3) {
      packed.values[to] = toShort((row.points[k] - x) * factor);
      packed.values[to + 1] = toShort((row.points[k + 1] - y) * factor);
      packed.values[to + 2] = toShort(row.points[k + 2] * factor);
    }
    presence.values[n] = row.presence;
    lineage.values[n] = row.lineage;
    sharpness.values[n] = row.sharpness;
    extras.forEach((column, k) => {
      column.values.set(row.extra[this.#extraNames[k]], column.per * n);
    });
  }

  /** Drops every second measured frame, in place. */
  #thin(): void {
    this.#step *= 2;
    const frames: number[] = [];
    const firstRows: number[] = [];
    let to = 0;
    this.#frames.forEach((frame, i) => {
      if (frame % this.#step !== 0) return;
      const from = this.#firstRows[i];
      const count = (this.#firstRows[i + 1] ?? this.#count) - from;
      for (const { values, per } of this.#columns) values.copyWithin(to * per, from * per, (from + count) * per);
      frames.push(frame);
      firstRows.push(to);
      to += count;
    });
    this.#frames = frames;
    this.#firstRows = firstRows;
    this.#count = to;
  }
}

/** Rounded and held within 16 bits. */
export const toShort = (value: number): number => Math.max(-32768, Math.min(32767, Math.round(value)));

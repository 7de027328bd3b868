import { type LandmarkTable, POINT_STEP } from '../../landmarks.ts';
import { bytesOf, Shelf } from '../shelf.ts';

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
  /** Bytes that the rows of the finished table may take. */
  budget: number;
  /** Most rows of one frame: a table has room for those of two. */
  rowsPerFrame: number;
  /** Every how many frames rows come. */
  step: number;
}

type Values = Float32Array | Int16Array | Uint8Array | Uint32Array;

/** One column while rows come: the latest row, and those before it on a shelf. */
interface Growing {
  name: string;
  /** Values of the row that is being written. */
  row: Values;
  shelf: Shelf;
}

/**
 * Packs rows as they come. Memory is bounded twice: rows lie on {@link Shelf shelves} until the table is finished, and when the
 * budget is full, every second measured frame is dropped and {@link step} doubles, so that a clip of any length is kept at
 * the density that fits.
 */
export class TableBuilder {
  readonly #shape: TableShape;
  readonly #capacity: number;
  readonly #columns: Growing[];
  readonly #extraNames: string[];
  #frames: number[] = [];
  /** Of each frame kept: its first row on the shelves, and how many it has. */
  #firstRows: number[] = [];
  #rowCounts: number[] = [];
  /** Rows of the frames kept, and rows on the shelves. */
  #count = 0;
  #shelved = 0;
  #step: number;

  constructor(shape: TableShape) {
    this.#shape = shape;
    this.#step = shape.step;
    const make = { float: Float32Array, short: Int16Array, byte: Uint8Array };
    const extras = Object.entries(shape.columns);
    this.#extraNames = extras.map(([name]) => name);
    const rows: [string, Values][] = [
      ['place', new Float32Array(3)],
      ['packed', new Int16Array(shape.points * 3)],
      ['presence', new Float32Array(1)],
      ['lineage', new Uint32Array(1)],
      ['sharpness', new Float32Array(1)],
      ...extras.map(([name, { of, values }]): [string, Values] => [name, new make[of](values)]),
    ];
    this.#columns = rows.map(([name, row]) => ({ name, row, shelf: new Shelf() }));
    const perRow = rows.reduce((sum, [, { byteLength }]) => sum + byteLength, 0);
    this.#capacity = Math.max(2 * shape.rowsPerFrame, Math.floor(shape.budget / perRow));
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
    this.#firstRows.push(this.#shelved);
    this.#rowCounts.push(rows.length);
    this.#count += rows.length;
    for (const row of rows) this.#write(row);
  }

  /** The table; its arrays have their exact lengths. The builder is not used any more. */
  finish(): LandmarkTable & Record<string, unknown> {
    const rows = new Uint32Array(this.#frames.length + 1);
    this.#rowCounts.forEach((count, i) => {
      rows[i + 1] = rows[i] + count;
    });
    const table: Record<string, unknown> = {
      frames: Uint32Array.from(this.#frames),
      rows,
      step: this.#step,
      points: this.#shape.points,
    };
    for (const { name, row, shelf } of this.#columns) {
      const values = row.constructor as new (length: number) => Values;
      table[name] = this.#gather(new values(this.#count * row.length), row.byteLength, shelf);
      shelf.close();
    }
    return table as unknown as LandmarkTable & Record<string, unknown>;
  }

  /** The rows of the frames kept, from a shelf; those that lie side by side in one go. */
  #gather(column: Values, perRow: number, shelf: Shelf): Values {
    const bytes = bytesOf(column);
    let [done, from, to] = [0, 0, 0];
    const take = () => {
      const end = done + (to - from) * perRow;
      shelf.read(from * perRow, bytes.subarray(done, end));
      done = end;
    };
    this.#firstRows.forEach((first, i) => {
      if (first !== to) {
        take();
        from = first;
      }
      to = first + this.#rowCounts[i];
    });
    take();
    return column;
  }

  #write(row: Row): void {
    const [place, packed, presence, lineage, sharpness, ...extras] = this.#columns;
    place.row.set(row.place);
    const [x, y, side] = row.place;
    const factor = POINT_STEP / side;
    for (let k = 0; k < packed.row.length; k += 3) {
      packed.row[k] = toShort((row.points[k] - x) * factor);
      packed.row[k + 1] = toShort((row.points[k + 1] - y) * factor);
      packed.row[k + 2] = toShort(row.points[k + 2] * factor);
    }
    presence.row[0] = row.presence;
    lineage.row[0] = row.lineage;
    sharpness.row[0] = row.sharpness;
    extras.forEach((column, k) => {
      column.row.set(row.extra[this.#extraNames[k]]);
    });
    for (const column of this.#columns) column.shelf.put(bytesOf(column.row));
    this.#shelved++;
  }

  /** Drops every second measured frame. */
  #thin(): void {
    this.#step *= 2;
    const stays = this.#frames.map(frame => frame % this.#step === 0);
    const kept = (_: unknown, i: number) => stays[i];
    this.#firstRows = this.#firstRows.filter(kept);
    this.#rowCounts = this.#rowCounts.filter(kept);
    this.#frames = this.#frames.filter(kept);
    this.#count = this.#rowCounts.reduce((sum, count) => sum + count, 0);
  }
}

/** Rounded and held within 16 bits. */
export const toShort = (value: number): number => Math.max(-32768, Math.min(32767, Math.round(value)));

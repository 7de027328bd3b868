import type { DecodeFault } from '../signals.ts';
import { isDiskFull, plainComplaint } from './failures.ts';

/** Faults kept per clip: beyond that only their number is told. */
const MOST_FAULTS = 200;
/** Lines kept to explain a failure. */
const MOST_COMPLAINTS = 40;

/** Messages below the error level that mean a damaged picture all the same. */
const DAMAGE = /concealing \d+|corrupt decoded frame|corrupt input packet|decode_slice_header error/;
/** Errors that ffmpeg itself adds to one already told, and those of its own making. */
const ECHO = /Error while decoding stream|Error submitting packet to decoder|Conversion failed|Last message repeated/;

/**
 * Reads ffmpeg's log while it decodes: the time of every frame from `showinfo`, and what the demuxer and the decoders
 * complain about. Lines come in the order in which things happened, so the number of frames seen so far says which frame
 * was being decoded at a complaint (one with several threads inside ffmpeg ≥ 7 may be told a frame or two early or late).
 */
export class Journal {
  /** Seconds per tick of the frames' times. */
  #tick = Number.NaN;
  #ticks = new Float64Array(1024);
  #frames = 0;
  #faults: DecodeFault[] = [];
  #dropped = 0;
  readonly #source: string;
  /** Marked lines at error level, for naming a failure. */
  readonly complaints: string[] = [];

  /** A file could not be written for want of space; ffmpeg may end with status 0 all the same. */
  diskFull = false;

  /** @param source the input as ffmpeg was told it, which must not appear in a fault */
  constructor(source: string) {
    this.#source = source;
  }

  /** Takes one line of ffmpeg's log at level `info` with level marks. */
  add(line: string): void {
    if (line.includes('showinfo')) {
      this.#showinfo(line);
      return;
    }
    const error = / ?\[(error|fatal|panic)\] /.test(line);
    if (error && this.complaints.length < MOST_COMPLAINTS) this.complaints.push(line);
    if (error && isDiskFull(line)) this.diskFull = true;
    if ((error && !ECHO.test(line)) || (!error && DAMAGE.test(line))) this.note(plainComplaint(line, this.#source));
  }

  /** Records a fault at the frame now being decoded; the same words at the same frame count once. */
  note(message: string): void {
    const frame = this.#frames;
    const same = this.#faults.some(fault => fault.frame === frame && fault.message === message);
    if (same) return;
    if (this.#faults.length < MOST_FAULTS) this.#faults.push({ frame, message });
    else this.#dropped += 1;
  }

  #showinfo(line: string): void {
    const frame = /\] n: *\d+ pts: *(-?\d+|NOPTS) /.exec(line);
    if (frame !== null) {
      if (this.#frames === this.#ticks.length) {
        const larger = new Float64Array(this.#frames * 2);
        larger.set(this.#ticks);
        this.#ticks = larger;
      }
      this.#ticks[this.#frames] = frame[1] === 'NOPTS' ? Number.NaN : Number(frame[1]) * this.#tick;
      this.#frames += 1;
      return;
    }
    const base = /config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base !== null) this.#tick = Number(base[1]) / Number(base[2]);
  }

  /** Faults in order, with frames inside `0 … frames − 1`; the last tells how many more there were. */
  faults(frames: number): DecodeFault[] {
    const last = Math.max(0, frames - 1);
    const faults = this.#faults.map(fault => ({ ...fault, frame: Math.min(fault.frame, last) }));
    if (this.#dropped > 0) faults.push({ frame: last, message: `${this.#dropped} more complaints of the decoder` });
    return faults;
  }

  /**
   * Times of the first `count` frames in seconds from the container's start, strictly ascending. A frame without a time
   * of its own gets the container's when as many frames were decoded as it lists, else one nominal step after the last.
   */
  times(count: number, expected: Float64Array, step: number): Float64Array {
    const times = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const before = i === 0 ? Number.NEGATIVE_INFINITY : times[i - 1];
      let time = i < this.#frames ? this.#ticks[i] : Number.NaN;
      if (Number.isNaN(time))
        time = expected.length === count ? expected[i] : i === 0 ? (expected[0] ?? 0) : before + step;
      // Two frames at one time cannot both be shown; a microsecond keeps their order.
      times[i] = time > before ? time : before + 1e-6;
    }
    return times;
  }
}

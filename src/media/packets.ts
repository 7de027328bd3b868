type Ticks = Float64Array<ArrayBuffer>;

/** Packet times of one stream, gathered while ffprobe prints them: eight bytes per packet, nothing else is kept. */
export class PacketTimes {
  #ticks: Ticks = new Float64Array(1024);
  #decodeTicks: Ticks = new Float64Array(1024);
  #count = 0;
  #decodeCount = 0;
  /** Largest end (time + duration) seen, in ticks. */
  #end = Number.NEGATIVE_INFINITY;
  /** Has a packet come without a presentation time? */
  #unpresented = false;
  /** Packets that came without any time. */
  untimed = 0;
  /** Packets that the container marks as not to be shown. */
  discarded = 0;

  /** Takes one `packet|…` line of ffprobe's compact output (fields in any order). */
  add(fields: PacketFields): void {
    if (fields.discard) {
      this.discarded += 1;
      return;
    }
    const time = fields.pts ?? fields.dts;
    if (time === null) {
      this.untimed += 1;
      return;
    }
    this.#ticks = append(this.#ticks, this.#count, time);
    this.#count += 1;
    if (fields.pts === null) this.#unpresented = true;
    if (fields.dts !== null) {
      this.#decodeTicks = append(this.#decodeTicks, this.#decodeCount, fields.dts);
      this.#decodeCount += 1;
    }
    this.#end = Math.max(this.#end, time + (fields.duration ?? 0));
  }

  /** Packets that should each give something to show or hear. */
  get count(): number {
    return this.#count + this.untimed;
  }

  /**
   * Presentation times in ticks, ascending; untimed packets are not among them. A container that stores the order of
   * decoding only (AVI) shows each frame `delay` ticks after that, the time the decoder takes to put frames in order.
   */
  sorted(delay = 0): Float64Array {
    if (this.#unpresented && this.#decodeCount === this.#count) {
      return this.#decodeTicks
        .slice(0, this.#count)
        .map(ticks => ticks + delay)
        .sort();
    }
    return this.#ticks.slice(0, this.#count).sort();
  }

  /** End of the last packet in ticks, −Infinity when there is none. */
  get end(): number {
    return this.#end;
  }
}

/** Puts a value at `index`, into a longer list where this one is full. */
function append(list: Ticks, index: number, value: number): Ticks {
  let room = list;
  if (index === list.length) {
    room = new Float64Array(2 * index);
    room.set(list);
  }
  room[index] = value;
  return room;
}

export interface PacketFields {
  stream: number;
  pts: number | null;
  dts: number | null;
  duration: number | null;
  discard: boolean;
}

const FIELD = /\|(stream_index|pts|dts|duration|flags)=([^|]*)/g;

/** Reads a packet line by pattern: there is one per frame, so it must be cheap. Null for any other line. */
export function parsePacket(line: string): PacketFields | null {
  if (!line.startsWith('packet|')) return null;
  const packet: PacketFields = { stream: -1, pts: null, dts: null, duration: null, discard: false };
  for (const [, key, text] of line.matchAll(FIELD)) {
    if (key === 'flags') packet.discard = text.includes('D');
    else {
      const value = text === 'N/A' ? null : Number(text);
      if (key === 'stream_index') packet.stream = value ?? -1;
      else packet[key as 'pts' | 'dts' | 'duration'] = value;
    }
  }
  return packet;
}

/** Packet times of one stream, gathered while ffprobe prints them: eight bytes per packet, nothing else is kept. */
export class PacketTimes {
  #ticks = new Float64Array(1024);
  #count = 0;
  /** Largest end (time + duration) seen, in ticks. */
  #end = Number.NEGATIVE_INFINITY;
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
    if (this.#count === this.#ticks.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#ticks);
      this.#ticks = larger;
    }
    this.#ticks[this.#count] = time;
    this.#count += 1;
    this.#end = Math.max(this.#end, time + (fields.duration ?? 0));
  }

  /** Packets that should each give something to show or hear. */
  get count(): number {
    return this.#count + this.untimed;
  }

  /** Presentation times in ticks, ascending; untimed packets are not among them. */
  sorted(): Float64Array {
    return this.#ticks.slice(0, this.#count).sort();
  }

  /** End of the last packet in ticks, −Infinity when there is none. */
  get end(): number {
    return this.#end;
  }
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

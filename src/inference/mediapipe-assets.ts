import { ByteBuffer } from 'flatbuffers';
import {
  bytes,
  type FlatValue,
  floats,
  int8,
  int32,
  int32s,
  old,
  table,
  text,
  vector,
  writeFlat,
} from './flat-writer.ts';

/** Positions inside a FlatBuffer, by field numbers of TensorFlow Lite's schema. */
class Positions {
  readonly buffer: ByteBuffer;
  readonly at: number;

  constructor(buffer: ByteBuffer, at: number) {
    this.buffer = buffer;
    this.at = at;
  }

  static root(file: Uint8Array): Positions {
    const buffer = new ByteBuffer(file);
    return new Positions(buffer, buffer.readInt32(0));
  }

  /** What field `field` refers to; undefined when it is absent. */
  reference(field: number): number | undefined {
    const offset = this.buffer.__offset(this.at, 4 + 2 * field);
    return offset === 0 ? undefined : this.buffer.__indirect(this.at + offset);
  }

  child(field: number): Positions {
    const at = this.reference(field);
    if (at === undefined) throw new TypeError(`the file lacks field ${field}`);
    return new Positions(this.buffer, at);
  }

  /** The tables of a vector field. */
  children(field: number): Positions[] {
    const start = this.reference(field);
    if (start === undefined) return [];
    const count = this.buffer.readInt32(start);
    return Array.from(
      { length: count },
      (_, k) => new Positions(this.buffer, this.buffer.__indirect(start + 4 + 4 * k)),
    );
  }

  int32s(field: number): number[] {
    const start = this.reference(field);
    if (start === undefined) return [];
    return Array.from({ length: this.buffer.readInt32(start) }, (_, k) => this.buffer.readInt32(start + 4 + 4 * k));
  }
}

/** Fields of the root table (schema.fbs, version 3). */
const CODES = 1;
const GRAPHS = 2;
const DESCRIPTION = 3;
const BUFFERS = 4;
const METADATA = 6;
const VERSION = 3;
const IDENTIFIER = 'TFL3';

/**
 * A model file with the metadata that MediaPipe's tasks insist on: an RGB input with this mean and deviation of its
 * bytes. The weights are shared, not rewritten.
 */
export function withMetadata(model: Uint8Array, mean: number, deviation: number): Uint8Array {
  const root = Positions.root(model);
  const buffers = root.children(BUFFERS);
  const outputs = root.children(GRAPHS)[0].int32s(2).length;
  const description = root.reference(DESCRIPTION);
  const entry = table(text('TFLITE_METADATA'), int32(buffers.length));
  return writeFlat(
    table(
      int32(VERSION),
      old(root.reference(CODES) as number),
      old(root.reference(GRAPHS) as number),
      description === undefined ? undefined : old(description),
      vector([...buffers.map(({ at }) => old(at)), table(bytes(metadata(mean, deviation, outputs)))]),
      undefined,
      vector([...root.children(METADATA).map(({ at }) => old(at)), entry]),
    ),
    IDENTIFIER,
    model,
  );
}

/** A ModelMetadata buffer (metadata_schema.fbs): RGB picture in, so many unnamed tensors out. */
function metadata(mean: number, deviation: number, outputs: number): Uint8Array {
  const normalisation = table(int8(1), table(floats([mean]), floats([deviation])));
  const content = table(int8(2), table(int8(1)));
  const input = table(text('image'), undefined, undefined, content, vector([normalisation]));
  const graph = table(
    undefined,
    undefined,
    vector([input]),
    vector(Array.from({ length: outputs }, (_, k) => table(text(`output${k}`)))),
  );
  return writeFlat(
    table(text('model'), undefined, undefined, vector([graph]), undefined, undefined, undefined, text('1.0.0')),
    'M001',
  );
}

/** Operator codes and tensor types of schema.fbs. */
const CONCATENATION = { code: 2, options: 10 } as const;
const GATHER = { code: 36, options: 23 } as const;
const FLOAT = 0;
const INT32 = 2;

/** Outputs of the attention mesh in order: mesh, lips, two eyes, two irises, face flag. */
const PARTS = [1404, 160, 142, 142, 10, 10] as const;

/**
 * The attention mesh with one output of 478 points instead of six: the face landmarker task wants them so. Adds a
 * concatenation of the parts and a gather.
 * @param order for each of the 1434 output values, its place in the concatenated parts
 */
export function withJoinedMesh(model: Uint8Array, order: Int32Array): Uint8Array {
  const root = Positions.root(model);
  const graph = root.children(GRAPHS)[0];
  const codes = root.children(CODES);
  const buffers = root.children(BUFFERS);
  const tensors = graph.children(0);
  const outputs = graph.int32s(2);
  const parts = outputs.slice(0, PARTS.length);
  const flag = outputs[PARTS.length];
  const joined = tensors.length;
  const tensor = (shape: number[], type: number, buffer: number, name: string): FlatValue =>
    table(int32s(shape), int8(type), int32(buffer), text(name));
  const total = PARTS.reduce((sum, length) => sum + length, 0);
  const newTensors = [
    tensor([1, 1, 1, total], FLOAT, 0, 'parts'),
    tensor([order.length], INT32, buffers.length, 'order'),
    tensor([1, 1, 1, order.length], FLOAT, 0, 'landmarks'),
  ];
  const operator = (code: number, inputs: number[], output: number, kind: number, options: FlatValue): FlatValue =>
    table(int32(code), int32s(inputs), int32s([output]), int8(kind), options);
  const newOperators = [
    operator(codes.length, parts, joined, CONCATENATION.options, table(int32(3), int8(0))),
    operator(codes.length + 1, [joined, joined + 1], joined + 2, GATHER.options, table(int32(3))),
  ];
  const keep = (items: Positions[]): FlatValue[] => items.map(({ at }) => old(at));
  const code = (value: number): FlatValue => table(int8(value), undefined, int32(1), int32(value));
  return writeFlat(
    table(
      int32(VERSION),
      vector([...keep(codes), code(CONCATENATION.code), code(GATHER.code)]),
      vector([
        table(
          vector([...keep(tensors), ...newTensors]),
          int32s(graph.int32s(1)),
          int32s([joined + 2, flag]),
          vector([...keep(graph.children(3)), ...newOperators]),
          text('main'),
        ),
      ]),
      text('attention mesh, joined'),
      vector([...keep(buffers), table(bytes(new Uint8Array(order.buffer, order.byteOffset, order.byteLength)))]),
    ),
    IDENTIFIER,
    model,
  );
}

/** A zip archive without compression, every file's content on a 16-byte boundary: the form of a `.task` bundle. */
export function taskBundle(files: Record<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const label = Buffer.from(name);
    const padding = (16 - ((at + 30 + label.length) % 16)) % 16;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt32LE(0x00210000, 10);
    header.writeUInt32LE(crc32(content), 14);
    header.writeUInt32LE(content.length, 18);
    header.writeUInt32LE(content.length, 22);
    header.writeUInt16LE(label.length, 26);
    header.writeUInt16LE(padding, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    header.copy(central, 6, 4, 28);
    central.writeUInt16LE(label.length, 28);
    central.writeUInt16LE(0, 30);
    central.writeUInt32LE(at, 42);
    directory.push(central, label);
    parts.push(header, label, Buffer.alloc(padding), content);
    at += 30 + label.length + padding + content.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  const count = Object.keys(files).length;
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

/** Checksum of ISO 3309 as zip archives use it. Node has it built in from 20.15 on only. */
export function crc32(content: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

import { Builder } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { modelEntry } from '../../../src/inference/manifest.ts';
import { readPackageFiles } from '../../../src/inference/packages.ts';
import { constantFinder } from '../../../src/inference/tflite/constants.ts';
import { readTflite } from '../../../src/inference/tflite/reader.ts';

type Field = { byte: number } | { int: number } | { ref: number };

/** A table by field number; fields left out are absent. */
function table(builder: Builder, fields: Record<number, Field>): number {
  const numbers = Object.keys(fields).map(Number);
  builder.startObject(Math.max(-1, ...numbers) + 1);
  for (const number of numbers) {
    const field = fields[number];
    if ('byte' in field) builder.addFieldInt8(number, field.byte, 0);
    else if ('int' in field) builder.addFieldInt32(number, field.int, 0);
    else builder.addFieldOffset(number, field.ref, 0);
  }
  return builder.endObject();
}

function vector(builder: Builder, size: number, items: number[], add: (item: number) => void): Field {
  builder.startVector(size, items.length, size);
  for (const item of [...items].reverse()) add(item);
  return { ref: builder.endVector() };
}
const ints = (builder: Builder, items: number[]) => vector(builder, 4, items, item => builder.addInt32(item));
const tables = (builder: Builder, items: number[]) => vector(builder, 4, items, item => builder.addOffset(item));
const bytes = (builder: Builder, items: Uint8Array) => vector(builder, 1, [...items], item => builder.addInt8(item));
const text = (builder: Builder, value: string): Field => ({ ref: builder.createString(value) });

/** A file with one operator between tensors `in`, `weights` (constant 1.5, 2.5) and `out`. */
function tinyFile(code: Record<number, Field>, options: Record<number, Field>): Uint8Array {
  const b = new Builder(256);
  const weights = table(b, { 0: bytes(b, new Uint8Array(Float32Array.from([1.5, 2.5]).buffer)) });
  const buffers = tables(b, [table(b, {}), weights]);
  const tensor = (name: string, shape: number[], buffer: number) =>
    table(b, { 0: ints(b, shape), 1: { byte: 0 }, 2: { int: buffer }, 3: text(b, name) });
  const tensors = tables(b, [
    tensor('in', [1, 5, 5, 1], 0),
    tensor('weights', [1, 1, 2, 1], 1),
    tensor('out', [1, 3, 2, 1], 0),
  ]);
  const operator = table(b, {
    0: { int: 0 },
    1: ints(b, [0, 1, -1]),
    2: ints(b, [2]),
    4: { ref: table(b, options) },
  });
  const subgraph = table(b, { 0: tensors, 1: ints(b, [0]), 2: ints(b, [2]), 3: tables(b, [operator]) });
  const model = table(b, { 0: { int: 3 }, 1: tables(b, [table(b, code)]), 2: tables(b, [subgraph]), 4: buffers });
  b.finish(model);
  return b.asUint8Array();
}

describe('reading TensorFlow Lite files', () => {
  const convolution = { 0: { byte: 1 }, 1: { int: 3 }, 2: { int: 2 }, 3: { byte: 1 }, 4: { int: 5 }, 5: { int: 4 } };

  it('takes tensors, constants and options apart', () => {
    const model = readTflite(tinyFile({ 0: { byte: 3 } }, convolution));
    expect(model.operators).toEqual([
      {
        kind: 'CONV_2D',
        inputs: [0, 1, -1],
        outputs: [2],
        options: { padding: 'valid', strides: [2, 3], dilations: [4, 5], activation: 'relu' },
      },
    ]);
    expect(model.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['in', [1, 5, 5, 1]],
      ['weights', [1, 1, 2, 1]],
      ['out', [1, 3, 2, 1]],
    ]);
    const find = constantFinder(model);
    expect([...(find(1)?.values ?? [])]).toEqual([1.5, 2.5]);
    expect(find(0)).toBeUndefined();
  });

  it('gives absent options the defaults of the format', () => {
    const [operator] = readTflite(tinyFile({ 0: { byte: 3 } }, {})).operators;
    expect(operator.options).toEqual({ padding: 'same', strides: [1, 1], dilations: [1, 1], activation: 'none' });
  });

  it.each([
    ['an unknown operator', { 0: { byte: 25 } }, /operator 25/],
    ['an unknown operator beyond the short codes', { 0: { byte: 127 }, 3: { int: 150 } }, /operator 150/],
  ])('refuses %s', (_name, code, message) => {
    expect(() => readTflite(tinyFile(code, {}))).toThrow(message);
  });

  it('refuses activations that it cannot write', () => {
    expect(() => readTflite(tinyFile({ 0: { byte: 3 } }, { 3: { byte: 4 } }))).toThrow(/activation 4/);
  });

  it('reads sparse weights of the pose detector', async () => {
    const [file] = await readPackageFiles(modelEntry('pose-detection'));
    const model = readTflite(file);
    const sparse = model.tensors.flatMap((tensor, index) => (tensor.sparsity === undefined ? [] : [index]));
    expect(sparse).toHaveLength(38);
    const find = constantFinder(model);
    for (const index of sparse) {
      const { shape, values } = find(index) ?? { shape: [], values: [] };
      expect(values).toHaveLength(shape.reduce((product, length) => product * length, 1));
      const stored = (model.tensors[index].data?.length ?? 0) / 2;
      const nonzero = [...values].filter(value => value !== 0).length;
      expect(nonzero).toBeGreaterThan(0);
      expect(nonzero).toBeLessThanOrEqual(stored);
    }
  });
});

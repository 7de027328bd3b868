import * as ort from 'onnxruntime-node';
import { convertTflite } from '../../../src/inference/tflite/convert.ts';
import type { Operator, Tensor, TfliteModel } from '../../../src/inference/tflite/types.ts';

/** Repeatable numbers in −1 … 1 (Lehmer generator). */
export function random(count: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

export const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export type Value = { shape: number[]; data: Float32Array };

export const floats = (shape: number[], seed: number): Value => ({ shape, data: random(size(shape), seed) });
export const integers = (shape: number[], values: number[]) => ({ shape, data: Int32Array.from(values) });

type Constant = { shape: number[]; data: Float32Array | Int32Array };

/**
 * Runs one operator through the converter and onnxruntime. Operands are given in order; those wrapped in `{ constant }` are fixed in the
 * file, the others are inputs of the graph. Values go in and come out channels-last.
 */
export async function runOperator(
  operator: Omit<Operator, 'inputs' | 'outputs'>,
  operands: (Value | { constant: Constant })[],
  outputShape: number[],
): Promise<Float32Array> {
  const tensors: Tensor[] = operands.map((operand, i) => {
    if (!('constant' in operand)) return { name: `x${i}`, shape: operand.shape, type: 'float32' };
    const { shape, data } = operand.constant;
    return {
      name: `c${i}`,
      shape,
      type: data instanceof Float32Array ? 'float32' : 'int32',
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  });
  const indices = operands.map((_, i) => i);
  const model: TfliteModel = {
    tensors: [...tensors, { name: 'result', shape: outputShape, type: 'float32' }],
    operators: [{ ...operator, inputs: indices, outputs: [operands.length] } as Operator],
    inputs: indices.filter(i => !('constant' in operands[i])),
    outputs: [operands.length],
  };
  const inputs = operands.filter((operand): operand is Value => !('constant' in operand));
  return runModel(model, inputs, 'result');
}

/** Runs a whole model; inputs in the model's order, channels-last. */
export async function runModel(model: TfliteModel, inputs: Value[], output: string): Promise<Float32Array> {
  const names = inputs.map((_, i) => `input${i}`);
  const bytes = convertTflite(model, { name: 'test', inputs: names, outputs: [{ name: 'output', from: output }] });
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const feeds = Object.fromEntries(inputs.map((input, i) => [names[i], channelsFirst(input)]));
  const { output: result } = await session.run(feeds);
  await session.release();
  return result.data as Float32Array;
}

function channelsFirst({ shape, data }: Value): ort.Tensor {
  if (shape.length !== 4) return new ort.Tensor('float32', data, shape);
  const [batch, height, width, channels] = shape;
  const moved = new Float32Array(data.length);
  for (let n = 0; n < batch; n += 1)
    for (let p = 0; p < height * width; p += 1)
      for (let c = 0; c < channels; c += 1)
        moved[(n * channels + c) * height * width + p] = data[(n * height * width + p) * channels + c];
  return new ort.Tensor('float32', moved, [batch, channels, height, width]);
}

/** Largest difference between two arrays; infinite when lengths differ or a value is not a number. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

import { unsupported } from './options.ts';
import type { ElementType, Sparsity, Tensor, TfliteModel } from './types.ts';

/** A tensor whose value the file fixes. */
export interface Constant {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** Looks a tensor's fixed value up, following DEQUANTIZE and DENSIFY back to stored data; undefined for computed tensors. */
export function constantFinder(model: TfliteModel): (index: number) => Constant | undefined {
  const producers = new Map(
    model.operators.flatMap(operator => operator.outputs.map(output => [output, operator] as const)),
  );
  const find = (index: number): Constant | undefined => {
    const tensor = model.tensors[index];
    if (tensor.data !== undefined) return { shape: tensor.shape, values: decode(tensor, tensor.data) };
    const producer = producers.get(index);
    // Both keep the shape and, once decoded to float32 and made dense, the values.
    if (producer?.kind !== 'DEQUANTIZE' && producer?.kind !== 'DENSIFY') return undefined;
    return find(producer.inputs[0]);
  };
  return find;
}

function decode(tensor: Tensor, data: Uint8Array): Float32Array | Int32Array {
  if (tensor.type === 'other') throw unsupported(`element type of constant ${tensor.name}`);
  const packed = elements(tensor.type, data);
  if (tensor.sparsity === undefined) return packed;
  if (packed instanceof Int32Array) throw unsupported('sparse integers');
  return densify(tensor.shape, tensor.sparsity, packed);
}

function elements(type: ElementType, data: Uint8Array): Float32Array | Int32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'float16')
    return Float32Array.from({ length: data.length / 2 }, (_, i) => halfToNumber(view.getUint16(2 * i, true)));
  if (type === 'float32') return Float32Array.from({ length: data.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return Int32Array.from({ length: data.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

/** IEEE 754 half precision (binary16) bits to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Unpacks a sparse constant to `shape`, row-major, zeros filled in. The packed dimensions are walked in traversal order; dimension
 * numbers at or above the rank are positions inside blocks, whose size multiplies the dimension that they split.
 */
export function densify(shape: readonly number[], sparsity: Sparsity, packed: Float32Array): Float32Array {
  const rank = shape.length;
  const dense = new Float32Array(shape.reduce((product, length) => product * length, 1));
  const position = new Array<number>(sparsity.traversalOrder.length).fill(0);
  const blockSize = new Array<number>(rank).fill(1);
  sparsity.traversalOrder.forEach((dimension, level) => {
    if (dimension < rank) return;
    const packedAs = sparsity.dimensions[level];
    if (packedAs.format !== 'dense') throw unsupported('sparse positions inside blocks');
    blockSize[sparsity.blockMap[dimension - rank]] = packedAs.size;
  });

  const flatIndex = (): number => {
    const coordinate = position.slice(0, rank).map((value, dimension) => value * blockSize[dimension]);
    for (let block = rank; block < position.length; block += 1)
      coordinate[sparsity.blockMap[block - rank]] += position[block];
    return coordinate.reduce((index, value, dimension) => index * shape[dimension] + value, 0);
  };
  /** `row` counts the nodes of this level before the current one, which is how every level finds its part of the packed data. */
  const walk = (level: number, row: number): void => {
    const dimension = sparsity.traversalOrder[level];
    if (dimension === undefined) {
      dense[flatIndex()] = packed[row];
      return;
    }
    const packedAs = sparsity.dimensions[level];
    if (packedAs.format === 'dense') {
      for (let i = 0; i < packedAs.size; i += 1) {
        position[dimension] = i;
        walk(level + 1, row * packedAs.size + i);
      }
      return;
    }
    for (let k = packedAs.segments[row]; k < packedAs.segments[row + 1]; k += 1) {
      position[dimension] = packedAs.indices[k];
      walk(level + 1, k);
    }
  };
  walk(0, 0);
  return dense;
}

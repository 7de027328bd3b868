import { FlatTable } from './flat.ts';
import { OPTION_READERS, unsupported } from './options.ts';
import type { ElementType, Operator, OperatorKind, SparseDimension, Sparsity, Tensor, TfliteModel } from './types.ts';

/** Built-in operator codes of schema.fbs, only those that the converter knows. */
const BUILTIN: Record<number, OperatorKind> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  5: 'DEPTH_TO_SPACE',
  6: 'DEQUANTIZE',
  9: 'FULLY_CONNECTED',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  34: 'PAD',
  40: 'MEAN',
  45: 'STRIDED_SLICE',
  54: 'PRELU',
  117: 'HARD_SWISH',
  124: 'DENSIFY',
};
const CUSTOM = 32;
/** Codes above 127 do not fit the old one-byte field, which then holds this value. */
const EXTENDED = 127;

const ELEMENT: Record<number, ElementType> = { 0: 'float32', 1: 'float16', 2: 'int32' };

/** Reads a TensorFlow Lite file. Throws when it holds an operator that the converter does not know. */
export function readTflite(bytes: Uint8Array): TfliteModel {
  const model = FlatTable.root(bytes);
  const kinds = model.tables(1).map(operatorKind);
  const subgraph = model.tables(2)[0];
  if (subgraph === undefined) throw unsupported('a file without a graph');
  const buffers = model.tables(4);
  return {
    tensors: subgraph.tables(0).map(table => readTensor(table, buffers)),
    operators: subgraph.tables(3).map(table => readOperator(table, kinds)),
    inputs: subgraph.int32s(1),
    outputs: subgraph.int32s(2),
  };
}

function operatorKind(table: FlatTable): OperatorKind {
  const short = table.int8(0);
  const code = short === EXTENDED ? table.int32(3) : short;
  const name = code === CUSTOM ? table.text(1) : BUILTIN[code];
  if (name === undefined || !Object.hasOwn(OPTION_READERS, name)) throw unsupported(`operator ${name ?? code}`);
  return name as OperatorKind;
}

function readTensor(table: FlatTable, buffers: FlatTable[]): Tensor {
  const data = buffers[table.int32(2)]?.bytes(0);
  const sparsity = table.table(6);
  return {
    name: table.text(3),
    shape: table.int32s(0),
    type: ELEMENT[table.int8(1)] ?? 'other',
    ...(data !== undefined && data.length > 0 ? { data } : {}),
    ...(sparsity === undefined ? {} : { sparsity: readSparsity(sparsity) }),
  };
}

function readOperator(table: FlatTable, kinds: OperatorKind[]): Operator {
  const kind = kinds[table.int32(0)];
  const options = OPTION_READERS[kind]({ table: table.table(4), custom: table.bytes(5) });
  return { kind, inputs: table.int32s(1), outputs: table.int32s(2), options } as Operator;
}

function readSparsity(table: FlatTable): Sparsity {
  return {
    traversalOrder: table.int32s(0),
    blockMap: table.int32s(1),
    dimensions: table.tables(2).map(sparseDimension),
  };
}

function sparseDimension(table: FlatTable): SparseDimension {
  if (table.int8(0) === 0) return { format: 'dense', size: table.int32(1) };
  return { format: 'compressed', segments: indexVector(table, 2), indices: indexVector(table, 4) };
}

/** A union field: its type at `field`, the table with the values after it. */
function indexVector(table: FlatTable, field: number): number[] {
  const vector = table.table(field + 1);
  if (vector === undefined) return [];
  switch (table.int8(field)) {
    case 1:
      return vector.int32s(0);
    case 2:
      return vector.uint16s(0);
    case 3:
      return [...vector.bytes(0)];
    default:
      throw unsupported('sparse index type');
  }
}

import type { OnnxGraph } from '../../onnx-graph.ts';
import type { Constant } from '../constants.ts';
import { unsupported } from '../options.ts';
import type { Activation, OperatorKind, OperatorOf, Tensor } from '../types.ts';

/** A tensor with zeros around it: the tensor inside and ONNX's amounts, those before each converted axis and those after. */
export interface Padded {
  from: number;
  pads: readonly number[];
}

/** What an operator needs to write its ONNX nodes. */
export interface Emission {
  graph: OnnxGraph;
  tensor(index: number): Tensor;
  constant(index: number): Constant | undefined;
  /** Name of the ONNX value that stands for a computed tensor. */
  value(index: number): string;
  /** Declares which ONNX value stands for a tensor. */
  define(index: number, value: string): void;
  /** Declares a padded tensor; the node that pads is only written for an operator that asks for its value. */
  definePadded(index: number, padding: Padded): void;
  /** What {@link definePadded} said of a tensor. */
  padded(index: number): Padded | undefined;
}

/** Writes the ONNX nodes of one operator. */
export type Emit<Kind extends OperatorKind> = (emission: Emission, operator: OperatorOf<Kind>) => void;

export function constantOrThrow(emission: Emission, index: number): Constant {
  const constant = emission.constant(index);
  if (constant === undefined) throw unsupported(`${emission.tensor(index).name} computed at run time`);
  return constant;
}

export function floatsOf(constant: Constant): Float32Array {
  if (constant.values instanceof Float32Array) return constant.values;
  throw unsupported('integers where weights should be');
}

/** Small integer tables: axes, paddings, sizes. */
export function integersOf(emission: Emission, index: number): number[] {
  return [...constantOrThrow(emission, index).values];
}

/** Appends the activation that TensorFlow fuses into the operator; onnxruntime fuses it again. */
export function activated(graph: OnnxGraph, activation: Activation, value: string): string {
  if (activation === 'relu') return graph.node('Relu', [value]);
  if (activation === 'relu6') return graph.node('Clip', [value, graph.floats([], [0]), graph.floats([], [6])]);
  return value;
}

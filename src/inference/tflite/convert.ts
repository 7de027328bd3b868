import { type Dimension, OnnxGraph } from '../onnx-graph.ts';
import { constantFinder } from './constants.ts';
import { convertedShape, TO_NHWC } from './layout.ts';
import type { Padded } from './operators/emission.ts';
import { emit } from './operators/index.ts';
import { unsupported } from './options.ts';
import type { Operator, TfliteModel } from './types.ts';

export interface ConvertOptions {
  /** Name of the graph inside the file. */
  name: string;
  /** Names for the graph's inputs, in the file's order; a picture input becomes NCHW. */
  inputs: string[];
  /** Which tensors become outputs, by the source's tensor name, and what they are called. They keep the source's layout (NHWC). */
  outputs: { name: string; from: string }[];
  /** Leaves height and width of the picture to the caller; only for graphs whose operators do not depend on them. */
  anySize?: boolean;
}

/** Converts a TensorFlow Lite graph with float weights to an ONNX file. Parts that no asked output needs are left out. */
export function convertTflite(model: TfliteModel, options: ConvertOptions): Uint8Array {
  const graph = new OnnxGraph();
  const values = new Map<number, string>();
  const paddings = new Map<number, Padded>();
  const emission = {
    graph,
    tensor: (index: number) => model.tensors[index],
    constant: constantFinder(model),
    value(index: number): string {
      const value = values.get(index) ?? written(index);
      if (value === undefined) throw unsupported(`tensor ${model.tensors[index].name} used before it is computed`);
      return value;
    },
    define: (index: number, value: string) => void values.set(index, value),
    definePadded: (index: number, padding: Padded) => void paddings.set(index, padding),
    padded: (index: number) => paddings.get(index),
  };
  /** The node of a padding that could not become a part of the operator that reads it. */
  const written = (index: number): string | undefined => {
    const padding = paddings.get(index);
    if (padding === undefined) return undefined;
    const value = graph.node('Pad', [emission.value(padding.from), graph.ints(padding.pads)], { mode: 'constant' });
    values.set(index, value);
    return value;
  };

  model.inputs.forEach((input, i) => {
    const shape: Dimension[] = convertedShape(model.tensors[input].shape);
    if (options.anySize && shape.length === 4) shape.splice(2, 2, 'height', 'width');
    values.set(input, graph.input(options.inputs[i], shape));
  });
  const outputs = options.outputs.map(({ name, from }) => ({ name, index: tensorNamed(model, from) }));
  for (const operator of neededOperators(
    model,
    outputs.map(output => output.index),
  ))
    emit(emission, operator);
  for (const { name, index } of outputs) {
    const shape: Dimension[] = [...model.tensors[index].shape];
    if (options.anySize) shape.splice(1, 2, `${name}-height`, `${name}-width`);
    const value = emission.value(index);
    graph.output(name, shape, shape.length === 4 ? graph.node('Transpose', [value], { perm: TO_NHWC }) : value);
  }
  return graph.encode(options.name);
}

function tensorNamed(model: TfliteModel, name: string): number {
  const index = model.tensors.findIndex(tensor => tensor.name === name);
  if (index === -1) throw unsupported(`output ${name}, which the file does not have`);
  return index;
}

/** The operators on the way to some outputs, in execution order. */
function neededOperators(model: TfliteModel, outputs: number[]): Operator[] {
  const needed = new Set(outputs);
  const kept: Operator[] = [];
  for (const operator of [...model.operators].reverse()) {
    if (!operator.outputs.some(output => needed.has(output))) continue;
    for (const input of operator.inputs) needed.add(input);
    kept.push(operator);
  }
  return kept.reverse();
}

import { OnnxGraph } from '../onnx-graph.ts';
import { convertedAxis, convertedShape, permute } from '../tflite/layout.ts';
import { unsupported } from '../tflite/options.ts';
import { type GraphNode, readGraphModel, type Weight } from './reader.ts';

export interface TfjsConvertOptions {
  /** Name of the graph inside the file. */
  name: string;
  /** Name for the graph's one input, a picture, which becomes NCHW. */
  input: string;
  /** Which nodes become outputs, what they are called, and their shapes. */
  outputs: { name: string; from: string; shape: number[] }[];
}

interface Emission {
  graph: OnnxGraph;
  inputName: string;
  /** ONNX value of a node's output; writes what it needs first. */
  value(name: string): string;
  node(name: string): GraphNode | undefined;
  weight(name: string): Weight;
}

type Emit = (emission: Emission, node: GraphNode, inputs: string[]) => string;

/**
 * Converts a TensorFlow.js graph model (model.json and its one weight file) of the MobileNet family to ONNX: convolutions, batch
 * normalisation as scale and offset, clipped activations, mean. Layout rules are those of the TensorFlow Lite converter. Only what the
 * asked outputs need is written.
 */
export function convertTfjs(json: Uint8Array, binary: Uint8Array, options: TfjsConvertOptions): Uint8Array {
  const { nodes, weights } = readGraphModel(json, binary);
  const graph = new OnnxGraph();
  const values = new Map<string, string>();
  const emission: Emission = {
    graph,
    inputName: options.input,
    node: name => nodes.get(name),
    weight(name) {
      const found = weights.get(name);
      if (found === undefined) throw unsupported(`weights ${name} computed at run time`);
      return found;
    },
    value(name) {
      const known = values.get(name);
      if (known !== undefined) return known;
      const node = nodes.get(name);
      if (node === undefined) throw unsupported(`missing node ${name}`);
      const emit = EMITTERS[node.op];
      if (emit === undefined) throw unsupported(`operator ${node.op}`);
      const made = emit(emission, node, node.inputs);
      values.set(name, made);
      return made;
    },
  };
  for (const output of options.outputs) graph.output(output.name, output.shape, emission.value(output.from));
  return graph.encode(options.name);
}

const EMITTERS: Record<string, Emit> = {
  Placeholder: ({ graph, inputName }, node) =>
    graph.input(inputName, convertedShape([1, ...node.shape('shape').slice(1)])),
  Conv2D: (emission, node, inputs) => convolution(emission, node, inputs, [3, 2, 0, 1], 1),
  DepthwiseConv2dNative: (emission, node, inputs) => {
    const { shape } = emission.weight(inputs[1]);
    if (shape[3] !== 1) throw unsupported('more than one filter per channel');
    return convolution(emission, node, inputs, [2, 3, 0, 1], shape[2]);
  },
  Add: ({ graph, value, weight }, _node, [x, w]) => graph.node('Add', [value(x), perChannel(graph, weight(w))]),
  Mul: ({ graph, value, weight }, _node, [x, w]) => graph.node('Mul', [value(x), perChannel(graph, weight(w))]),
  Relu: ({ graph, value }, _node, [x]) => graph.node('Relu', [value(x)]),
  Minimum: ({ graph, value, weight }, _node, [x, w]) =>
    graph.node('Min', [value(x), graph.floats([], [scalar(weight(w))])]),
  Maximum: clipped,
  Mean: ({ graph, value, weight }, node, [x, axes]) =>
    graph.node('ReduceMean', [value(x)], {
      axes: [...weight(axes).values].map(axis => convertedAxis(axis, 4)),
      keepdims: node.flag('keep_dims') ? 1 : 0,
    }),
};

/** The exporter writes a clipped activation as maximum(minimum(relu(x), high), 0); as one Clip it fuses into the convolution before. */
function clipped({ graph, value, weight, node }: Emission, _node: GraphNode, [x, w]: string[]): string {
  const low = scalar(weight(w));
  const minimum = node(x);
  const under = minimum?.op === 'Minimum' ? node(minimum.inputs[0]) : undefined;
  if (minimum === undefined || under?.op !== 'Relu' || low !== 0)
    return graph.node('Max', [value(x), graph.floats([], [low])]);
  return graph.node('Clip', [
    value(under.inputs[0]),
    graph.floats([], [0]),
    graph.floats([], [scalar(weight(minimum.inputs[1]))]),
  ]);
}

/** Weights [height, width, in, out], or [height, width, channels, 1] depthwise; `order` brings them to ONNX's. */
function convolution(
  { graph, value, weight }: Emission,
  node: GraphNode,
  [x, w]: string[],
  order: number[],
  group: number,
): string {
  const { shape, values } = weight(w);
  const filters = graph.floats(
    order.map(axis => shape[axis]),
    permute(values, shape, order),
  );
  return graph.node('Conv', [value(x), filters], {
    kernel_shape: shape.slice(0, 2),
    strides: node.integers('strides').slice(1, 3),
    dilations: node.integers('dilations').slice(1, 3),
    group,
    auto_pad: node.text('padding') === 'SAME' ? 'SAME_UPPER' : 'VALID',
  });
}

function perChannel(graph: OnnxGraph, { shape, values }: Weight): string {
  if (shape.length !== 1) throw unsupported('scale or offset that is not one number per channel');
  return graph.floats([shape[0], 1, 1], values);
}

function scalar({ values }: Weight): number {
  if (values.length !== 1) throw unsupported('limits that differ per element');
  return values[0];
}

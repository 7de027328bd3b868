import { halfToNumber } from '../tflite/constants.ts';
import { unsupported } from '../tflite/options.ts';

export interface Weight {
  shape: number[];
  values: Float32Array;
}

/** A node of the graph with its attributes read on demand. */
export interface GraphNode {
  op: string;
  /** Node names, without output numbers. */
  inputs: string[];
  shape(attribute: string): number[];
  integers(attribute: string): number[];
  flag(attribute: string): boolean;
  text(attribute: string): string;
}

interface Attribute {
  s?: string;
  b?: boolean;
  list?: { i?: string[] };
  shape?: { dim: { size: string }[] };
}

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

interface GraphFile {
  modelTopology: { node: { name: string; op: string; input?: string[]; attr: Record<string, Attribute> }[] };
  weightsManifest: { weights: WeightSpec[] }[];
}

/** Reads a TensorFlow.js graph model: nodes and weights by name. Weights are float32, int32, or float32 stored as half precision. */
export function readGraphModel(
  json: Uint8Array,
  binary: Uint8Array,
): { nodes: Map<string, GraphNode>; weights: Map<string, Weight> } {
  const file = JSON.parse(new TextDecoder().decode(json)) as GraphFile;
  const nodes = new Map(
    file.modelTopology.node.map(({ name, op, input = [], attr }) => {
      const node: GraphNode = {
        op,
        inputs: input.filter(from => !from.startsWith('^')).map(from => from.replace(/:\d+$/, '')),
        shape: key => attr[key]?.shape?.dim.map(dim => Number(dim.size)) ?? [],
        integers: key => attr[key]?.list?.i?.map(Number) ?? [],
        flag: key => attr[key]?.b === true,
        text: key => Buffer.from(attr[key]?.s ?? '', 'base64').toString('latin1'),
      };
      return [name, node] as const;
    }),
  );
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const spec of file.weightsManifest.flatMap(group => group.weights)) {
    const count = spec.shape.reduce((product, length) => product * length, 1);
    const { size, read } = elementOf(spec);
    const view = new DataView(binary.buffer, binary.byteOffset + at, count * size);
    weights.set(spec.name, {
      shape: spec.shape,
      values: Float32Array.from({ length: count }, (_, i) => read(view, i * size)),
    });
    at += count * size;
  }
  return { nodes, weights };
}

function elementOf(spec: WeightSpec): { size: number; read: (view: DataView, at: number) => number } {
  const stored = spec.quantization?.dtype ?? spec.dtype;
  switch (stored) {
    case 'float32':
      return { size: 4, read: (view, at) => view.getFloat32(at, true) };
    case 'float16':
      return { size: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) };
    case 'int32':
      return { size: 4, read: (view, at) => view.getInt32(at, true) };
    default:
      throw unsupported(`weights stored as ${stored}`);
  }
}

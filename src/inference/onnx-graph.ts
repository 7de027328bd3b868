import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

/** Operator set that the written files ask for; 16 is the first with GridSample. */
const OPSET = 16;
/** File format revision that belongs to opset 16. */
const IR_VERSION = 8;

/** A dimension: a fixed length, or the name of one that the caller chooses at run time. */
export type Dimension = number | string;

export type AttributeValue = number | string | readonly number[] | { float: number };

/** Collects nodes and constants and writes them as one ONNX file. Values are known by name; names are given in order of creation, so the same calls give the same bytes. */
export class OnnxGraph {
  readonly #nodes: onnxProto.onnx.INodeProto[] = [];
  readonly #initializers: onnxProto.onnx.ITensorProto[] = [];
  readonly #inputs: onnxProto.onnx.IValueInfoProto[] = [];
  readonly #outputs: onnxProto.onnx.IValueInfoProto[] = [];
  #count = 0;

  /** Declares a float input and returns its name. */
  input(name: string, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Declares the value `from` as the graph's float output `name`. */
  output(name: string, shape: readonly Dimension[], from: string): void {
    this.node('Identity', [from], {}, name);
    this.#outputs.push(valueInfo(name, shape));
  }

  /** A float constant; `shape` may be empty for a scalar. Returns its name. */
  floats(shape: readonly number[], values: Float32Array | readonly number[]): string {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.#constant(
      shape,
      onnx.TensorProto.DataType.FLOAT,
      rawLittleEndian(data.length, 4, (view, at, i) => view.setFloat32(at, data[i], true)),
    );
  }

  /** A 64-bit integer vector, as shape, axis and index inputs want it. Returns its name. */
  ints(values: readonly number[]): string {
    return this.#constant(
      [values.length],
      onnx.TensorProto.DataType.INT64,
      rawLittleEndian(values.length, 8, (view, at, i) => view.setBigInt64(at, BigInt(values[i]), true)),
    );
  }

  /** Adds a node with one output and returns the output's name. An empty input name leaves an optional input out. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    output = this.#name('v'),
  ): string {
    this.#nodes.push({
      name: this.#name(opType),
      opType,
      input: [...inputs],
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  /** The finished file. */
  encode(name: string): Uint8Array {
    const model = onnx.ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'retake',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: { name, node: this.#nodes, initializer: this.#initializers, input: this.#inputs, output: this.#outputs },
    });
    return onnx.ModelProto.encode(model).finish();
  }

  #constant(shape: readonly number[], dataType: number, rawData: Uint8Array): string {
    const name = this.#name('c');
    this.#initializers.push({ name, dims: [...shape], dataType, rawData });
    return name;
  }

  #name(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }
}

function attribute(name: string, value: AttributeValue): onnxProto.onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function valueInfo(name: string, shape: readonly Dimension[]): onnxProto.onnx.IValueInfoProto {
  const dim = shape.map(length => (typeof length === 'number' ? { dimValue: length } : { dimParam: length }));
  return { name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim } } } };
}

/** ONNX stores raw data little-endian whatever the machine. */
function rawLittleEndian(
  count: number,
  size: number,
  put: (view: DataView, at: number, index: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i += 1) put(view, i * size, i);
  return bytes;
}

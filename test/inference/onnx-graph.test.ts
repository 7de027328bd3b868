import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { OnnxGraph } from '../../src/inference/onnx-graph.ts';

function build(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', [1, 'length']);
  const scaled = graph.node('LeakyRelu', [x], { alpha: { float: 0.5 } });
  const moved = graph.node('Add', [scaled, graph.floats([], [1.5])]);
  const picked = graph.node('Gather', [moved, graph.ints([2, -1])], { axis: 1 });
  graph.output('y', [1, 2], graph.node('Concat', [picked, picked], { axis: 1 }));
  return graph.encode('example');
}

describe('writing ONNX', () => {
  it('gives a file that the published definitions read back', () => {
    const model = onnxProto.onnx.ModelProto.decode(build());
    expect(model.opsetImport?.[0].version).toMatchObject({ low: 16 });
    expect(model.graph?.node?.map(({ opType }) => opType)).toEqual([
      'LeakyRelu',
      'Add',
      'Gather',
      'Concat',
      'Identity',
    ]);
    expect(model.graph?.node?.[0].attribute?.[0]).toMatchObject({ name: 'alpha', f: 0.5 });
    const [scalar, indices] = model.graph?.initializer ?? [];
    expect(Buffer.from(scalar.rawData ?? []).readFloatLE()).toBe(1.5);
    expect(scalar.dims).toEqual([]);
    expect(Buffer.from(indices.rawData ?? []).readBigInt64LE(8)).toBe(-1n);
    expect(model.graph?.input?.[0].type?.tensorType?.shape?.dim?.[1]).toMatchObject({ dimParam: 'length' });
  });

  it('gives the same bytes every time', () => {
    expect(Buffer.from(build()).equals(build())).toBe(true);
  });
});

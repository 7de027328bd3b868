import type { OnnxGraph } from '../../onnx-graph.ts';
import type { Emit } from './emission.ts';

/**
 * The attention mesh cuts three regions (lips, both eyes) out of its own features, by MediaPipe custom operators. A region is a 4×4
 * row-major matrix that takes a pixel of the region's picture to a place on the parent picture.
 */

/** Landmarks [1, n, 3] to the matrix [1, 4, 4] of the level box around some of them. */
export const landmarksToMatrix: Emit<'Landmarks2TransformMatrix'> = (
  emission,
  { inputs: [x], outputs: [y], options },
) => {
  const { graph } = emission;
  const points = emission.value(x);
  const op = arithmetic(graph);
  const at = (value: string, indices: number[], axis: number) =>
    graph.node('Gather', [value, graph.ints(indices)], { axis });

  // The way from the left to the right rotation landmark becomes horizontal.
  const across = op.sub(at(points, [options.rightRotation], 1), at(points, [options.leftRotation], 1));
  const dx = at(across, [0], 2);
  const dy = at(across, [1], 2);
  const length = graph.node('Sqrt', [op.add(op.mul(dx, dx), op.mul(dy, dy))]);
  const cos = op.div(dx, length);
  const sin = op.div(dy, length);

  // Bounding box of the subset in the turned frame.
  const subset = at(points, options.subset, 1);
  const px = at(subset, [0], 2);
  const py = at(subset, [1], 2);
  const u = range(graph, op.add(op.mul(px, cos), op.mul(py, sin)));
  const v = range(graph, op.sub(op.mul(py, cos), op.mul(px, sin)));

  // Columns: one pixel to the right, one pixel down, and where pixel (0, 0) lies.
  const [width, height] = options.output;
  const stepX = op.times(u.extent, options.scale[0] / width);
  const stepY = op.times(v.extent, options.scale[1] / height);
  const centerX = op.sub(op.mul(u.middle, cos), op.mul(v.middle, sin));
  const centerY = op.add(op.mul(u.middle, sin), op.mul(v.middle, cos));
  const xx = op.mul(cos, stepX);
  const xy = op.times(op.mul(sin, stepY), -1);
  const yx = op.mul(sin, stepX);
  const yy = op.mul(cos, stepY);
  const originX = op.sub(centerX, op.add(op.times(xx, width / 2), op.times(xy, height / 2)));
  const originY = op.sub(centerY, op.add(op.times(yx, width / 2), op.times(yy, height / 2)));

  const zero = graph.floats([1, 1, 1], [0]);
  const one = graph.floats([1, 1, 1], [1]);
  const entries = [xx, xy, zero, originX, yx, yy, zero, originY, zero, zero, one, zero, zero, zero, zero, one];
  const flat = graph.node('Concat', entries, { axis: 2 });
  emission.define(y, graph.node('Reshape', [flat, graph.ints([1, 4, 4])]));
};

/** Cuts a region out of features by bilinear sampling at pixel centres; outside counts as zero. */
export const sampleRegion: Emit<'TransformTensorBilinear'> = (emission, { inputs: [x, matrix], outputs: [y] }) => {
  const { graph } = emission;
  const [, height, width] = emission.tensor(x).shape;
  const [, outHeight, outWidth] = emission.tensor(y).shape;
  const centres = new Float32Array(outHeight * outWidth * 4);
  for (let i = 0; i < outHeight * outWidth; i += 1) {
    centres.set([(i % outWidth) + 0.5, Math.floor(i / outWidth) + 0.5, 0, 1], 4 * i);
  }
  const places = transformed(graph, graph.floats([1, outHeight * outWidth, 4], centres), emission.value(matrix));
  // GridSample counts from −1 to 1 over the whole picture.
  const scaled = graph.node('Mul', [places, graph.floats([2], [2 / width, 2 / height])]);
  const grid = graph.node('Sub', [scaled, graph.floats([], [1])]);
  const shaped = graph.node('Reshape', [grid, graph.ints([1, outHeight, outWidth, 2])]);
  const sampled = graph.node('GridSample', [emission.value(x), shaped], {
    mode: 'bilinear',
    padding_mode: 'zeros',
    align_corners: 0,
  });
  emission.define(y, sampled);
};

/** Landmarks [1, n, 2] of a region to their places on the parent picture. */
export const transformLandmarks: Emit<'TransformLandmarks'> = (emission, { inputs: [x, matrix], outputs: [y] }) => {
  const { graph } = emission;
  const padded = graph.node('Pad', [emission.value(x), graph.ints([0, 0, 0, 0, 0, 2])], { mode: 'constant' });
  const homogeneous = graph.node('Add', [padded, graph.floats([4], [0, 0, 0, 1])]);
  emission.define(y, transformed(graph, homogeneous, emission.value(matrix)));
};

/** Row vectors [1, n, 4] times the matrix, x and y of the result. */
function transformed(graph: OnnxGraph, rows: string, matrix: string): string {
  const product = graph.node('MatMul', [rows, graph.node('Transpose', [matrix], { perm: [0, 2, 1] })]);
  return graph.node('Gather', [product, graph.ints([0, 1])], { axis: 2 });
}

function range(graph: OnnxGraph, values: string): { middle: string; extent: string } {
  const op = arithmetic(graph);
  const high = graph.node('ReduceMax', [values], { axes: [1], keepdims: 1 });
  const low = graph.node('ReduceMin', [values], { axes: [1], keepdims: 1 });
  return { middle: op.times(op.add(high, low), 0.5), extent: op.sub(high, low) };
}

const arithmetic = (graph: OnnxGraph) => ({
  add: (a: string, b: string) => graph.node('Add', [a, b]),
  sub: (a: string, b: string) => graph.node('Sub', [a, b]),
  mul: (a: string, b: string) => graph.node('Mul', [a, b]),
  div: (a: string, b: string) => graph.node('Div', [a, b]),
  times: (a: string, factor: number) => graph.node('Mul', [a, graph.floats([], [factor])]),
});

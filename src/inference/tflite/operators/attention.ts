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
  const places = (indices: number[]) =>
    graph.node('Gather', [graph.node('Gather', [points, graph.ints(indices)], { axis: 1 }), graph.ints([0, 1])], {
      axis: 2,
    });

  // The way from the left to the right rotation landmark becomes horizontal: (cos, sin) and the turn [[cos, −sin], [sin, cos]].
  const across = graph.node('Sub', [places([options.rightRotation]), places([options.leftRotation])]);
  const length = graph.node('ReduceL2', [across], { axes: [2], keepdims: 1 });
  const direction = graph.node('Div', [across, length]);
  const entries = graph.node('MatMul', [direction, graph.floats([2, 4], [1, 0, 0, 1, 0, -1, 1, 0])]);
  const turn = graph.node('Reshape', [entries, graph.ints([1, 2, 2])]);

  // Bounding box of the subset in the turned frame.
  const turned = graph.node('MatMul', [places(options.subset), turn]);
  const high = graph.node('ReduceMax', [turned], { axes: [1], keepdims: 1 });
  const low = graph.node('ReduceMin', [turned], { axes: [1], keepdims: 1 });
  const middle = graph.node('Mul', [graph.node('Add', [high, low]), graph.floats([], [0.5])]);
  const extent = graph.node('Sub', [high, low]);

  // Columns: one pixel to the right, one pixel down, and where pixel (0, 0) lies.
  const [width, height] = options.output;
  const step = graph.node('Mul', [extent, graph.floats([2], [options.scale[0] / width, options.scale[1] / height])]);
  const half = graph.node('Mul', [step, graph.floats([2], [width / 2, height / 2])]);
  const corner = graph.node('Reshape', [graph.node('Sub', [middle, half]), graph.ints([1, 2, 1])]);
  const columns = [
    graph.node('Mul', [turn, step]),
    graph.floats([1, 2, 1], [0, 0]),
    graph.node('MatMul', [turn, corner]),
  ];
  const rest = graph.floats([1, 2, 4], [0, 0, 1, 0, 0, 0, 0, 1]);
  emission.define(y, graph.node('Concat', [graph.node('Concat', columns, { axis: 2 }), rest], { axis: 1 }));
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
  const upper = graph.node('Gather', [matrix, graph.ints([0, 1])], { axis: 1 });
  return graph.node('MatMul', [rows, graph.node('Transpose', [upper], { perm: [0, 2, 1] })]);
}

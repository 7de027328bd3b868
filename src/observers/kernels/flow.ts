/**
 * Inverse-search dense flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) on 8-bit luma,
 * without variational refinement. AssemblyScript: `npm run kernels` compiles it to WebAssembly with SIMD.
 *
 * Planes are pointers to pixel (0, 0) with PAD replicated pixels on every side; `stride` counts bytes. Gradients are
 * 16-bit differences I(x + 1) − I(x − 1), unpadded. Flow takes a pixel of `a` to its place in `b`, in pixels of the level.
 */
export { compareCells, densify } from './flow-fields';
export { gradients, pad } from './flow-planes';
export { search } from './flow-search';
export { halve } from './shrink';

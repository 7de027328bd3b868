import type { Picture, PictureSize } from '../../media/frame.ts';
import type { FlowField, FlowPicture } from '../flow/dense-flow.ts';

/** The luma of a quarter of the size that the flow has made anyway. */
export function copyQuarter({ quarter }: FlowPicture, out: Uint8Array, { width, height }: PictureSize): void {
  if (!quarter) return;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++)
      out[row * width + column] = quarter.luma[row * quarter.stride + column];
  }
}

/** Chroma at a quarter of the working size: means of 2 × 2 (or, for a halved picture, 4 × 4) chroma samples. */
export function quarterChroma(
  { u, v, chromaStride }: Picture,
  { factor, quarter: { width, height } }: { factor: number; quarter: PictureSize },
  out: { blue: Uint8Array; red: Uint8Array },
): void {
  const side = 2 * factor;
  const count = side * side;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let blue = count >> 1;
      let red = count >> 1;
      for (let dy = 0; dy < side; dy++) {
        let i = (row * side + dy) * chromaStride + column * side;
        for (let dx = 0; dx < side; dx++, i++) {
          blue += u[i];
          red += v[i];
        }
      }
      out.blue[row * width + column] = blue / count;
      out.red[row * width + column] = red / count;
    }
  }
}

/** Means of 2 × 2 samples, rounded; `width` and `height` are the target's. */
export function halve(source: Uint8Array, stride: number, target: Uint8Array, width: number, height: number): void {
  let k = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0, i = 2 * row * stride; column < width; column++, i += 2) {
      target[k++] = (source[i] + source[i + 1] + source[i + stride] + source[i + stride + 1] + 2) >> 2;
    }
  }
}

/** Flow of every 4 × 4 pixels, the mean of their middle four, in pixels of a quarter of the size. */
export function quarterFlow(
  { u, v, width: stride }: FlowField,
  { quarter: { width, height } }: { quarter: PictureSize },
  outU: Float32Array,
  outV: Float32Array,
): void {
  for (let row = 0, k = 0; row < height; row++) {
    for (let column = 0, i = (4 * row + 1) * stride + 1; column < width; column++, k++, i += 4) {
      outU[k] = (u[i] + u[i + 1] + u[i + stride] + u[i + stride + 1]) / 16;
      outV[k] = (v[i] + v[i + 1] + v[i + stride] + v[i + stride + 1]) / 16;
    }
  }
}

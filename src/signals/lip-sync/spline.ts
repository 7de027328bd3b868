/** Seconds that two rows are taken to be apart at least: broken containers give two frames one time. */
const SHORTEST = 1e-3;

/**
 * Natural cubic spline through rows of values at ascending times, read at other times; before the first and after the
 * last time it keeps the end's row.
 *
 * @param times seconds, ascending, one per row
 * @param rows `times.length × width` values, row-major
 * @param at seconds at which to read, any order
 * @returns `at.length × width` values
 */
export function splineRows(times: Float64Array, rows: Float32Array, width: number, at: Float64Array): Float32Array {
  const n = times.length;
  const out = new Float32Array(at.length * width);
  if (n === 0) return out;
  // Second derivatives of every column by one sweep of the tridiagonal system (Thomas).
  const bend = new Float64Array(n * width);
  const share = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    const before = Math.max(SHORTEST, times[i] - times[i - 1]);
    const after = Math.max(SHORTEST, times[i + 1] - times[i]);
    const pivot = 2 * (before + after) - before * share[i - 1];
    share[i] = after / pivot;
    for (let c = 0; c < width; c++) {
      const slopeAfter = (rows[(i + 1) * width + c] - rows[i * width + c]) / after;
      const slopeBefore = (rows[i * width + c] - rows[(i - 1) * width + c]) / before;
      bend[i * width + c] = (6 * (slopeAfter - slopeBefore) - before * bend[(i - 1) * width + c]) / pivot;
    }
  }
  for (let i = n - 2; i > 0; i--)
    for (let c = 0; c < width; c++) bend[i * width + c] -= share[i] * bend[(i + 1) * width + c];

  let i = 0;
  for (let k = 0; k < at.length; k++) {
    const t = Math.min(Math.max(at[k], times[0]), times[n - 1]);
    if (i > 0 && t < times[i]) i = 0;
    while (i < n - 2 && t > times[i + 1]) i++;
    if (n === 1) {
      out.set(rows.subarray(0, width), k * width);
      continue;
    }
    const gap = Math.max(SHORTEST, times[i + 1] - times[i]);
    const b = (t - times[i]) / gap;
    const a = 1 - b;
    const p = ((a * a * a - a) * gap * gap) / 6;
    const q = ((b * b * b - b) * gap * gap) / 6;
    const low = i * width;
    for (let c = 0; c < width; c++)
      out[k * width + c] =
        a * rows[low + c] + b * rows[low + width + c] + p * bend[low + c] + q * bend[low + width + c];
  }
  return out;
}

/** Search of patches along the gradient. AssemblyScript, part of flow.ts. */
import { clamped, PATCH, patches, STEP, wide } from './flow-planes';
import { lanes } from './lanes';

/** Added to the patches' structure tensor: where nothing is to be seen the flow stays what it was. */
const DAMPING: f32 = 128;
/** A step shorter than this many pixels ends the descent. */
const CONVERGED: f32 = 0.02;
/** Squared difference of a patch, in eighths of code values, below which there is nothing to improve: a third of a code value. */
const NEGLIGIBLE: f32 = 512;

/** Sums over one patch comparison; differences are eighths of code values. */
let sumD: i32 = 0;
let sumX: i32 = 0;
let sumY: i32 = 0;
let cost: f32 = 0;

/** The level that is being searched: the later picture, and its size. */
let levelB: usize = 0;
let levelStride: i32 = 0;
let levelWidth: i32 = 0;
let levelHeight: i32 = 0;

/** The patch that is being matched: its pixels and gradients, its corner, its inverted structure tensor, the best so far. */
let patchA: usize = 0;
let patchGx: usize = 0;
let patchGy: usize = 0;
let patchX: f32 = 0;
let patchY: f32 = 0;
let tensorXX: f32 = 0;
let tensorXY: f32 = 0;
let tensorYY: f32 = 0;
let meanX: f32 = 0;
let meanY: f32 = 0;
let bestU: f32 = 0;
let bestV: f32 = 0;
let bestCost: f32 = 0;
/** The sums at the best so far: the descent from there need not compare again. */
let bestD: i32 = 0;
let bestX: i32 = 0;
let bestY: i32 = 0;

/**
 * Compares the patch with the later picture at displacement (u, v): sets the sums and `cost`, the squared difference left
 * after the patches' means are made equal.
 */
function compare(u: f32, v: f32): void {
  const x = clamped(patchX + u, levelWidth);
  const y = clamped(patchY + v, levelHeight);
  const left = Mathf.floor(x);
  const top = Mathf.floor(y);
  const fx = x - left;
  const fy = y - top;
  const w11 = i32(Mathf.floor(fx * fy * 128 + 0.5));
  const w10 = i32(Mathf.floor(fx * 128 + 0.5)) - w11;
  const w01 = i32(Mathf.floor(fy * 128 + 0.5)) - w11;
  const k00 = i16x8.splat((128 - w11 - w10 - w01) as i16);
  const k10 = i16x8.splat(w10 as i16);
  const k01 = i16x8.splat(w01 as i16);
  const k11 = i16x8.splat(w11 as i16);
  const ones = i16x8.splat(1);
  let from = patchA;
  let gx = patchGx;
  let gy = patchGy;
  let to: usize = levelB + i32(top) * levelStride + i32(left);
  let d1 = i32x4.splat(0);
  let dd = i32x4.splat(0);
  let dx = i32x4.splat(0);
  let dy = i32x4.splat(0);
  let near = wide(to);
  let far = wide(to + 1);
  for (let row = 0; row < PATCH; row++) {
    to += levelStride;
    const below = wide(to);
    const belowFar = wide(to + 1);
    const sampled = i16x8.add(
      i16x8.add(i16x8.mul(near, k00), i16x8.mul(far, k10)),
      i16x8.add(i16x8.mul(below, k01), i16x8.mul(belowFar, k11)),
    );
    const d = i16x8.sub(i16x8.shr_s(sampled, 4), i16x8.shl(wide(from), 3));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(d, ones));
    dd = i32x4.add(dd, i32x4.dot_i16x8_s(d, d));
    dx = i32x4.add(dx, i32x4.dot_i16x8_s(d, v128.load(gx)));
    dy = i32x4.add(dy, i32x4.dot_i16x8_s(d, v128.load(gy)));
    near = below;
    far = belowFar;
    from += levelStride;
    gx += levelWidth << 1;
    gy += levelWidth << 1;
  }
  sumD = lanes(d1);
  sumX = lanes(dx);
  sumY = lanes(dy);
  const mean = sumD as f32;
  cost = (lanes(dd) as f32) - (mean * mean) / 64;
}

/** Structure tensor of a patch about its means, inverted. */
function prepare(): void {
  let gx = patchGx;
  let gy = patchGy;
  let xx = i32x4.splat(0);
  let xy = i32x4.splat(0);
  let yy = i32x4.splat(0);
  let sx = i32x4.splat(0);
  let sy = i32x4.splat(0);
  const ones = i16x8.splat(1);
  for (let row = 0; row < PATCH; row++) {
    const x = v128.load(gx);
    const y = v128.load(gy);
    xx = i32x4.add(xx, i32x4.dot_i16x8_s(x, x));
    xy = i32x4.add(xy, i32x4.dot_i16x8_s(x, y));
    yy = i32x4.add(yy, i32x4.dot_i16x8_s(y, y));
    sx = i32x4.add(sx, i32x4.dot_i16x8_s(x, ones));
    sy = i32x4.add(sy, i32x4.dot_i16x8_s(y, ones));
    gx += levelWidth << 1;
    gy += levelWidth << 1;
  }
  meanX = (lanes(sx) as f32) / 64;
  meanY = (lanes(sy) as f32) / 64;
  const a = (lanes(xx) as f32) - meanX * meanX * 64 + DAMPING;
  const b = (lanes(xy) as f32) - meanX * meanY * 64;
  const c = (lanes(yy) as f32) - meanY * meanY * 64 + DAMPING;
  const determinant: f32 = 1 / (a * c - b * b);
  tensorXX = c * determinant;
  tensorXY = -b * determinant;
  tensorYY = a * determinant;
}

/**
 * Flow of every patch of a level: descends from the best of the coarser level's flow, no motion, and the neighbours that
 * are done already; then once more backwards, from the neighbours on the other side where they fit better.
 *
 * @param gx 16-bit gradients of `a`, rows of `width`
 * @param u coarser level's dense flow, rows of `coarseWidth`; 0 at the coarsest level, which starts at (`startU`, `startV`)
 * @param patchU results, row-major over the patches; `patchCost` likewise
 */
export function search(
  a: usize,
  b: usize,
  stride: i32,
  width: i32,
  height: i32,
  gx: usize,
  gy: usize,
  u: usize,
  v: usize,
  coarseWidth: i32,
  coarseHeight: i32,
  startU: f32,
  startV: f32,
  patchU: usize,
  patchV: usize,
  patchCost: usize,
  iterations: i32,
): void {
  levelB = b;
  levelStride = stride;
  levelWidth = width;
  levelHeight = height;
  const columns = patches(width);
  const rows = patches(height);
  for (let row = 0; row < rows; row++) {
    const y = min(row * STEP, height - PATCH);
    for (let column = 0; column < columns; column++) {
      const x = min(column * STEP, width - PATCH);
      const place: usize = (row * columns + column) << 2;
      select(a, gx, gy, x, y);
      prepare();
      bestCost = f32.MAX_VALUE;
      if (u !== 0) {
        const coarseX = min((x + PATCH / 2) >> 1, coarseWidth - 1);
        const coarseY = min((y + PATCH / 2) >> 1, coarseHeight - 1);
        const coarse: usize = (coarseY * coarseWidth + coarseX) << 2;
        consider(2 * load<f32>(u + coarse), 2 * load<f32>(v + coarse));
      } else {
        consider(startU, startV);
        consider(0, 0);
      }
      if (column > 0) consider(load<f32>(patchU + place - 4), load<f32>(patchV + place - 4));
      const above: usize = place - (columns << 2);
      if (row > 0) consider(load<f32>(patchU + above), load<f32>(patchV + above));
      descend(iterations);
      store<f32>(patchU + place, bestU);
      store<f32>(patchV + place, bestV);
      store<f32>(patchCost + place, bestCost);
    }
  }
  for (let row = rows - 1; row >= 0; row--) {
    const y = min(row * STEP, height - PATCH);
    for (let column = columns - 1; column >= 0; column--) {
      const x = min(column * STEP, width - PATCH);
      const place: usize = (row * columns + column) << 2;
      select(a, gx, gy, x, y);
      const before = load<f32>(patchCost + place);
      bestCost = before;
      bestU = load<f32>(patchU + place);
      bestV = load<f32>(patchV + place);
      if (column + 1 < columns) consider(load<f32>(patchU + place + 4), load<f32>(patchV + place + 4));
      const below: usize = place + (columns << 2);
      if (row + 1 < rows) consider(load<f32>(patchU + below), load<f32>(patchV + below));
      if (bestCost >= before) continue;
      prepare();
      descend(iterations);
      store<f32>(patchU + place, bestU);
      store<f32>(patchV + place, bestV);
      store<f32>(patchCost + place, bestCost);
    }
  }
}

/** Makes the patch with that corner the one to match. */
function select(a: usize, gx: usize, gy: usize, x: i32, y: i32): void {
  const gradient: usize = (y * levelWidth + x) << 1;
  patchA = a + y * levelStride + x;
  patchGx = gx + gradient;
  patchGy = gy + gradient;
  patchX = x as f32;
  patchY = y as f32;
}

/** Takes (u, v) when it fits better than the best so far. */
function consider(u: f32, v: f32): void {
  if (bestCost < NEGLIGIBLE || (u === bestU && v === bestV && bestCost < f32.MAX_VALUE)) return;
  compare(u, v);
  if (cost < bestCost) {
    bestCost = cost;
    bestU = u;
    bestV = v;
    bestD = sumD;
    bestX = sumX;
    bestY = sumY;
  }
}

/** Gauss–Newton from the best so far; a step that makes it worse, or leads further than a patch's width, ends it. */
function descend(iterations: i32): void {
  if (bestCost < NEGLIGIBLE) return;
  const fromU = bestU;
  const fromV = bestV;
  let u = bestU;
  let v = bestV;
  sumD = bestD;
  sumX = bestX;
  sumY = bestY;
  for (let i = 0; i < iterations; i++) {
    const d = sumD as f32;
    const bx = (sumX as f32) - d * meanX;
    const by = (sumY as f32) - d * meanY;
    // Gradients are twice the slope, differences eight times the code values: a quarter is left.
    const du: f32 = 0.25 * (tensorXX * bx + tensorXY * by);
    const dv: f32 = 0.25 * (tensorXY * bx + tensorYY * by);
    u -= du;
    v -= dv;
    if (abs(u - fromU) > (PATCH as f32) || abs(v - fromV) > (PATCH as f32)) return;
    compare(u, v);
    if (cost >= bestCost) return;
    bestCost = cost;
    bestU = u;
    bestV = v;
    if (abs(du) < CONVERGED && abs(dv) < CONVERGED) return;
  }
}

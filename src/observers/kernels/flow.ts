/**
 * Inverse-search dense flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) on 8-bit luma,
 * without variational refinement. AssemblyScript: `npm run kernels` compiles it to WebAssembly with SIMD.
 *
 * Planes are pointers to pixel (0, 0) with PAD replicated pixels on every side; `stride` counts bytes. Gradients are
 * 16-bit differences I(x + 1) − I(x − 1), unpadded. Flow takes a pixel of `a` to its place in `b`, in pixels of the level.
 */
const PATCH: i32 = 8;
const STEP: i32 = 4;
const PAD: i32 = 16;
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

/** Patches across a side of that many pixels. */
function patches(side: i32): i32 {
  return (side - PATCH + STEP - 1) / STEP + 1;
}

/** Repeats the outermost pixels of a plane PAD times on every side. */
export function pad(plane: usize, width: i32, height: i32, stride: i32): void {
  for (let y = 0; y < height; y++) {
    const row = plane + y * stride;
    memory.fill(row - PAD, load<u8>(row), PAD);
    memory.fill(row + width, load<u8>(row + width - 1), PAD);
  }
  const first = plane - PAD;
  const last = plane + (height - 1) * stride - PAD;
  for (let y = 1; y <= PAD; y++) {
    memory.copy(first - y * stride, first, width + 2 * PAD);
    memory.copy(last + y * stride, last, width + 2 * PAD);
  }
}

/** Means of 2 × 2 pixels, rounded; `width` and `height` of the smaller plane. */
export function halve(source: usize, sourceStride: i32, target: usize, width: i32, height: i32, stride: i32): void {
  for (let y = 0; y < height; y++) {
    let upper = source + 2 * y * sourceStride;
    let place = target + y * stride;
    let x = 0;
    for (; x + 8 <= width; x += 8) {
      const sum = i16x8.add(
        i16x8.extadd_pairwise_i8x16_u(v128.load(upper)),
        i16x8.extadd_pairwise_i8x16_u(v128.load(upper + sourceStride)),
      );
      const mean = i16x8.shr_u(i16x8.add(sum, i16x8.splat(2)), 2);
      v128.store64_lane(place, i8x16.narrow_i16x8_u(mean, mean), 0);
      upper += 16;
      place += 8;
    }
    for (; x < width; x++) {
      const sum: i32 =
        (load<u8>(upper) as i32) +
        (load<u8>(upper + 1) as i32) +
        (load<u8>(upper + sourceStride) as i32) +
        (load<u8>(upper + sourceStride + 1) as i32);
      store<u8>(place, ((sum + 2) >> 2) as u8);
      upper += 2;
      place += 1;
    }
  }
}

/** Central differences of a padded plane, 16 bits each, rows of `width` (one vector may be written past the end). */
export function gradients(plane: usize, stride: i32, width: i32, height: i32, across: usize, down: usize): void {
  for (let y = 0; y < height; y++) {
    const row = plane + y * stride;
    const out = (y * width) << 1;
    for (let x = 0; x < width; x += 8) {
      const at = row + x;
      const place = out + (x << 1);
      v128.store(across + place, i16x8.sub(wide(at + 1), wide(at - 1)));
      v128.store(down + place, i16x8.sub(wide(at + stride), wide(at - stride)));
    }
  }
}

/** Eight pixels as 16-bit lanes. */
function wide(at: usize): v128 {
  return v128.load_ext<u8>(at);
}

/** Keeps a sampled patch inside the padding. */
function clamped(place: f32, side: i32): f32 {
  return min<f32>(max<f32>(place, -12), (side + 3) as f32);
}

function total(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

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
  sumD = total(d1);
  sumX = total(dx);
  sumY = total(dy);
  const mean = sumD as f32;
  cost = (total(dd) as f32) - (mean * mean) / 64;
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
  meanX = (total(sx) as f32) / 64;
  meanY = (total(sy) as f32) / 64;
  const a = (total(xx) as f32) - meanX * meanX * 64 + DAMPING;
  const b = (total(xy) as f32) - meanX * meanY * 64;
  const c = (total(yy) as f32) - meanY * meanY * 64 + DAMPING;
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
  }
}

/** Gauss–Newton from the best so far; a step that makes it worse, or leads further than a patch's width, ends it. */
function descend(iterations: i32): void {
  if (bestCost < NEGLIGIBLE) return;
  const fromU = bestU;
  const fromV = bestV;
  let u = bestU;
  let v = bestV;
  compare(u, v);
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

/**
 * Flow of every pixel: mean of the patches that cover it, each weighted by the inverse of the difference (at least one
 * code value) that it leaves at that pixel.
 *
 * @param weight scratch, one 32-bit float per pixel; all three planes have room for one vector more
 */
export function densify(
  a: usize,
  b: usize,
  stride: i32,
  width: i32,
  height: i32,
  patchU: usize,
  patchV: usize,
  u: usize,
  v: usize,
  weight: usize,
): void {
  const bytes: usize = (width * height) << 2;
  memory.fill(u, 0, bytes);
  memory.fill(v, 0, bytes);
  memory.fill(weight, 0, bytes);
  const columns = patches(width);
  const rows = patches(height);
  const one = f32x4.splat(1);
  const eighth = f32x4.splat(0.125);
  for (let row = 0; row < rows; row++) {
    const y = min(row * STEP, height - PATCH);
    for (let column = 0; column < columns; column++) {
      const x = min(column * STEP, width - PATCH);
      const place: usize = (row * columns + column) << 2;
      const pu = load<f32>(patchU + place);
      const pv = load<f32>(patchV + place);
      const vu = f32x4.splat(pu);
      const vv = f32x4.splat(pv);
      const sx = clamped((x as f32) + pu, width);
      const sy = clamped((y as f32) + pv, height);
      const left = Mathf.floor(sx);
      const top = Mathf.floor(sy);
      const fx = sx - left;
      const fy = sy - top;
      const w11 = i32(Mathf.floor(fx * fy * 128 + 0.5));
      const w10 = i32(Mathf.floor(fx * 128 + 0.5)) - w11;
      const w01 = i32(Mathf.floor(fy * 128 + 0.5)) - w11;
      const w00 = 128 - w11 - w10 - w01;
      const k00 = i16x8.splat(w00 as i16);
      const k10 = i16x8.splat(w10 as i16);
      const k01 = i16x8.splat(w01 as i16);
      const k11 = i16x8.splat(w11 as i16);
      let from = a + y * stride + x;
      let to = b + i32(top) * stride + i32(left);
      let out: usize = (y * width + x) << 2;
      for (let line = 0; line < PATCH; line++) {
        const sampled = i16x8.add(
          i16x8.add(i16x8.mul(wide(to), k00), i16x8.mul(wide(to + 1), k10)),
          i16x8.add(i16x8.mul(wide(to + stride), k01), i16x8.mul(wide(to + stride + 1), k11)),
        );
        const d = i16x8.abs(i16x8.sub(i16x8.shr_s(sampled, 4), i16x8.shl(wide(from), 3)));
        const low = f32x4.div(
          one,
          f32x4.max(one, f32x4.mul(eighth, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(d)))),
        );
        const high = f32x4.div(
          one,
          f32x4.max(one, f32x4.mul(eighth, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(d)))),
        );
        const next = out + 16;
        v128.store(weight + out, f32x4.add(v128.load(weight + out), low));
        v128.store(weight + next, f32x4.add(v128.load(weight + next), high));
        v128.store(u + out, f32x4.add(v128.load(u + out), f32x4.mul(vu, low)));
        v128.store(u + next, f32x4.add(v128.load(u + next), f32x4.mul(vu, high)));
        v128.store(v + out, f32x4.add(v128.load(v + out), f32x4.mul(vv, low)));
        v128.store(v + next, f32x4.add(v128.load(v + next), f32x4.mul(vv, high)));
        from += stride;
        to += stride;
        out += width << 2;
      }
    }
  }
  for (let i: usize = 0; i < bytes; i += 16) {
    const w = v128.load(weight + i);
    v128.store(u + i, f32x4.div(v128.load(u + i), w));
    v128.store(v + i, f32x4.div(v128.load(v + i), w));
  }
}

/**
 * Compares two planes along a dense flow in cells of `cell` × `cell` pixels, `cell` being even and every other row read; what
 * is left over at the right and bottom belongs to no cell. Eight 32-bit floats per cell: mean of b − a along the flow; its variance; variance of
 * a; of b along the flow; their covariance; share of pixels whose counterpart lies inside the picture; mean u; mean v.
 */
export function compareCells(
  a: usize,
  b: usize,
  stride: i32,
  width: i32,
  height: i32,
  u: usize,
  v: usize,
  cell: i32,
  out: usize,
): void {
  const columns = width / cell;
  const rows = height / cell;
  const count: f32 = (cell * (cell >> 1)) as f32;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sumA: f32 = 0;
      let sumB: f32 = 0;
      let sumAA: f32 = 0;
      let sumBB: f32 = 0;
      let sumAB: f32 = 0;
      let sumU: f32 = 0;
      let sumV: f32 = 0;
      let inside: i32 = 0;
      for (let line = 0; line < cell; line += 2) {
        const y = row * cell + line;
        const x = column * cell;
        let field: usize = (y * width + x) << 2;
        let from: usize = a + y * stride + x;
        for (let i = 0; i < cell; i++) {
          const du = load<f32>(u + field);
          const dv = load<f32>(v + field);
          const toX = ((x + i) as f32) + du;
          const toY = (y as f32) + dv;
          if (toX >= 0 && toY >= 0 && toX <= ((width - 1) as f32) && toY <= ((height - 1) as f32)) inside++;
          const sampleX = clamped(toX, width);
          const sampleY = clamped(toY, height);
          const left = Mathf.floor(sampleX);
          const top = Mathf.floor(sampleY);
          const fx = sampleX - left;
          const fy = sampleY - top;
          const to: usize = b + i32(top) * stride + i32(left);
          const p00 = load<u8>(to) as f32;
          const p10 = load<u8>(to + 1) as f32;
          const p01 = load<u8>(to + stride) as f32;
          const p11 = load<u8>(to + stride + 1) as f32;
          const upper = p00 + fx * (p10 - p00);
          const lower = p01 + fx * (p11 - p01);
          const found = upper + fy * (lower - upper);
          const here = load<u8>(from) as f32;
          sumA += here;
          sumB += found;
          sumAA += here * here;
          sumBB += found * found;
          sumAB += here * found;
          sumU += du;
          sumV += dv;
          field += 4;
          from++;
        }
      }
      const meanA = sumA / count;
      const meanB = sumB / count;
      const varianceA = max<f32>(0, sumAA / count - meanA * meanA);
      const varianceB = max<f32>(0, sumBB / count - meanB * meanB);
      const covariance = sumAB / count - meanA * meanB;
      store<f32>(out, meanB - meanA);
      store<f32>(out + 4, max<f32>(0, varianceA + varianceB - 2 * covariance));
      store<f32>(out + 8, varianceA);
      store<f32>(out + 12, varianceB);
      store<f32>(out + 16, covariance);
      store<f32>(out + 20, (inside as f32) / count);
      store<f32>(out + 24, sumU / count);
      store<f32>(out + 28, sumV / count);
      out += 32;
    }
  }
}

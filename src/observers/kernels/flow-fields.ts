/** Flow of every pixel out of the patches' and what it leaves. AssemblyScript, part of flow.ts. */
import { clamped, PATCH, patches, STEP, wide } from './flow-planes';

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

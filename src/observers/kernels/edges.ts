/** Edges of a luma plane and where they come from. AssemblyScript, part of match.ts. */

let marked: i32 = 0;

/** How many marks {@link entering} looked at last. */
export function edgesAll(): i32 {
  return marked;
}

/**
 * Marks edges with 1 in `thin`, everything else 0: pixels off the border whose central differences in x and y come to `least`
 * or more. `wide` is the same with every edge made one pixel wider on each side. Returns the number of edges.
 */
export function edges(plane: usize, thin: usize, wide: usize, width: i32, height: i32, least: i32): i32 {
  const step = <usize>width;
  const pixels = step * height;
  memory.fill(thin, 0, pixels);
  const leasts = i8x16.splat(<i8>(least - 1));
  const one = i8x16.splat(1);
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x += 16) {
      const at = plane + y * width + x;
      const right = v128.load(at + 1);
      const left = v128.load(at - 1);
      const down = v128.load(at + step);
      const up = v128.load(at - step);
      const across = v128.or(i8x16.sub_sat_u(right, left), i8x16.sub_sat_u(left, right));
      const along = v128.or(i8x16.sub_sat_u(down, up), i8x16.sub_sat_u(up, down));
      const over = i8x16.sub_sat_u(i8x16.add_sat_u(across, along), leasts);
      const marks = i8x16.min_u(over, one);
      const to = thin + y * width + x;
      const left16 = width - 1 - x;
      if (left16 >= 16) {
        v128.store(to, marks);
        count += popcnt(i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0))));
      } else {
        const bits = i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0)));
        for (let k = 0; k < left16; k++) {
          if (((bits >> k) & 1) === 0) continue;
          store<u8>(to + k, 1);
          count++;
        }
      }
    }
  }
  // The first and last column of `thin` are empty, so that a row's end says nothing of the next row's beginning.
  for (let y = 0; y < height; y++) {
    const above = y > 0 ? step : 0;
    const below = y < height - 1 ? step : 0;
    const row = thin + y * width;
    let x: usize = 0;
    for (; x + 16 <= step; x += 16) v128.store(wide + y * width + x, around(row + x, above, below));
    for (; x < step; x++) store<u8>(wide + y * width + x, i8x16.extract_lane_u(around(row + x, above, below), 0));
  }
  return count;
}

/** Union of sixteen pixels' neighbourhoods of 3 × 3. */
function around(at: usize, above: usize, below: usize): v128 {
  let sum = v128.or(v128.or(v128.load(at - 1), v128.load(at)), v128.load(at + 1));
  sum = v128.or(sum, v128.or(v128.or(v128.load(at - above - 1), v128.load(at - above)), v128.load(at - above + 1)));
  return v128.or(sum, v128.or(v128.or(v128.load(at + below - 1), v128.load(at + below)), v128.load(at + below + 1)));
}

/**
 * Marks of `thin` where `wide`, moved by (dx, dy), has none, over what both show; {@link edgesAll} tells the marks of `thin`
 * there.
 */
export function entering(thin: usize, wide: usize, width: i32, height: i32, dx: i32, dy: i32): i32 {
  const left = max(0, dx);
  const columns = min(width, width + dx) - left;
  const bottom = min(height, height + dy);
  const back = <usize>(dy * width + dx);
  let all = 0;
  let met = 0;
  for (let y = max(0, dy); y < bottom; y++) {
    let at = thin + y * width + left;
    let other = wide + y * width + left - back;
    let column = 0;
    for (; column + 16 <= columns; column += 16) {
      const marks = v128.load(at);
      all += popcnt(i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0))));
      met += popcnt(i8x16.bitmask(i8x16.ne(v128.and(marks, v128.load(other)), i8x16.splat(0))));
      at += 16;
      other += 16;
    }
    for (; column < columns; column++) {
      const mark = <i32>load<u8>(at++);
      all += mark;
      met += mark & <i32>load<u8>(other++);
    }
  }
  marked = all;
  return all - met;
}

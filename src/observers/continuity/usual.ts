/** Numbers that are held at most. */
const MOST = 12;
const HALF = MOST / 2;
const ordered = new Float32Array(MOST);

/** Median of the magnitudes of each cell over up to twelve maps into `out`; the upper one of an even number, 0 of none. */
export function usualOf(maps: readonly Float32Array[], out: Float32Array): void {
  if (maps.length === MOST) {
    ofTwelve(maps, out);
    return;
  }
  for (let cell = 0; cell < out.length; cell++) out[cell] = usual(maps, cell);
}

function usual(maps: readonly Float32Array[], cell: number): number {
  const count = maps.length;
  for (let k = 0; k < count; k++) {
    const value = Math.abs(maps[k][cell]);
    let place = k;
    while (place > 0 && ordered[place - 1] > value) {
      ordered[place] = ordered[place - 1];
      place--;
    }
    ordered[place] = value;
  }
  return count === 0 ? 0 : ordered[count >> 1];
}

/** Rows of six ordered maps for either half; the kth of both is the least over i + j = k of the greater of their ith and jth. */
const halves = [0, 1].map(() => Array.from({ length: HALF }, () => new Float32Array(0)));

function ofTwelve(maps: readonly Float32Array[], out: Float32Array): void {
  const cells = out.length;
  for (let half = 0; half < 2; half++) {
    const rows = halves[half];
    for (let k = 0; k < HALF; k++) {
      if (rows[k].length !== cells) rows[k] = new Float32Array(cells);
      const map = maps[half * HALF + k];
      const row = rows[k];
      for (let i = 0; i < cells; i++) row[i] = Math.abs(map[i]);
    }
    order(rows);
  }
  const [a, b] = halves;
  for (let k = 0; k < HALF; k++) least(a[k], b[HALF - 1 - k], out, k === 0);
}

/** A network that orders six numbers with twelve exchanges. */
const NETWORK = [
  [0, 5],
  [1, 3],
  [2, 4],
  [1, 2],
  [3, 4],
  [0, 3],
  [2, 5],
  [0, 1],
  [2, 3],
  [4, 5],
  [1, 2],
  [3, 4],
] as const;

function order(rows: readonly Float32Array[]): void {
  for (const [i, k] of NETWORK) exchange(rows[i], rows[k]);
}

function exchange(low: Float32Array, high: Float32Array): void {
  for (let i = 0; i < low.length; i++) {
    const a = low[i];
    const b = high[i];
    if (b < a) {
      low[i] = b;
      high[i] = a;
    }
  }
}

function least(a: Float32Array, b: Float32Array, out: Float32Array, first: boolean): void {
  for (let i = 0; i < out.length; i++) {
    const greater = a[i] > b[i] ? a[i] : b[i];
    if (first || greater < out[i]) out[i] = greater;
  }
}

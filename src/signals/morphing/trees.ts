/** Trees whose leaf values add up to a log-odds; nodes of all trees one after the other, children by number. */
export interface Trees {
  base: number;
  /** First node of every tree. */
  roots: Int32Array;
  /** Value asked for at a node; −1 at a leaf. */
  feature: Int16Array;
  /** Up to this the left child is taken; at a leaf its value. */
  limit: Float32Array;
  left: Int32Array;
  right: Int32Array;
}

/** Sum of the trees for one row of values. */
export function addUp({ base, roots, feature, limit, left, right }: Trees, values: Float32Array): number {
  let sum = base;
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree];
    while (feature[node] >= 0) node = values[feature[node]] <= limit[node] ? left[node] : right[node];
    sum += limit[node];
  }
  return sum;
}

/** Area under the ROC curve of two groups; ties count half. */
export function auc(wrong: readonly number[], right: readonly number[]): number {
  const all = [...wrong.map(value => ({ value, wrong: 1 })), ...right.map(value => ({ value, wrong: 0 }))];
  all.sort((a, b) => a.value - b.value);
  let ranks = 0;
  for (let i = 0; i < all.length; ) {
    let j = i;
    while (j < all.length && all[j].value === all[i].value) j++;
    for (let k = i; k < j; k++) ranks += all[k].wrong * ((i + j + 1) / 2);
    i = j;
  }
  return (ranks - (wrong.length * (wrong.length + 1)) / 2) / (wrong.length * right.length);
}

/** Share of `wrong` above the value that the given share of `right` exceeds. */
export function recallAt(wrong: readonly number[], right: readonly number[], falseAlarms: number): number {
  const sorted = [...right].sort((a, b) => b - a);
  const threshold = sorted[Math.floor(falseAlarms * sorted.length)] ?? Number.POSITIVE_INFINITY;
  return wrong.filter(value => value > threshold).length / wrong.length;
}

/** A figure with a 95 % interval: whole clusters are drawn again and again, since hands of one source are alike. */
export function clustered<T>(
  rows: readonly T[],
  clusterOf: (row: T) => string,
  figure: (rows: readonly T[]) => number,
  draws = 400,
): { value: number; low: number; high: number } {
  const clusters = new Map<string, T[]>();
  for (const row of rows) {
    const key = clusterOf(row);
    const list = clusters.get(key);
    if (list) list.push(row);
    else clusters.set(key, [row]);
  }
  const lists = [...clusters.values()];
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const values: number[] = [];
  for (let n = 0; n < draws; n++) {
    const value = figure(lists.flatMap(() => lists[Math.floor(next() * lists.length)]));
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  return { value: figure(rows), low: at(0.025), high: at(0.975) };
}

/** Exact (Clopper–Pearson) one-sided 95 % upper bound of a rate with `hits` of `n`, by bisection. */
export function upperBound(hits: number, n: number): number {
  const below = (p: number): number => {
    let term = (1 - p) ** n;
    let sum = term;
    for (let k = 1; k <= hits; k++) {
      term *= ((n - k + 1) / k) * (p / (1 - p));
      sum += term;
    }
    return sum;
  };
  let [low, high] = [0, 1];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (below(middle) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

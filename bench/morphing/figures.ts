import { seeded } from '../../fixtures/random.ts';

/** Share of pairs in which the first group's value is the larger one, ties by half; only pairs that `paired` allows. */
export function areaUnder<T>(
  ones: readonly T[],
  others: readonly T[],
  value: (item: T) => number,
  paired: (one: T, other: T) => boolean = () => true,
): number {
  let won = 0;
  let all = 0;
  for (const one of ones)
    for (const other of others) {
      if (!paired(one, other)) continue;
      const difference = value(one) - value(other);
      won += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
      all++;
    }
  return all === 0 ? Number.NaN : won / all;
}

/** 95 % bootstrap interval of a figure over groups that are drawn together. */
export function interval<T>(
  ones: readonly T[],
  others: readonly T[],
  groupOf: (item: T) => string,
  figure: (ones: readonly T[], others: readonly T[]) => number,
  rounds = 400,
): [number, number] {
  const random = seeded(1);
  const groups = [...new Set([...ones, ...others].map(groupOf))];
  const by = (items: readonly T[]) => {
    const map = new Map<string, T[]>();
    for (const item of items) map.set(groupOf(item), [...(map.get(groupOf(item)) ?? []), item]);
    return map;
  };
  const [first, second] = [by(ones), by(others)];
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const drawn = groups.map(() => groups[Math.floor(random() * groups.length)]);
    const pick = (map: Map<string, T[]>) => drawn.flatMap(group => map.get(group) ?? []);
    const value = figure(pick(first), pick(second));
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  return [
    values[Math.floor(0.025 * values.length)] ?? Number.NaN,
    values[Math.floor(0.975 * values.length)] ?? Number.NaN,
  ];
}

/** Spearman's rank correlation. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map(value => {
      const below = values.filter(other => other < value).length;
      return below + (values.filter(other => other === value).length - 1) / 2;
    });
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (x.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    xy += (x[k] - mean) * (y[k] - mean);
    xx += (x[k] - mean) ** 2;
    yy += (y[k] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy || 1);
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

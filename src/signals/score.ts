/**
 * How far a measured value is beyond its threshold, as a probability-like figure: 0.5 at the threshold, about 0.11 at
 * half of it, 0.89 at twice (logistic in the logarithm of the ratio). The same shape for every measurement with a limit,
 * so that scores compare.
 *
 * @param measured value that is worse when larger, ≥ 0
 * @param threshold positive limit in the same unit
 */
export function excess(measured: number, threshold: number): number {
  if (!(measured > 0)) return 0;
  return 1 / (1 + (threshold / measured) ** 3);
}

/** Confidence of a finding between `least` at its threshold and `most` far beyond it. */
export const confidenceFrom = (score: number, least: number, most: number): number =>
  least + (most - least) * Math.min(1, Math.max(0, 2 * (score - 0.5)));

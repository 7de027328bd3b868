/** One example: features and whether it is what is looked for. */
export interface Example {
  features: number[];
  positive: boolean;
}

/** Small pull of the weights, in standard deviations, towards zero. */
const RIDGE = 1e-4;
const ROUNDS = 1500;
const STEP = 3;

/**
 * Logistic regression by gradient descent over standardised features. Returns weights for the features as they are.
 *
 * @param positiveWeight how many times a positive example counts
 */
export function fitLogistic(examples: Example[], positiveWeight: number): { bias: number; weights: number[] } {
  const width = examples[0].features.length;
  const columns = Array.from({ length: width }, (_, j) => j);
  const mean = columns.map(j => examples.reduce((sum, e) => sum + e.features[j], 0) / examples.length);
  const scale = columns.map(
    j => Math.sqrt(examples.reduce((sum, e) => sum + (e.features[j] - mean[j]) ** 2, 0) / examples.length) + 1e-9,
  );
  const rows = examples.map(e => Float64Array.from(e.features, (value, j) => (value - mean[j]) / scale[j]));
  const total = examples.reduce((sum, e) => sum + (e.positive ? positiveWeight : 1), 0);
  const weights = new Float64Array(width);
  let bias = -4;
  for (let round = 0; round < ROUNDS; round++) {
    const slope = new Float64Array(width);
    let biasSlope = 0;
    rows.forEach((row, i) => {
      let logit = bias;
      for (let j = 0; j < width; j++) logit += weights[j] * row[j];
      const target = examples[i].positive ? 1 : 0;
      const error = (examples[i].positive ? positiveWeight : 1) * (1 / (1 + Math.exp(-logit)) - target);
      biasSlope += error;
      for (let j = 0; j < width; j++) slope[j] += error * row[j];
    });
    for (let j = 0; j < width; j++) weights[j] -= STEP * (slope[j] / total + RIDGE * weights[j]);
    bias -= (STEP * biasSlope) / total;
  }
  return {
    bias: bias - columns.reduce((sum, j) => sum + (weights[j] * mean[j]) / scale[j], 0),
    weights: columns.map(j => weights[j] / scale[j]),
  };
}

import { expect, it } from 'vitest';
import { fitLogistic } from '../../bench/cuts/logistic.ts';

it('recovers the direction and balance of a noisy rule', () => {
  // Positive where 2a − b > 1, with every eleventh example turned round.
  const examples = Array.from({ length: 600 }, (_, i) => {
    const a = ((i * 37) % 101) / 50;
    const b = ((i * 53) % 97) / 48;
    return { features: [a, b], positive: 2 * a - b > 1 !== (i % 11 === 0) };
  });
  const { bias, weights } = fitLogistic(examples, 1);
  expect(weights[0]).toBeGreaterThan(0);
  expect(weights[1] / weights[0]).toBeCloseTo(-0.5, 1);
  expect(bias / weights[0]).toBeCloseTo(-0.5, 1);
});

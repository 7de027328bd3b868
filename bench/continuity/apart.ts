/** Chance that a planted value lies above a real one; ties count half. NaN without either. */
export function auc(planted: readonly number[], real: readonly number[]): number {
  let above = 0;
  for (const p of planted) for (const r of real) above += p > r ? 1 : p === r ? 0.5 : 0;
  return above / (planted.length * real.length);
}

/** How many planted values lie above every real one. */
export const recallAbove = (planted: readonly number[], real: readonly number[]): number => {
  const highest = real.reduce((most, value) => Math.max(most, value), -Infinity);
  return planted.filter(value => value > highest).length;
};

export interface Backoff {
  /** Milliseconds before the second try. */
  first: number;
  /** Longest wait in milliseconds. */
  most: number;
  /** Growth per try. */
  factor: number;
  /** Tries before the job is parked. */
  tries: number;
}

export const defaultBackoff: Backoff = { first: 5_000, most: 3_600_000, factor: 3, tries: 6 };

/**
 * Milliseconds to wait after the given number of failed tries. Half of it is drawn at random, so that jobs that failed
 * together do not come back together.
 */
export function backoffDelay(
  attempts: number,
  backoff: Backoff = defaultBackoff,
  random: () => number = Math.random,
): number {
  const full = Math.min(backoff.most, backoff.first * backoff.factor ** Math.max(0, attempts - 1));
  return Math.round(full / 2 + (full / 2) * random());
}

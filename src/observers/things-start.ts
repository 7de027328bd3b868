/** Upward speed of what has suddenly begun to rise, pixels per picture, and how it moved before: shares of that speed. */
export const SUDDEN = { speed: 1, rest: 0.25 } as const;

/** Place after which a path suddenly goes up, having rested or fallen before; −1 when it never does. The latest such place. */
export function suddenStart({ y }: { y: readonly number[] }): number {
  for (let k = y.length - 3; k >= 4; k--) {
    const up = (y[k] - y[k + 2]) / 2;
    if (up < SUDDEN.speed) continue;
    const next = y[k + 1] - y[k + 2];
    const before = (y[k] - y[k - 4]) / 4;
    // Full speed from the second step on, and nothing like it before.
    if (next < 0.8 * up || before < -SUDDEN.rest * next) continue;
    const last = y[k - 1] - y[k];
    if (last > 0.35 * next) continue;
    return k;
  }
  return -1;
}

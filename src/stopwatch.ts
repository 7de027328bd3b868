import type { Report } from './report.ts';

/** Measures stages for the report's timing block. */
export function stopwatch() {
  const startedAt = new Date();
  const milliseconds: Record<string, number> = {};
  return {
    /** Runs a stage and adds its wall time under its name. */
    async time<T>(stage: string, run: () => T | Promise<T>): Promise<T> {
      const from = performance.now();
      try {
        return await run();
      } finally {
        milliseconds[stage] = Math.round((milliseconds[stage] ?? 0) + performance.now() - from);
      }
    },
    /** The timing block; stages still running are added when they end. */
    read: (): Report['timing'] => ({ startedAt: startedAt.toISOString(), milliseconds }),
  };
}

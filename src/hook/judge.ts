import { inspect } from '../inspect.ts';
import type { Policy } from '../policy.ts';
import type { ReviewEntry } from '../report/review/decisions.ts';
import type { Report } from '../report.ts';

export interface JudgeOptions {
  policy: Policy;
  /** What people said about these bytes: waived findings decide nothing. */
  review?: readonly ReviewEntry[];
  signal?: AbortSignal;
}

/** Judges one clip. Throws a RetakeError when it cannot be judged at all. */
export type Judge = (path: string, options: JudgeOptions) => Promise<Report>;

/** The whole line on one clip. */
export const judge: Judge = async (path, { review = [], ...options }) =>
  (await inspect(path, { ...options, reviewOf: async () => review })).report;

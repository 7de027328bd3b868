import { inspect } from '../inspect.ts';
import type { Policy } from '../policy.ts';
import type { Report } from '../report.ts';

/** Judges one clip. Throws a RetakeError when it cannot be judged at all. */
export type Judge = (path: string, options: { policy: Policy; signal?: AbortSignal }) => Promise<Report>;

/** The whole line on one clip. */
export const judge: Judge = async (path, options) => (await inspect(path, options)).report;

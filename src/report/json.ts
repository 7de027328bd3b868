import type { Report } from '../report.ts';

/** Report schema 1 as text: two-space JSON with a final newline. */
export const renderJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

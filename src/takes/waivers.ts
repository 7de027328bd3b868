import type { ReviewEntry } from '../report/review/decisions.ts';
import type { Ledger } from './ledger.ts';

/**
 * What the ledger's takes of these bytes were waived, in the form of a review file's entries, oldest first per take: the
 * next judgement of the bytes honours it. A waiver that names no finding waives nothing.
 */
export function waiversOf(ledger: Ledger, sha256: string): ReviewEntry[] {
  return ledger.takes({ sha256 }).flatMap(take =>
    ledger.decisions(take.id).flatMap(({ kind, finding, who, reason, until, createdAt }): ReviewEntry[] => {
      if (kind !== 'waive' || finding === undefined) return [];
      const end = until === undefined ? {} : { until: until.slice(0, 10) };
      return [{ v: 1, at: createdAt, clip: sha256, finding, action: 'waive', who, reason: reason ?? '', ...end }];
    }),
  );
}

import type { Ledger } from './ledger.ts';
import type { Appearance, DecisionRecord, Disclosure, StoredReport, Take } from './take.ts';

/** A take among its kin, as deep as `depth` generations from the root. */
export interface LineageNode {
  take: Take;
  depth: number;
  /** Newest verdict on its bytes. */
  decision?: string;
}

/** The take's family in the order it was made: root first, each take followed by its children. */
export function lineage(ledger: Ledger, id: string): LineageNode[] {
  const seen = new Set<string>();
  let root = ledger.take(id);
  while (root.parent !== undefined && !seen.has(root.id)) {
    seen.add(root.id);
    root = ledger.take(root.parent);
  }
  const nodes: LineageNode[] = [];
  const visited = new Set<string>();
  const visit = (take: Take, depth: number): void => {
    if (visited.has(take.id)) return;
    visited.add(take.id);
    const decision = take.sha256 === undefined ? undefined : ledger.reports(take.sha256)[0]?.decision;
    nodes.push(decision === undefined ? { take, depth } : { take, depth, decision });
    for (const child of ledger.takes({ parent: take.id }).reverse()) visit(child, depth + 1);
  };
  visit(root, 0);
  return nodes;
}

/** One field in which two takes differ. A missing value is null. */
export interface Difference {
  field: string;
  a: unknown;
  b: unknown;
}

const COMPARED = [
  'shot',
  'provider',
  'model',
  'prompt',
  'negativePrompt',
  'seed',
  'references',
  'parent',
  'relation',
  'providerJob',
  'sha256',
  'bytes',
  'cost',
  'status',
  'audioPlan',
] as const;

/** What was done differently between two takes: parameters are compared one by one. */
export function diffTakes(a: Take, b: Take): Difference[] {
  const pairs: [string, unknown, unknown][] = COMPARED.map(field => [field, a[field], b[field]]);
  for (const key of new Set([...Object.keys(a.parameters), ...Object.keys(b.parameters)].sort())) {
    pairs.push([`parameters.${key}`, a.parameters[key], b.parameters[key]]);
  }
  return pairs
    .filter(([, left, right]) => JSON.stringify(left ?? null) !== JSON.stringify(right ?? null))
    .map(([field, left, right]) => ({ field, a: left ?? null, b: right ?? null }));
}

/** Everything the ledger knows of one take. */
export interface TakeDossier {
  take: Take;
  reports: StoredReport[];
  decisions: DecisionRecord[];
  people: Appearance[];
  disclosures: Disclosure[];
}

export function dossier(ledger: Ledger, id: string): TakeDossier {
  const take = ledger.take(id);
  return {
    take,
    reports: take.sha256 === undefined ? [] : ledger.reports(take.sha256),
    decisions: ledger.decisions(take.id),
    people: ledger.consent.appearances(take.id),
    disclosures: ledger.consent.disclosures(take.id),
  };
}

/** The whole ledger as one JSON value, takes oldest first, reports in full: enough to make every shot again elsewhere. */
export function exportLedger(ledger: Ledger): { schema: 1; takes: (TakeDossier & { full: unknown[] })[] } {
  const takes = ledger.takes().reverse();
  return {
    schema: 1,
    takes: takes.map(take => {
      const all = dossier(ledger, take.id);
      return { ...all, full: all.reports.map(report => ledger.report(report.id)) };
    }),
  };
}

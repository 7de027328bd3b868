import type { DecisionRecord, Disclosure, Person, Release, StoredReport, Take } from './take.ts';

/** Money is kept in whole millionths, so that sums are exact. Rounds up: a cap must not be passed by rounding. */
export const toMicros = (amount: number): number => Math.ceil(Number((amount * 1e6).toFixed(3)));
export const fromMicros = (micros: number): number => micros / 1e6;

const iso = (time: number | null): string | undefined => (time === null ? undefined : new Date(time).toISOString());
const some = <T>(value: T | null): T | undefined => (value === null ? undefined : value);

/** Drops keys without a value, so that records compare and print cleanly. */
export function compact<T extends object>(record: T): T {
  for (const key of Object.keys(record) as (keyof T)[]) if (record[key] === undefined) delete record[key];
  return record;
}

export interface TakeRow {
  id: string;
  shot: string | null;
  provider: string | null;
  model: string | null;
  prompt: string | null;
  negative_prompt: string | null;
  seed: string | null;
  parameters: string;
  refs: string;
  parent: string | null;
  relation: string | null;
  provider_job: string | null;
  sha256: string | null;
  bytes: number | null;
  path: string | null;
  cost: number | null;
  currency: string | null;
  status: string;
  note: string | null;
  created_at: number;
  generated_at: number | null;
  completed_at: number | null;
  audio_plan: string | null;
}

export const toTake = (row: TakeRow): Take =>
  compact({
    id: row.id,
    shot: some(row.shot),
    provider: some(row.provider),
    model: some(row.model),
    prompt: some(row.prompt),
    negativePrompt: some(row.negative_prompt),
    seed: some(row.seed),
    parameters: JSON.parse(row.parameters) as Take['parameters'],
    references: JSON.parse(row.refs) as Take['references'],
    parent: some(row.parent),
    relation: some(row.relation) as Take['relation'],
    providerJob: some(row.provider_job),
    sha256: some(row.sha256),
    bytes: some(row.bytes),
    path: some(row.path),
    cost: row.cost === null ? undefined : { amount: fromMicros(row.cost), currency: row.currency ?? 'USD' },
    status: row.status as Take['status'],
    note: some(row.note),
    createdAt: new Date(row.created_at).toISOString(),
    generatedAt: iso(row.generated_at),
    completedAt: iso(row.completed_at),
    audioPlan: row.audio_plan === null ? undefined : (JSON.parse(row.audio_plan) as Take['audioPlan']),
  });

export interface ReportRow {
  id: string;
  sha256: string;
  policy_hash: string;
  decision: string;
  tool_version: string;
  created_at: number;
}

export const toStoredReport = (row: ReportRow): StoredReport => ({
  id: row.id,
  sha256: row.sha256,
  policyHash: row.policy_hash,
  decision: row.decision,
  toolVersion: row.tool_version,
  createdAt: new Date(row.created_at).toISOString(),
});

export interface DecisionRow {
  id: string;
  take: string;
  report: string | null;
  kind: string;
  who: string;
  reason: string | null;
  finding: string | null;
  until: number | null;
  created_at: number;
}

export const toDecision = (row: DecisionRow): DecisionRecord =>
  compact({
    id: row.id,
    take: row.take,
    report: some(row.report),
    kind: row.kind as DecisionRecord['kind'],
    who: row.who,
    reason: some(row.reason),
    finding: some(row.finding),
    until: iso(row.until),
    createdAt: new Date(row.created_at).toISOString(),
  });

export interface PersonRow {
  id: string;
  name: string;
  public_figure: number;
  note: string | null;
}

export const toPerson = (row: PersonRow): Person =>
  compact({ id: row.id, name: row.name, publicFigure: row.public_figure === 1, note: some(row.note) });

export interface ReleaseRow {
  id: string;
  person: string;
  covers: string;
  file: string;
  sha256: string;
  scope: string | null;
  granted_at: number | null;
  expires_at: number | null;
}

export const toRelease = (row: ReleaseRow): Release =>
  compact({
    id: row.id,
    person: row.person,
    covers: JSON.parse(row.covers) as Release['covers'],
    file: row.file,
    sha256: row.sha256,
    scope: some(row.scope),
    grantedAt: iso(row.granted_at),
    expiresAt: iso(row.expires_at),
  });

export interface DisclosureRow {
  id: string;
  take: string;
  method: string;
  text: string;
  who: string | null;
  created_at: number;
}

export const toDisclosure = (row: DisclosureRow): Disclosure =>
  compact({
    id: row.id,
    take: row.take,
    method: row.method,
    text: row.text,
    who: some(row.who),
    createdAt: new Date(row.created_at).toISOString(),
  });

import { basename } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Policy } from '../policy.ts';
import { annotate, type ReviewEntry } from '../report/review/decisions.ts';
import type { Ledger } from '../takes/ledger.ts';
import type { Take } from '../takes/take.ts';
import { version } from '../version.ts';
import { type CertificateFile, reportText, reviewText } from './certificate/certificate.ts';
import type { CertificateRecord } from './certificate/schema.ts';
import { GATE_CHECKS } from './checks.ts';
import { hashText } from './files.ts';
import type { GateResult } from './result.ts';

export interface RecordOptions {
  policy: Policy;
  ledger?: Ledger;
  rules: CertificateRecord['rules'];
  now: Date;
}

const short = (text: string): string => (text.length > 4000 ? `${text.slice(0, 3999)}…` : text);

/** A gate's result as the record of a certificate, with the evidence that it names. */
export function makeRecord(
  result: GateResult,
  { policy, ledger, rules, now }: RecordOptions,
): { record: CertificateRecord; evidence: CertificateFile[] } {
  const { subject, timeline, uses } = result;
  const blocks = (finding: Finding): boolean =>
    finding.review?.status !== 'waived' &&
    (finding.severity === 'regenerate' || (policy.strict && finding.severity === 'review'));
  const ids = new Set<string>(GATE_CHECKS.map(({ id }) => id));
  const reviews = new Map<string, readonly ReviewEntry[]>([[subject.clip.sha256, result.review]]);
  const reports = new Map<string, string>();
  for (const { full, review } of uses) {
    if (!full) continue;
    reports.set(full.clip.sha256, reportText(full));
    reviews.set(full.clip.sha256, review);
  }
  const takes = uses
    .flatMap(({ takes }) => takes)
    .filter((take, i, all) => all.findIndex(({ id }) => id === take.id) === i);
  const record: CertificateRecord = {
    createdAt: now.toISOString(),
    tool: { name: 'retake', version },
    policy: { name: policy.name, hash: policy.hash },
    decision: result.decision,
    subject: {
      export: result.export && { name: basename(result.export.path), sha256: result.export.sha256 },
      timeline: timeline && { name: basename(timeline.path), sha256: timeline.sha256, format: timeline.format },
      fps: subject.clip.fps,
      frames: subject.clip.frames,
    },
    rules: [...rules, ...plansOf(takes)],
    checks: subject.outcomes.map(outcome => ({
      id: outcome.detector,
      status: outcome.status,
      reason: outcome.reason ?? null,
      blocking: outcome.findings.filter(blocks).map(({ message }) => short(message)),
      notes: outcome.findings
        .filter(finding => !blocks(finding) && (ids.has(outcome.detector) || finding.severity !== 'info'))
        .map(({ message }) => short(message)),
    })),
    uses: uses.map(({ id, name, medium, record: at, speed, source, takes: own, decision, reasons, full }) => ({
      id,
      name: short(name),
      medium,
      record: at,
      speed,
      source: source && { name: basename(source.path), sha256: source.sha256, frames: source.frames, by: source.by },
      takes: own.map(take => take.id),
      decision,
      reasons: reasons.map(short),
      report: full && {
        sha256: hashText(reports.get(full.clip.sha256)!),
        version: full.tool.version,
        models: full.tool.models,
      },
    })),
    waivers: [...reviews].flatMap(([clip, entries]) =>
      [...annotate(clip, entries, now)].flatMap(([finding, said]) =>
        said.status === 'waived'
          ? [
              {
                clip,
                finding,
                who: said.who ?? '',
                at: said.at ?? '',
                reason: short(said.reason ?? ''),
                until: said.until ?? null,
              },
            ]
          : [],
      ),
    ),
    people: takes.flatMap(take =>
      (ledger?.consent.appearances(take.id) ?? []).map(({ person, speaks, releases }) => ({
        name: person.name,
        take: take.id,
        speaks,
        releases: releases.map(release => ({
          sha256: release.sha256,
          covers: release.covers,
          expires: release.expiresAt ?? null,
        })),
      })),
    ),
    credentials: { export: result.credentials.exportText, sources: result.credentials.sources },
  };
  const evidence: CertificateFile[] = [
    { file: 'gate.json', content: reportText(subject) },
    ...[...reports].map(([sha256, content]) => ({ file: `reports/${sha256}.json`, content })),
    ...[...reviews].flatMap(([sha256, entries]) =>
      entries.length > 0 ? [{ file: `reviews/${sha256}.jsonl`, content: reviewText(entries) }] : [],
    ),
  ];
  return { record, evidence };
}

/** Audio plans that takes brought along, as rules of the film. */
const plansOf = (takes: readonly Take[]): CertificateRecord['rules'] =>
  takes.flatMap(({ id, audioPlan }) =>
    audioPlan ? [{ kind: 'audio' as const, name: `plan of ${id}`, sha256: hashText(JSON.stringify(audioPlan)) }] : [],
  );

import { RetakeError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import type { Report } from '../report.ts';
import type { ClipFile } from '../takes/ledger.ts';
import { waiversOf } from '../takes/waivers.ts';
import type { HookContext } from './context.ts';

export type Judged = { status: 'judged'; report: Report; reportId: string; fresh: boolean } | { status: 'elsewhere' };

const KEY = 'sha256 = ? AND policy_hash = ? AND tool_version = ?';

interface Claim {
  job: string;
  report: string | null;
}

/**
 * The report on these bytes under this policy by this version of the tool, judged now if there is none. Of several jobs
 * with the same bytes one judges and the others find its report; when the one that judges is gone, another takes its
 * place. A newer version judges the bytes anew when they come in again: its detectors may see what the older one did not.
 */
export async function judgeOnce(
  context: HookContext,
  job: string,
  file: ClipFile,
  policy: Policy,
  signal: AbortSignal,
): Promise<Judged> {
  const { ledger, queue } = context;
  const { database } = ledger;
  const key = [file.sha256, policy.hash, context.toolVersion];
  const claimed = () => database.get<Claim>(`SELECT job, report FROM judgements WHERE ${KEY}`, key);
  database.run(
    'INSERT INTO judgements (sha256, policy_hash, tool_version, job, claimed_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    [...key, job, context.now()],
  );
  let claim = claimed()!;
  if (claim.report === null && claim.job !== job) {
    const other = await queue.get(claim.job);
    if (other?.state === 'running') return { status: 'elsewhere' };
    database.run(`UPDATE judgements SET job = ?, claimed_at = ? WHERE ${KEY} AND job = ? AND report IS NULL`, [
      job,
      context.now(),
      ...key,
      claim.job,
    ]);
    claim = claimed()!;
    if (claim.report === null && claim.job !== job) return { status: 'elsewhere' };
  }
  if (claim.report !== null) {
    return { status: 'judged', report: ledger.report(claim.report), reportId: claim.report, fresh: false };
  }
  if (signal.aborted) throw new RetakeError('aborted', 'judging was stopped');
  const started = performance.now();
  const review = waiversOf(ledger, file.sha256);
  const report = await context.judge(file.path, { policy, review, signal });
  if (signal.aborted) throw new RetakeError('aborted', 'judging was stopped');
  if (report.clip.sha256 !== file.sha256) {
    throw new RetakeError('clip-unreadable', 'the clip changed while it was judged');
  }
  const reportId = database.transaction(() => {
    const now = claimed();
    if (now?.job !== job || now.report !== null) return null;
    ledger.keepPolicy(policy);
    const id = ledger.addReport(report);
    database.run(`UPDATE judgements SET report = ? WHERE ${KEY}`, [id, ...key]);
    return id;
  });
  if (reportId === null) return { status: 'elsewhere' };
  context.metrics?.judging.observe((performance.now() - started) / 1000);
  context.metrics?.verdicts.inc({ decision: report.verdict.decision });
  return { status: 'judged', report, reportId, fresh: true };
}

import { z } from 'zod';
import type { Json, JsonObject } from '../queue/queue.ts';
import type { Report } from '../report.ts';
import type { Take } from '../takes/take.ts';
import { reasonsToRetake } from './regenerate/quality.ts';

/** Findings that an event carries; all of them are in the report. */
const MOST_FINDINGS = 20;

/** What goes out: the same `type`, `timestamp`, `data` envelope that Standard Webhooks suggests. */
export interface OutgoingEvent {
  type: 'clip.judged' | 'clip.failed' | 'shot.settled';
  timestamp: string;
  data: JsonObject;
}

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

const takeData = (take: Take): JsonObject =>
  plain({
    take: take.id,
    shot: take.shot,
    provider: take.provider,
    providerJob: take.providerJob,
    parent: take.parent,
    clip: take.sha256 === undefined ? undefined : { sha256: take.sha256, bytes: take.bytes, path: take.path },
  }) as JsonObject;

/** A clip has its verdict. */
export const judgedEvent = (job: string, take: Take, report: Report, reportId: string, at: number): OutgoingEvent => ({
  type: 'clip.judged',
  timestamp: new Date(at).toISOString(),
  data: {
    job,
    ...takeData(take),
    report: reportId,
    policy: { name: report.policy.name, hash: report.policy.hash },
    decision: report.verdict.decision,
    shots: plain(report.verdict.shots),
    usable: plain(report.verdict.usable),
    findings: plain(
      reasonsToRetake(report)
        .slice(0, MOST_FINDINGS)
        .map(({ detector, kind, message, start, end, peak, severity, confidence, advice }) => ({
          ...{ detector, kind, message, start, end, peak, severity, confidence, advice },
        })),
    ),
  },
});

/** A clip could not be had or could not be judged. */
export const failedEvent = (
  job: string,
  data: JsonObject,
  code: string,
  message: string,
  at: number,
): OutgoingEvent => ({
  type: 'clip.failed',
  timestamp: new Date(at).toISOString(),
  data: { job, ...data, error: { code, message } },
});

export const takeEventData = takeData;

/** Where a clip job gets its clip from. */
export const clipSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('provider'), provider: z.string(), job: z.string() }),
  /** `provider`: who sent the address, if one did; its clip origins are then trusted. */
  z.object({ type: z.literal('url'), url: z.string(), provider: z.string().optional() }),
  /** A file in place; `sha256` and `bytes` when it lies in the store and cannot change. */
  z.object({ type: z.literal('file'), path: z.string(), sha256: z.string().optional(), bytes: z.int().optional() }),
]);
export type ClipSource = z.infer<typeof clipSource>;

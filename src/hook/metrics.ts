import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Queue } from '../queue/queue.ts';

/** What the server counts, in Prometheus' terms. */
export interface Metrics {
  registry: Registry;
  events: Counter<'provider' | 'result'>;
  verdicts: Counter<'decision'>;
  judging: Histogram;
  deliveries: Counter<'result'>;
  downloads: Counter<'result'>;
  submissions: Counter<'provider' | 'result'>;
  requests: Histogram<'route' | 'status'>;
}

export function makeMetrics(queue: Queue): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'retake_jobs',
    help: 'Jobs by state',
    labelNames: ['state'],
    registers,
    async collect() {
      for (const [state, count] of Object.entries(await queue.counts())) this.set({ state }, count);
    },
  });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    registry,
    events: counter('retake_events_total', 'Callbacks received', ['provider', 'result']),
    verdicts: counter('retake_verdicts_total', 'Clips judged', ['decision']),
    deliveries: counter('retake_deliveries_total', 'Verdicts sent out', ['result']),
    downloads: counter('retake_downloads_total', 'Clips fetched', ['result']),
    submissions: counter('retake_submissions_total', 'New generations asked for', ['provider', 'result']),
    judging: new Histogram({
      name: 'retake_judge_seconds',
      help: 'Time to judge a clip',
      buckets: [0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600],
      registers,
    }),
    requests: new Histogram({
      name: 'retake_request_seconds',
      help: 'Time to answer a request',
      labelNames: ['route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
  };
}

/**
 * One life of the hook for the crash test: works on the ledger until it is killed, from outside or by itself after a
 * number of statements. Environment: CRASH_CONFIG (JSON), CRASH_LOG (file), CRASH_AFTER (statements, optional).
 */
import { appendFileSync } from 'node:fs';
import Libsql from 'libsql';
import { parseHookConfig } from '../../src/hook/config.ts';
import { startEngine } from '../../src/hook/engine.ts';
import { judge as read } from './fake-report.ts';

const { CRASH_CONFIG, CRASH_LOG, CRASH_AFTER, CRASH_SECRET } = process.env as Record<string, string>;
const log = (line: string) => appendFileSync(CRASH_LOG, `${line}\n`);

let left = Number(CRASH_AFTER ?? Number.NaN);
const { exec } = Libsql.prototype;
Libsql.prototype.exec = function (sql: string) {
  // Odd numbers die with the statement done, even ones before it: both sides of every commit are reached.
  if (left === 0) process.kill(process.pid, 'SIGKILL');
  const result = exec.call(this, sql);
  if (left-- === 1 && Number(CRASH_AFTER) % 2 === 1) process.kill(process.pid, 'SIGKILL');
  return result;
};

const { context } = await startEngine({
  config: parseHookConfig(JSON.parse(CRASH_CONFIG)),
  env: { KEY: 'k', OUT: CRASH_SECRET },
  poll: 20,
  judge: async (path, options) => {
    const report = read(path, options);
    log(`start ${process.pid} ${path} ${Date.now()}`);
    return report;
  },
});
process.send?.('ready');
const timer = setInterval(async () => {
  const { waiting, running } = await context.queue.counts();
  if (waiting + running > 0) return;
  clearInterval(timer);
  process.exit(0);
}, 30);

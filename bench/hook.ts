/**
 * How quickly the hook server answers while it judges: `npm run bench:hook [-- <clip> [seconds]]`. The server runs in a
 * process of its own with as many judges as cores and more clips than it can finish; requests of four kinds come at a
 * fixed pace whatever the answers do, so that a stall shows in every request that it delays. A bare server that only
 * says "ok", in a process of its own, is asked at the same pace: what it takes is the machine's doing, not the hook's.
 * Prints a markdown table.
 */
import { spawn } from 'node:child_process';
import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixturePath, makeFixtures } from '../fixtures/make.ts';
import { signWebhook } from '../src/hook/signature.ts';

const [given, secondsText = '20'] = process.argv.slice(2);
const seconds = Number(secondsText);
const PER_SECOND = 60;
const SECRET = `whsec_${Buffer.from('a secret for the benchmark').toString('base64')}`;

if (given === undefined) await makeFixtures();
const clip = given ?? fixturePath('passing');
const folder = await mkdtemp(join(tmpdir(), 'retake-bench-hook-'));
const api = createServer((_, response) =>
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ id: 'v', status: 'in_progress' })),
);
await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve));
const config = {
  policy: 'editorial',
  listen: { port: 0 },
  roots: [folder],
  concurrency: availableParallelism(),
  providers: {
    sora: {
      adapter: 'sora',
      baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      keyEnv: 'BENCH_SECRET',
      secretEnv: 'BENCH_SECRET',
      poll: 3600,
    },
  },
};
await writeFile(join(folder, 'hook.yaml'), JSON.stringify(config));
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const server = spawn(
  process.execPath,
  ['--import', import.meta.resolve('tsx'), main, 'serve', '-c', join(folder, 'hook.yaml')],
  {
    env: { ...process.env, BENCH_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'ignore'],
  },
);
const url = await new Promise<string>(resolve => {
  let text = '';
  server.stdout.on('data', chunk => {
    text += chunk;
    const found = /listening on (\S+)/.exec(text);
    if (found) resolve(found[1]);
  });
});

// With a path it also brings a few bytes to the disk first, as the hook does before it says "accepted".
const bareSource = `
  const fs = require('fs');
  const file = fs.openSync(process.argv[1], 'a');
  require('http').createServer((q, r) => {
    if (q.url === '/') return r.end('ok');
    fs.writeSync(file, 'x'.repeat(500));
    fs.fdatasync(file, () => r.end('ok'));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port) });`;
const bare = spawn(process.execPath, ['-e', bareSource, join(folder, 'bare.log')], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const control = await new Promise<string>(resolve =>
  bare.stdout.once('data', port => resolve(`http://127.0.0.1:${String(port).trim()}`)),
);

const json = { 'content-type': 'application/json' };
const copies: string[] = [];
for (let i = 0; i < 200; i++) {
  const path = join(folder, `clip-${i}.mp4`);
  await copyFile(clip, path);
  // Other bytes, the same picture: an unknown box at the end.
  await appendFile(
    path,
    Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('free'), Buffer.from(String(i).padStart(8, '0'))]),
  );
  copies.push(path);
}
for (const path of copies.slice(0, 150))
  await fetch(`${url}/clips`, { method: 'POST', headers: json, body: JSON.stringify({ path }) });
const { job } = (await (
  await fetch(`${url}/clips`, { method: 'POST', headers: json, body: JSON.stringify({ path: copies[0] }) })
).json()) as { job: string };

let events = 0;
const kinds: Record<string, () => Promise<Response>> = {
  'GET /healthz': () => fetch(`${url}/healthz`),
  'GET /jobs/:id': () => fetch(`${url}/jobs/${job}`),
  'POST /hooks (signed)': () => {
    const body = JSON.stringify({ type: 'video.completed', data: { id: `video_${++events}` } });
    return fetch(`${url}/hooks/sora`, {
      method: 'POST',
      headers: { ...json, ...signWebhook(SECRET, `evt_${events}`, body, Date.now()) },
      body,
    });
  },
  'POST /clips (path)': () =>
    fetch(`${url}/clips`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ path: copies[150 + (events % 50)] }),
    }),
};
kinds['(bare server)'] = () => fetch(control);
kinds['(bare server that flushes)'] = () => fetch(`${control}/flush`);
const times = new Map<string, number[]>(Object.keys(kinds).map(kind => [kind, []]));
const open: Promise<void>[] = [];
const names = Object.keys(kinds);
let failures = 0;
// Two seconds for the judges to come up.
await new Promise(resolve => setTimeout(resolve, 2_000));
const start = performance.now();
for (let n = 0; n < seconds * PER_SECOND; n++) {
  const due = start + (n * 1000) / PER_SECOND;
  const wait = due - performance.now();
  if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
  const kind = names[n % names.length];
  const sent = performance.now();
  open.push(
    kinds[kind]().then(async response => {
      await response.arrayBuffer();
      if (!response.ok) failures++;
      times.get(kind)!.push(performance.now() - sent);
    }),
  );
}
await Promise.all(open);
const metrics = await (await fetch(`${url}/metrics`)).text();
const judged = [...metrics.matchAll(/^retake_verdicts_total\{.*\} (\d+)/gm)].reduce(
  (sum, [, count]) => sum + Number(count),
  0,
);
server.kill('SIGTERM');
bare.kill();
await new Promise(resolve => server.on('exit', resolve));
api.closeAllConnections();
api.close();
await rm(folder, { recursive: true, force: true });

const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
console.log(
  `${config.concurrency} judges busy, ${judged} clips judged, load ${loadavg()[0].toFixed(1)}, ${PER_SECOND} requests/s for ${seconds} s, ${failures} failed\n`,
);
const hookTimes = [...times].flatMap(([kind, values]) => (kind.startsWith('(') ? [] : values));
console.log('| Request | n | median ms | p95 | p99 | worst |\n|---|---|---|---|---|---|');
for (const [kind, values] of [...times, ['all of the hook', hookTimes] as const]) {
  const sorted = [...values].sort((a, b) => a - b);
  console.log(
    `| ${kind} | ${sorted.length} | ${at(sorted, 0.5)} | ${at(sorted, 0.95)} | ${at(sorted, 0.99)} | ${at(sorted, 1)} |`,
  );
}

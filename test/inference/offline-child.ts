/** Replaces every way out to the network by a recorder, builds and runs models, prints what was tried. `probe` tries for real, to show that it is seen. */
import dgram from 'node:dgram';
import dns from 'node:dns';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

const tried: string[] = [];
const doors: [string, object, string[]][] = [
  ['net', net, ['connect', 'createConnection']],
  ['socket', net.Socket.prototype, ['connect']],
  ['tls', tls, ['connect']],
  ['http', http, ['request', 'get']],
  ['https', https, ['request', 'get']],
  ['http2', http2, ['connect']],
  ['dns', dns, ['lookup', 'resolve', 'resolve4', 'resolve6']],
  ['dns.promises', dns.promises, ['lookup', 'resolve']],
  ['dgram', dgram, ['createSocket']],
  ['global', globalThis, ['fetch', 'WebSocket', 'EventSource']],
];
for (const [where, target, names] of doors) {
  for (const name of names) {
    const record = () => {
      tried.push(`${where}.${name}`);
      throw new Error(`no network: ${where}.${name}`);
    };
    Object.defineProperty(target, name, { value: record, configurable: true, writable: true });
  }
}
syncBuiltinESMExports();

if (process.argv[2] === 'probe') {
  const { request } = await import('node:http');
  for (const attempt of [
    () => fetch('http://127.0.0.1:9'),
    () => request('http://127.0.0.1:9'),
    () => new net.Socket().connect(9),
  ]) {
    try {
      await attempt();
    } catch {
      // Recorded.
    }
  }
} else {
  const { buildModels } = await import('../../src/inference/store.ts');
  const { openSession } = await import('../../src/inference/onnx.ts');
  await buildModels({ only: ['face-detection', 'voice-activity'] });
  for (const name of ['face-detection', 'voice-activity']) {
    const session = await openSession(name);
    await session.run();
    await session.dispose();
  }
}
console.log(JSON.stringify(tried));

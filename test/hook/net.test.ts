import { createHash } from 'node:crypto';
import fs, { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AddressPolicy, checkUrl, isPublicAddress, resolvePublic } from '../../src/hook/net/address.ts';
import { type ClientOptions, GuardedClient } from '../../src/hook/net/client.ts';
import { download, extensionOf, receive } from '../../src/hook/net/download.ts';
import { localServer, sendClip, tempFolder } from './support.ts';

const client = (options: ClientOptions = {}) => {
  const made = new GuardedClient({ patience: 2_000, ...options });
  onTestFinished(() => made.close());
  return made;
};
const code = (wanted: string, message?: RegExp) =>
  expect.objectContaining({ code: wanted, ...(message && { message: expect.stringMatching(message) }) });
const leftovers = (store: string) => (existsSync(join(store, 'incoming')) ? readdirSync(join(store, 'incoming')) : []);

describe('addresses', () => {
  it.each([
    ['8.8.8.8', true],
    ['93.184.216.34', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['127.0.0.1', false],
    ['127.255.255.254', false],
    ['0.0.0.0', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['192.0.0.1', false],
    ['198.18.0.1', false],
    ['203.0.113.9', false],
    ['224.0.0.1', false],
    ['240.0.0.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['::127.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['2001::1', false],
    ['fe80::1', false],
    ['fc00::1', false],
    ['fec0::1', false],
    ['ff02::1', false],
    ['2001:db8::1', false],
    ['4000::1', false],
    ['not an address', false],
  ])('%s is public: %s', (address, wanted) => expect(isPublicAddress(address)).toBe(wanted));

  it.each([
    'http://example.com/clip.mp4',
    'file:///etc/passwd',
    'ftp://example.com/clip.mp4',
    'data:video/mp4;base64,AAAA',
    'https://user:password@example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://169.254.169.254/latest/meta-data',
    'no url at all',
  ])('%s is not asked for', url => expect(() => checkUrl(url)).toThrow(code('refused')));

  it('reaches what the user trusts, wherever it is, and only that origin', () => {
    const policy = { trusted: ['http://127.0.0.1:9000'] };
    expect(checkUrl('http://127.0.0.1:9000/a', policy).pathname).toBe('/a');
    expect(() => checkUrl('http://127.0.0.1:9001/a', policy)).toThrow(code('refused'));
    expect(() => checkUrl('https://127.0.0.1:9000/a', policy)).toThrow(code('refused'));
  });

  it('refuses a name when one of its addresses is inside', async () => {
    const resolve = async () => [
      { address: '93.184.216.34', family: 4 as const },
      { address: '10.0.0.5', family: 4 as const },
    ];
    await expect(resolvePublic('mixed.example', { resolve })).rejects.toThrow(code('refused'));
  });
});

describe('the guarded client', () => {
  // 127.0.0.2 plays a public address: everything else on loopback is inside.
  const outside: AddressPolicy = { allowHttp: true, permits: address => address === '127.0.0.2' };
  const named = (...answers: string[]) => {
    let calls = 0;
    return async () => [{ address: answers[Math.min(calls++, answers.length - 1)], family: 4 as const }];
  };

  it('connects to the very address that it checked', async () => {
    const { url, seen } = await localServer((_, response) => sendClip(response, Buffer.from('inside')));
    const port = new URL(url).port;
    await expect(
      client({ ...outside, resolve: named('127.0.0.1') }).text(`http://cdn.example:${port}/`),
    ).rejects.toThrow(code('refused'));
    expect(seen).toEqual([]);
  });

  it('is not fooled by a name that changes its address (DNS rebinding)', async () => {
    const { url, seen } = await localServer((_, response) => sendClip(response, Buffer.from('inside')));
    const port = new URL(url).port;
    // The first answer is harmless, every later one points inside; nothing listens on the harmless one.
    const resolve = named('127.0.0.2', '127.0.0.1');
    const made = client({ ...outside, resolve });
    await expect(made.text(`http://rebind.example:${port}/`)).rejects.toThrow(code('download-failed'));
    await expect(made.text(`http://rebind.example:${port}/`)).rejects.toThrow(code('refused'));
    expect(seen).toEqual([]);
  });

  it('checks every redirect anew', async () => {
    const inside = await localServer((_, response) => sendClip(response, Buffer.from('secret')));
    const hop = await localServer(({ url }, response) =>
      response.writeHead(302, { location: decodeURIComponent(url.slice(1)) }).end(),
    );
    const made = client({ trusted: [hop.url], allowHttp: true });
    for (const target of [inside.url, 'http://169.254.169.254/', 'file:///etc/passwd', 'http://[::1]:1/']) {
      await expect(made.text(`${hop.url}/${encodeURIComponent(target)}`)).rejects.toThrow(code('refused'));
    }
    expect(inside.seen).toEqual([]);
    const round = await localServer((_, response) => response.writeHead(302, { location: '/' }).end());
    await expect(client({ trusted: [round.url] }).text(round.url)).rejects.toThrow(code('refused', /without end/));
  });

  it('does not carry secrets to another origin', async () => {
    const cdn = await localServer((_, response) => sendClip(response, Buffer.from('{}')));
    const api = await localServer((_, response) => response.writeHead(302, { location: `${cdn.url}/x` }).end());
    const headers = { authorization: 'Bearer key', 'x-goog-api-key': 'key', 'x-harmless': 'yes' };
    await client({ trusted: [api.url, cdn.url] }).text(api.url, { headers });
    expect(api.seen[0].headers).toMatchObject(headers);
    expect(cdn.seen[0].headers).toMatchObject({ 'x-harmless': 'yes' });
    expect(cdn.seen[0].headers).not.toHaveProperty('authorization');
    expect(cdn.seen[0].headers).not.toHaveProperty('x-goog-api-key');
  });

  it('reads no more text than it should', async () => {
    const { url } = await localServer((_, response) => response.end(Buffer.alloc(5 * 1024 * 1024, 0x20)));
    await expect(client({ trusted: [url] }).text(url)).rejects.toThrow(code('refused', /4 MiB/));
  });

  it('gives up on a server that says nothing', async () => {
    const { url } = await localServer(() => undefined);
    await expect(client({ trusted: [url], patience: 200 }).text(url)).rejects.toThrow(code('download-failed'));
  });
});

describe('downloads', () => {
  const fetchFrom = async (
    answer: Parameters<typeof localServer>[0],
    limits: Parameters<typeof download>[3] extends { limits?: infer L } | undefined ? L : never = {},
  ) => {
    const store = tempFolder();
    const { url } = await localServer(answer);
    const result = download(client({ trusted: [url] }), `${url}/out.mov?sig=1`, store, { limits });
    return { store, result };
  };

  it('keeps a clip under its hash, whole', async () => {
    const clip = Buffer.alloc(300_000, 'clip');
    const { store, result } = await fetchFrom((_, response) => sendClip(response, clip));
    const file = await result;
    const sha256 = createHash('sha256').update(clip).digest('hex');
    expect(file).toEqual({ sha256, bytes: clip.length, path: join(store, sha256.slice(0, 2), `${sha256}.mov`) });
    expect(readFileSync(file.path).equals(clip)).toBe(true);
    expect(leftovers(store)).toEqual([]);
  });

  it.each([
    ['403 on content', 'download-failed', /403/, r => r.writeHead(403).end('expired')],
    ['an expired link', 'download-failed', /410/, r => r.writeHead(410).end()],
    [
      'half a body',
      'download-failed',
      undefined,
      r => {
        r.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1000 });
        r.write(Buffer.alloc(400), () => r.destroy());
      },
    ],
    [
      'half a chunked body',
      'download-failed',
      undefined,
      r => {
        r.writeHead(200, { 'content-type': 'video/mp4' });
        r.write(Buffer.alloc(400), () => r.destroy());
      },
    ],
    ['an empty body', 'download-failed', /empty/, r => r.writeHead(200, { 'content-type': 'video/mp4' }).end()],
    [
      'an error page with status 200',
      'download-failed',
      /text\/html/,
      r => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>sorry'),
    ],
    [
      'JSON with status 200',
      'download-failed',
      /json/,
      r => r.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    ],
    [
      'an announced length beyond the limit',
      'clip-too-large',
      undefined,
      r => {
        r.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1_000_000_000_000 });
        r.write('x');
      },
    ],
    [
      'a body that never ends',
      'clip-too-large',
      undefined,
      r => {
        r.writeHead(200, { 'content-type': 'video/mp4' });
        const pump = () => {
          while (!r.destroyed && r.write(Buffer.alloc(65_536, 1)));
          r.once('drain', pump);
        };
        pump();
      },
    ],
    [
      'a compressed body (a bomb)',
      'refused',
      /compressed/,
      r =>
        r
          .writeHead(200, { 'content-type': 'video/mp4', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(10_000_000))),
    ],
    [
      'a gzip file named as a clip',
      'refused',
      /gzip/,
      r => r.writeHead(200, { 'content-type': 'video/mp4' }).end(gzipSync('x')),
    ],
    [
      'a zip named as a clip',
      'refused',
      /zip/,
      r => r.writeHead(200, { 'content-type': 'video/mp4' }).end(Buffer.from('504b030414000000', 'hex')),
    ],
  ] as [string, string, RegExp | undefined, (r: import('node:http').ServerResponse) => void][])(
    '%s: %s',
    async (_, wanted, message, answer) => {
      const { store, result } = await fetchFrom((_seen, response) => answer(response), { bytes: 2_000_000 });
      await expect(result).rejects.toThrow(code(wanted, message));
      expect(leftovers(store)).toEqual([]);
    },
  );

  it('lets go of a sender that drips', async () => {
    const drip = (response: import('node:http').ServerResponse) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1_000_000 });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const slow = await fetchFrom((_, response) => drip(response), { stall: 0.2, rate: 10_000 });
    await expect(slow.result).rejects.toThrow(code('download-failed', /slower/));
    const late = await fetchFrom((_, response) => drip(response), { seconds: 0.3, rate: 0 });
    await expect(late.result).rejects.toThrow(code('download-failed', /not there after/));
    expect(leftovers(slow.store)).toEqual([]);
  });

  it('takes exactly what was announced, and says when fewer bytes come', async () => {
    const raw = createTcpServer(socket =>
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 4\r\nconnection: close\r\n\r\nmore than four',
        ),
      ),
    );
    await new Promise<void>(resolve => raw.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void raw.close());
    const url = `http://127.0.0.1:${(raw.address() as { port: number }).port}`;
    const store = tempFolder();
    // HTTP ends the body where it was announced to end; that the clip is cut off is for judging to say.
    expect((await download(client({ trusted: [url] }), url, store)).bytes).toBe(4);
    await expect(receive(Readable.from([Buffer.from('abc')]), store, { expected: 4 })).rejects.toThrow(
      code('download-failed', /3 bytes/),
    );
  });

  it('leaves nothing of a body that fails while the file is being opened', async () => {
    const store = tempFolder();
    const { open } = fs;
    onTestFinished(() => void Object.assign(fs, { open }));
    const slow = (...args: unknown[]) => setTimeout(() => Reflect.apply(open, fs, args), 50);
    fs.open = Object.assign(slow as unknown as typeof open, { __promisify__: open.__promisify__ });
    const body = new PassThrough();
    const result = receive(body, store);
    body.destroy(new Error('the parser gave up'));
    await expect(result).rejects.toThrow(code('download-failed', /gave up/));
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(leftovers(store)).toEqual([]);
  });

  it('stops when it is told to, leaving nothing', async () => {
    const store = tempFolder();
    const { url } = await localServer((_, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4' });
      response.write(Buffer.alloc(1000));
    });
    const abort = new AbortController();
    const result = download(client({ trusted: [url] }), url, store, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(result).rejects.toThrow(code('aborted'));
    expect(leftovers(store)).toEqual([]);
  });

  it('takes a file ending only from those it knows', () => {
    expect(extensionOf('/a/clip.WEBM')).toBe('.webm');
    expect(extensionOf('/a/clip.php', 'video/quicktime')).toBe('.mov');
    expect(extensionOf('/a/../../etc/passwd', 'video/x-unknown')).toBe('.mp4');
    expect(extensionOf('content', 'image/gif')).toBe('.gif');
  });
});

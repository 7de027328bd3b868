import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadHookConfig, parseHookConfig, policyFrom } from '../../src/hook/config.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { tempFolder } from './support.ts';

describe('the configuration', () => {
  it('accepts what the documentation shows', () => {
    const page = readFileSync(new URL('../../docs/hook.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text));
    expect(blocks).toHaveLength(2);
    for (const block of blocks) expect(() => parseHookConfig(block)).not.toThrow();
  });

  it('is safe by default: loopback, no provider, no target, no spending', () => {
    const config = parseHookConfig({});
    expect(config.listen.host).toBe('127.0.0.1');
    expect([config.providers, config.deliver, config.roots, config.trusted, config.allowHttp]).toEqual([
      {},
      [],
      [],
      [],
      false,
    ]);
    expect(config.regenerate).toMatchObject({ enabled: false, perShot: 0, perDay: 0 });
  });

  it.each([
    [{ listen: { port: 70_000 } }, /listen\.port/],
    [{ providers: { 'Bad Name': { adapter: 'sora' } } }, /providers/],
    [{ providers: { a: { adapter: 'unknown' } } }, /providers\.a\.adapter/],
    [{ providers: { a: { adapter: 'sora', keyEnv: 'sk-not-a-name' } } }, /keyEnv.*environment variable/],
    [{ providers: { a: { adapter: 'sora', baseUrl: 'file:///etc' } } }, /baseUrl/],
    [{ deliver: [{ url: 'https://a.example' }] }, /deliver\.0/],
    [{ deliver: [{ command: [] }] }, /deliver\.0/],
    [{ typo: 1 }, /typo/],
    [
      { regenerate: { enabled: true }, providers: { a: { adapter: 'sora', price: { perCall: 1, currency: 'EUR' } } } },
      /EUR.*USD/,
    ],
  ])('names the key that is wrong: %j', (value, message) => {
    expect(() => parseHookConfig(value)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  it('reads paths relative to its file', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'etc'));
    const file = join(folder, 'etc', 'hook.yaml');
    writeFileSync(file, 'roots: [../clips]\npolicy: ./own.yaml\n');
    writeFileSync(join(folder, 'etc', 'own.yaml'), 'extends: export\nstrict: false\n');
    const config = await loadHookConfig(file);
    expect(config).toMatchObject({
      roots: [join(folder, 'clips')],
      store: join(folder, 'etc', '.retake', 'clips'),
      ledger: join(folder, 'etc', '.retake', 'ledger.db'),
    });
    expect((await policyFrom(config.policy)).strict).toBe(false);
    expect((await policyFrom('draft')).hash).toBe(resolvePolicy('draft').hash);
    await expect(policyFrom(join(folder, 'none.yaml'))).rejects.toThrow(
      expect.objectContaining({ code: 'policy-unreadable' }),
    );
  });

  it('refuses files that are broken or swell', async () => {
    const file = join(tempFolder(), 'hook.yaml');
    writeFileSync(file, 'a: &a [x, x]\nb: &b [*a, *a]\nroots: [*b, *b]\n');
    await expect(loadHookConfig(file)).rejects.toThrow(expect.objectContaining({ code: 'usage' }));
    writeFileSync(file, 'roots: [');
    await expect(loadHookConfig(file)).rejects.toThrow(expect.objectContaining({ code: 'usage' }));
    await expect(loadHookConfig(`${file}.none`)).rejects.toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

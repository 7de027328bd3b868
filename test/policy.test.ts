import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadPolicy } from '../src/cli/load-policy.ts';
import { detectors } from '../src/detectors/index.ts';
import type { RetakeError } from '../src/errors.ts';
import { policyJsonSchema, resolvePolicy, withStrict } from '../src/policy.ts';
import { presets } from '../src/presets.ts';
import { scripted } from './helpers.ts';

const some = [scripted('black', []), scripted('freeze', [])];
const errorOf = (source: unknown): RetakeError => {
  try {
    resolvePolicy(source, 'p.yaml', some);
  } catch (thrown) {
    return thrown as RetakeError;
  }
  throw new Error('the policy was accepted');
};

describe('resolvePolicy', () => {
  it('fills in what a file leaves out from the preset it extends', () => {
    const policy = resolvePolicy({ extends: 'draft', handle: 2, detectors: { freeze: { limit: 7 } } }, 'p', some);
    expect(policy).toMatchObject({ name: 'draft', handle: 2, strict: false });
    expect(policy.detectors.black).toEqual({ level: 'regenerate', options: { limit: 1 } });
    expect(policy.detectors.freeze).toEqual({ level: 'regenerate', options: { limit: 7 } });
  });

  it('takes a bare level and a level beside options', () => {
    const policy = resolvePolicy({ detectors: { black: 'off', freeze: { level: 'review', limit: 3 } } }, 'p', some);
    expect(policy.detectors).toEqual({
      black: { level: 'off', options: { limit: 1 } },
      freeze: { level: 'review', options: { limit: 3 } },
    });
  });

  it('hashes what decides and nothing else', () => {
    const base = resolvePolicy({ extends: 'draft' }, 'p', some);
    expect(resolvePolicy({ extends: 'draft', name: 'other' }, 'p', some).hash).toBe(base.hash);
    expect(resolvePolicy({ extends: 'draft', detectors: { black: 'off' } }, 'p', some).hash).not.toBe(base.hash);
    expect(withStrict(base).hash).not.toBe(base.hash);
    expect(withStrict(base).hash).toBe(resolvePolicy({ extends: 'draft', strict: true }, 'p', some).hash);
  });

  it.each([
    [{ handel: 1 }, /handel.*did you mean "handle"/],
    [{ detectors: { blak: 'off' } }, /detectors.*blak.*did you mean "black"/],
    [{ detectors: { black: 'sometimes' } }, /detectors\.black/],
    [{ detectors: { black: { limit: 'much' } } }, /detectors\.black\.limit.*number/],
    [{ detectors: { black: { limt: 2 } } }, /detectors\.black.*limt.*did you mean "limit"/],
    [{ shots: [0] }, /shots/],
    [{ extends: 'nothing' }, /extends/],
    [42, /p\.yaml/],
  ])('refuses %j and points at the key', (source, message) => {
    const error = errorOf(source);
    expect(error.code).toBe('policy-invalid');
    expect(error.message).toMatch(message);
  });
});

describe('presets', () => {
  it.each(Object.keys(presets))('%s resolves with every detector and fits its own JSON Schema', name => {
    const policy = resolvePolicy(name, name);
    expect(Object.keys(policy.detectors)).toEqual(detectors.map(({ meta }) => meta.id));
  });

  it('leave the key `level` to the policy: no detector has an option of that name', () => {
    expect(detectors.filter(({ meta }) => 'level' in meta.options.shape).map(({ meta }) => meta.id)).toEqual([]);
  });

  it('name only detectors that exist', () => {
    const known = new Set(detectors.map(({ meta }) => meta.id));
    for (const preset of Object.values(presets))
      expect(Object.keys(preset.detectors).filter(id => !known.has(id))).toEqual([]);
  });
});

describe('policyJsonSchema', () => {
  it('is the one that is published (npm run docs)', async () => {
    const published = new URL('../docs/policy.schema.json', import.meta.url);
    expect(JSON.parse(await readFile(published, 'utf8'))).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  const validate = new Ajv2020({ strict: false, formats: { uri: true } }).compile(policyJsonSchema());
  it('accepts what the loader accepts and refuses what it refuses', () => {
    expect(validate({ extends: 'export', detectors: { black: { level: 'review' } } })).toBe(true);
    expect(validate({ detectors: { black: 'sometimes' } })).toBe(false);
    expect(validate({ detectors: { nonsense: 'off' } })).toBe(false);
    expect(validate({ handle: -1 })).toBe(false);
  });
});

describe('loadPolicy', () => {
  const file = async (text: string): Promise<string> => {
    const path = join(await mkdtemp(join(tmpdir(), 'retake-policy-')), 'policy.yaml');
    await writeFile(path, text);
    return path;
  };

  it('reads YAML and JSON', async () => {
    expect(await loadPolicy(await file('extends: export\nhandle: 3 # seconds\n'))).toMatchObject({
      name: 'export',
      handle: 3,
    });
    expect(await loadPolicy(await file('{"extends":"draft","name":"x"}'))).toMatchObject({ name: 'x' });
    expect(await loadPolicy(await file(''))).toMatchObject({ name: 'editorial' });
  });

  it('finds reference pictures from where the file is', async () => {
    const path = await file('references: [place.png, ../other.jpg, /absolute.png]\n');
    const folder = dirname(path);
    const { references, hash } = await loadPolicy(path);
    expect(references).toEqual([join(folder, 'place.png'), join(dirname(folder), 'other.jpg'), '/absolute.png']);
    expect(hash).not.toBe((await loadPolicy(await file(''))).hash);
    expect((await loadPolicy(await file('references: []\n'))).hash).toBe(resolvePolicy('editorial').hash);
    await expect(loadPolicy(await file('references: [7]\n'))).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('refuses reference pictures that nothing would look at', async () => {
    const off = 'references: [place.png]\ndetectors: { environment-consistency: off }\n';
    await expect(loadPolicy(await file(off))).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringContaining('environment-consistency is off'),
    });
    expect((await loadPolicy(await file(off.replace('[place.png]', '[]')))).references).toBeUndefined();
  });

  it('says what is wrong with a file', async () => {
    await expect(loadPolicy('no-such-policy.yaml')).rejects.toMatchObject({ code: 'policy-unreadable' });
    await expect(loadPolicy(await file('a: [1, 2'))).rejects.toMatchObject({ code: 'policy-invalid' });
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`;
    await expect(loadPolicy(await file(bomb))).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('understands its own print', async () => {
    const { stringify } = await import('yaml');
    const policy = resolvePolicy('export');
    const { hash: _hash, ...rest } = policy;
    const printed = {
      ...rest,
      name: 'export',
      detectors: Object.fromEntries(
        Object.entries(policy.detectors).map(([id, { level, options }]) => [id, { level, ...options }]),
      ),
    };
    expect(resolvePolicy(parse(stringify(printed))).hash).toBe(policy.hash);
  });
});

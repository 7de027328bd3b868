import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  documentedIds,
  loadDetector,
  optionsTable,
  withDetectorList,
  withOptionsTable,
} from '../../src/detectors/docs.ts';
import { detectors } from '../../src/detectors/index.ts';

const sample = {
  meta: {
    id: 'sample',
    options: z.object({
      seconds: z.number().positive().default(0.25).describe('Seconds: shortest | stretch.'),
      share: z.number().min(0).max(1).default(0.5).describe('Share of the picture.'),
      mode: z.enum(['a', 'b']).default('a').describe('Which.'),
      strict: z.boolean().default(false).describe('Whether.'),
    }),
  },
};

describe('optionsTable', () => {
  it('lists every option with default, bounds and description', () => {
    expect(optionsTable(sample)).toBe(
      [
        '| Option | Default | Allowed | Meaning |',
        '|---|---|---|---|',
        '| `seconds` | `0.25` | > 0 | Seconds: shortest \\| stretch. |',
        '| `share` | `0.5` | ≥ 0, ≤ 1 | Share of the picture. |',
        '| `mode` | `"a"` | a, b | Which. |',
        '| `strict` | `false` | boolean | Whether. |',
      ].join('\n'),
    );
  });

  it('says so when there are none', () => {
    expect(optionsTable({ meta: { id: 'none', options: z.object({}) } })).toBe('No options.');
  });

  it('replaces only what is between the markers, and refuses a page without them', () => {
    const page = 'before\n<!-- options -->\nold\n<!-- /options -->\nafter\n';
    const updated = withOptionsTable(page, sample);
    expect(updated.startsWith('before\n<!-- options -->\n| Option')).toBe(true);
    expect(updated.endsWith('|\n<!-- /options -->\nafter\n')).toBe(true);
    expect(updated).not.toContain('old');
    expect(withOptionsTable(updated, sample)).toBe(updated);
    expect(() => withOptionsTable('nothing here', sample)).toThrow(/markers/);
  });
});

describe('detector pages', async () => {
  it.each(await documentedIds())('%s.md contains its current options table', async id => {
    const page = await readFile(fileURLToPath(new URL(`../../src/detectors/${id}.md`, import.meta.url)), 'utf8');
    expect(withOptionsTable(page, await loadDetector(id))).toBe(page);
  });
});

describe('README', () => {
  it('lists every detector as declared (npm run docs)', async () => {
    const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    expect(withDetectorList(readme, detectors)).toBe(readme);
  });

  it('has a page for every detector', async () => {
    expect(await documentedIds()).toEqual(detectors.map(({ meta }) => meta.id).sort());
  });
});

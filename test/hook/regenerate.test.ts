import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/finding.ts';
import { regenerateSettings } from '../../src/hook/config.ts';
import type { Capabilities } from '../../src/hook/providers/provider.ts';
import { Campaigns, nextSeed } from '../../src/hook/regenerate/campaign.ts';
import { choose, type Situation } from '../../src/hook/regenerate/choose.ts';
import { compareQuality, findingsOf, qualityOf } from '../../src/hook/regenerate/quality.ts';
import { rewritePrompt } from '../../src/hook/regenerate/rewrite.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { openLedger } from '../../src/takes/ledger.ts';
import { fakeReport, type Script } from './fake-report.ts';

const policy = { name: 'draft', hash: 'h' };
const report = (script: Script) => fakeReport(script, 'a'.repeat(64), policy);
const can: Capabilities = {
  remix: true,
  extend: 'frame',
  seed: true,
  negativePrompt: true,
  submit: true,
  promptLength: 1000,
  events: 'signed',
};
const situation = (more: Partial<Situation>): Situation => ({
  report: report({ decision: 'regenerate' }),
  settings: regenerateSettings.parse({ enabled: true }),
  capabilities: can,
  hasParentJob: true,
  hasPrompt: true,
  canGrab: true,
  tries: 0,
  stale: 0,
  minutes: 0,
  ...more,
});
const settings = (more: object) => regenerateSettings.parse({ enabled: true, ...more });

describe('the choice', () => {
  it.each([
    ['keeps a pass', { report: report({ decision: 'pass' }) }, 'keep'],
    ['keeps a review unless told otherwise', { report: report({ decision: 'review' }) }, 'keep'],
    [
      'acts on a review when told',
      { report: report({ decision: 'review' }), settings: settings({ on: ['review'], actions: ['whole'] }) },
      'whole',
    ],
    ['leaves what could not be judged to a person', { report: report({ decision: 'error' }) }, 'human'],
    [
      'trims when one clean stretch is long enough',
      { report: report({ decision: 'regenerate', bad: [100, 120] }) },
      'trim',
    ],
    ['trims a bad beginning too', { report: report({ decision: 'regenerate', bad: [0, 20] }) }, 'trim'],
    ['extends from the last good frame', { report: report({ decision: 'regenerate', bad: [70, 120] }) }, 'extend'],
    [
      'cannot extend without a picture of it',
      { report: report({ decision: 'regenerate', bad: [70, 120] }), canGrab: false },
      'remix',
    ],
    [
      'cannot extend where a provider only goes on from the end',
      { report: report({ decision: 'regenerate', bad: [70, 120] }), capabilities: { ...can, extend: 'end' as const } },
      'remix',
    ],
    [
      'does not extend an extension',
      { report: report({ decision: 'regenerate', bad: [70, 120] }), last: 'extend' as const },
      'remix',
    ],
    ['remixes what is bad in the middle', {}, 'remix'],
    ['does not remix twice in a row', { last: 'remix' as const }, 'whole'],
    ['makes it whole again where remix is not known', { capabilities: { ...can, remix: false } }, 'whole'],
    ['makes it whole again when the generation failed', { report: null }, 'whole'],
    ['stops when the tries are used', { tries: 3 }, 'human'],
    ['stops when the time is', { minutes: 200 }, 'human'],
    ['stops when it gets no better', { stale: 2 }, 'human'],
    ['cannot ask a provider that is not configured', { capabilities: undefined }, 'human'],
    ['cannot ask one that takes nothing', { capabilities: { ...can, submit: false } }, 'human'],
    ['needs a prompt', { hasPrompt: false, last: 'remix' as const }, 'human'],
    ['does only what is permitted', { settings: settings({ actions: ['trim'] }) }, 'human'],
  ] as [string, Partial<Situation>, string][])('%s', (_, more, action) => {
    const choice = choose(situation(more));
    expect(choice.action).toBe(action);
    expect(choice.reason.length).toBeGreaterThan(5);
  });

  it('names the frames', () => {
    expect(choose(situation({ report: report({ decision: 'regenerate', bad: [70, 120] }) }))).toMatchObject({
      lastGood: 69,
    });
    expect(choose(situation({ report: report({ decision: 'regenerate', bad: [100, 120] }) }))).toMatchObject({
      range: { start: 0, end: 100 },
    });
  });
});

describe('quality', () => {
  const quality = (script: Script) => qualityOf(report(script));
  it('orders by verdict, then usable share, then weight of the findings', () => {
    const order = [
      quality({ decision: 'pass' }),
      quality({ decision: 'review', bad: [100, 120] }),
      quality({ decision: 'regenerate', bad: [40, 60], confidence: 0.6 }),
      quality({ decision: 'regenerate', bad: [100, 120] }),
      quality({ decision: 'regenerate', bad: [20, 80] }),
      quality({ decision: 'error' }),
    ];
    for (let i = 1; i < order.length; i++) expect(compareQuality(order[i - 1], order[i])).toBeLessThan(0);
    const hardly = quality({ decision: 'regenerate', bad: [100, 120], confidence: 0.951 });
    expect(Math.abs(compareQuality(order[3], hardly))).toBe(0);
  });
});

describe('the prompt', () => {
  const finding = (detector: string, advice?: string): Finding => ({
    ...findingsOf(report({ decision: 'regenerate' }))[0],
    detector,
    advice,
  });
  const options = { limit: 1000, negatives: true };

  it('keeps the original whole and adds what was wrong, said positively', () => {
    const { prompt, negativePrompt, addressed } = rewritePrompt('A pianist plays', [finding('hand-integrity')], {
      ...options,
      negativePrompt: 'rain, blur',
    });
    expect(prompt.startsWith('A pianist plays. ')).toBe(true);
    expect(prompt).toMatch(/five fingers/);
    expect(prompt).not.toMatch(/\b(no|not|without deformed)\b/);
    expect(negativePrompt).toMatch(/^rain, blur, extra fingers/);
    expect(addressed).toEqual(['hand-integrity/frozen']);
  });

  it('says first and louder what came back', () => {
    const { prompt } = rewritePrompt('A.', [finding('flicker'), finding('freeze')], {
      ...options,
      persisted: new Set(['freeze/frozen']),
    });
    expect(prompt.indexOf('Most important: everything keeps moving')).toBeGreaterThan(0);
    expect(prompt.indexOf('Most important')).toBeLessThan(prompt.indexOf('Lighting'));
  });

  it('leaves settings out, takes advice for what it has no words for, says nothing twice', () => {
    expect(
      rewritePrompt(
        'A.',
        [finding('loudness', 'Export at −14 LUFS.'), finding('decode-errors', 'Try another seed.')],
        options,
      ).prompt,
    ).toBe('A.');
    expect(rewritePrompt('A.', [finding('own-check', 'Ask for a slower camera. It helps.')], options).prompt).toBe(
      'A. A slower camera.',
    );
    expect(rewritePrompt('A.', [finding('own-check', 'Describe the export settings.')], options).prompt).toBe('A.');
    expect(
      rewritePrompt('A.', [finding('freeze'), { ...finding('freeze'), kind: 'other' }], options).prompt.match(
        /keeps moving/g,
      ),
    ).toHaveLength(1);
  });

  it('never cuts the original and never passes the limit', () => {
    const long = 'x'.repeat(980);
    expect(rewritePrompt(long, [finding('hand-integrity')], options).prompt).toBe(long);
    const over = 'x'.repeat(2_000);
    expect(rewritePrompt(over, [finding('freeze')], options).prompt).toBe(over);
    const many = ['black', 'freeze', 'flicker', 'sharpness', 'morphing'].map(id => finding(id));
    expect(rewritePrompt('A.', many, options).addressed).toHaveLength(3);
    expect(rewritePrompt('A.', many, { ...options, negatives: false })).not.toHaveProperty('negativePrompt');
  });
});

describe('seeds', () => {
  it('are new, kept or counted up, and repeatable', () => {
    const ledger = openLedger(':memory:');
    const root = ledger.addTake({ seed: '18446744073709551615' });
    expect(nextSeed('keep', root, 1)).toBe('18446744073709551615');
    expect(nextSeed('increment', root, 2)).toBe('18446744073709551617');
    const fresh = [1, 2, 3].map(number => nextSeed('new', root, number));
    expect(new Set(fresh).size).toBe(3);
    expect(nextSeed('new', root, 2)).toBe(fresh[1]);
    for (const seed of fresh) expect(Number(seed)).toBeLessThan(2 ** 31);
    ledger.close();
  });
});

describe('the books', () => {
  const caps = { triesPerDay: 100, minutesPerDay: 1440, perShot: 1, perDay: 1.5, currency: 'USD' };
  const open = () => {
    let time = Date.UTC(2026, 0, 1, 12);
    const ledger = openLedger(':memory:', () => time);
    const campaigns = new Campaigns(ledger, () => time);
    const shot = () => {
      const take = ledger.addTake({ provider: 'x' });
      campaigns.begin(take.id);
      return take.id;
    };
    return { ledger, campaigns, shot, sleep: (ms: number) => (time += ms) };
  };

  it('book before the call and refuse exactly the call that would pass a cap', () => {
    const { campaigns, shot, sleep } = open();
    const [a, b] = [shot(), shot()];
    // 0.1 ten times is exactly 1: no error of binary fractions may eat or add a call.
    for (let i = 0; i < 10; i++)
      expect(campaigns.reserve(a, 0.1, 'x', caps, {}, `t${i}`)).toMatchObject({ try: i + 1, amount: 0.1 });
    expect(campaigns.reserve(a, 0.1, 'x', caps, {}, 't10')).toMatch(/cap per shot/);
    expect(campaigns.reserve(a, 0.000001, 'x', caps, {}, 't11')).toMatch(/cap per shot/);
    for (let i = 0; i < 5; i++) expect(campaigns.reserve(b, 0.1, 'x', caps, {}, `u${i}`)).toBeTypeOf('object');
    expect(campaigns.reserve(b, 0.1, 'x', caps, {}, 'u5')).toMatch(/cap per day/);
    sleep(86_400_000);
    expect(campaigns.reserve(b, 0.1, 'x', caps, {}, 'u5')).toBeTypeOf('object');
  });

  it('book the same step once, and give back what was turned down', () => {
    const { campaigns, shot } = open();
    const a = shot();
    const first = campaigns.reserve(a, 1, 'x', caps, { n: 1 }, 'take_1');
    expect(campaigns.reserve(a, 1, 'x', caps, { n: 2 }, 'take_1')).toEqual(first);
    expect(campaigns.reserve(a, 1, 'x', caps, {}, 'take_2')).toMatch(/cap/);
    const { id } = first as { id: string };
    expect(campaigns.move(id, 'reserved', 'sent')).toBe(true);
    expect(campaigns.move(id, 'reserved', 'sent')).toBe(false);
    expect(campaigns.move(id, 'sent', 'released')).toBe(true);
    expect(campaigns.reserve(a, 1, 'x', caps, {}, 'take_2')).toBeTypeOf('object');
  });

  it('count the tries of a day over all shots', () => {
    const { campaigns, shot, sleep } = open();
    const few = { ...caps, triesPerDay: 2 };
    for (const id of ['a', 'b']) expect(campaigns.reserve(shot(), 0.1, 'x', few, {}, id)).toBeTypeOf('object');
    expect(campaigns.reserve(shot(), 0.1, 'x', few, {}, 'c')).toMatch(/tries of today/);
    sleep(86_400_000);
    expect(campaigns.reserve(shot(), 0.1, 'x', few, {}, 'c')).toBeTypeOf('object');
  });

  it('count the minutes of a day over all shots: what is under way, has come, has failed or was given up', () => {
    const { ledger, campaigns, shot, sleep } = open();
    const short = { ...caps, minutesPerDay: 10 };
    const minute = 60_000;
    const begin = (root: string) => {
      const { id } = campaigns.reserve(root, 0.1, 'x', short, {}, root) as { id: string };
      campaigns.move(id, 'reserved', 'sent');
      return id;
    };
    const asked = (id: string) => {
      const take = ledger.addTake({ provider: 'x', providerJob: id });
      campaigns.move(id, 'sent', 'settled', take.id);
      return take.id;
    };
    const [come, failed, lost, open1] = [shot(), shot(), shot(), shot()];
    const [a, b] = [asked(begin(come)), asked(begin(failed))];
    begin(lost);
    sleep(2 * minute);
    ledger.attach(a, { sha256: 'a'.repeat(64), bytes: 1, path: 'x' });
    ledger.fail(b);
    sleep(minute);
    campaigns.end(lost, 'human', 'nobody knows');
    expect(campaigns.minutesToday()).toBe(2 + 2 + 3);
    asked(begin(open1));
    sleep(2.5 * minute);
    expect(campaigns.minutesToday()).toBe(9.5);
    expect(campaigns.reserve(shot(), 0.1, 'x', short, {}, 'y')).toBeTypeOf('object');
    sleep(minute);
    expect(campaigns.reserve(shot(), 0.1, 'x', short, {}, 'z')).toBe('11 of 10 minutes of today are used');
    sleep(86_400_000);
    expect(campaigns.reserve(shot(), 0.1, 'x', short, {}, 'z')).toBeTypeOf('object');
  });

  it('spend nothing when no money is allowed', () => {
    const { campaigns, shot } = open();
    expect(campaigns.reserve(shot(), 0.01, 'x', { ...caps, perShot: 0, perDay: 0 }, {}, 't')).toMatch(/cap per shot/);
  });

  it('keep the best take and count what got no better', () => {
    const { ledger, campaigns, shot } = open();
    const root = shot();
    const draft = resolvePolicy('draft');
    const judge = (id: string, digit: string, script: Script) => {
      ledger.attach(id, { sha256: digit.repeat(64), bytes: 1, path: 'x' });
      ledger.addReport(fakeReport(script, digit.repeat(64), draft));
    };
    const next = (digit: string, script: Script) => {
      const spend = campaigns.reserve(root, 0.01, 'x', caps, {}, digit) as { id: string };
      const take = ledger.addTake({ parent: root });
      campaigns.move(spend.id, 'reserved', 'settled', take.id);
      judge(take.id, digit, script);
      return take.id;
    };
    judge(root, 'a', { decision: 'regenerate', bad: [40, 60] });
    expect(campaigns.standing(root, draft.hash)).toEqual({ best: root, stale: 0 });
    const better = next('b', { decision: 'regenerate', bad: [50, 60] });
    next('c', { decision: 'regenerate', bad: [10, 90] });
    next('d', { decision: 'regenerate', bad: [50, 60] });
    expect(campaigns.standing(root, draft.hash)).toEqual({ best: better, stale: 2 });
    const clean = next('e', { decision: 'pass' });
    expect(campaigns.standing(root, draft.hash)).toEqual({ best: clean, stale: 0 });
  });
});

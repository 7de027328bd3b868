import { realpath } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { RetakeError } from '../errors.ts';
import { loadYaml } from '../gate/yaml.ts';
import { measureFile } from '../hook/clip-job.ts';
import { ledgerPath } from '../takes/database.ts';
import { diffTakes, dossier, exportLedger, lineage } from '../takes/history.ts';
import { type Ledger, openLedger } from '../takes/ledger.ts';
import { plannedSound } from '../takes/planned-sound.ts';
import type { Release, TakeFactsInput } from '../takes/take.ts';
import { writeOutput } from './output.ts';
import { EXIT, runCommand } from './run.ts';
import { readFacts } from './take-facts.ts';
import { differenceLines, json, lineageLine, takeLine } from './take-lines.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number, 0 or more');
  return value;
};
const pairs = (text: string, before: Record<string, string | number> = {}): Record<string, string | number> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write name=value');
  const value = text.slice(at + 1);
  return { ...before, [text.slice(0, at)]: /^-?\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : value };
};
const several = (text: string, before: string[] = []): string[] => [...before, text];

interface Common {
  ledger?: string;
  json?: boolean;
}

/** `retake takes …`: the ledger of prompts, seeds, clips, verdicts, decisions and consent. */
export function takesCommand(): Command {
  const takes = new Command('takes').description('The ledger: every take with all it took to make it').addHelpText(
    'after',
    `
The ledger is one file: --ledger, else $RETAKE_LEDGER, else .retake/ledger.db here or in the nearest folder above.

Examples:
  $ retake takes add shot-010.mp4 --shot 010 --provider sora --model sora-2 --prompt "A red kite …" --seed 42
  $ retake takes list --shot 010
  $ retake takes diff take_1f2e take_93ab
  $ retake takes export --out ledger.json`,
  );
  const sub = (name: string, summary: string) =>
    takes
      .command(name)
      .description(summary)
      .option('--ledger <file>', 'the ledger file')
      .option('--json', 'print JSON');

  sub('add', 'Put a clip into the ledger')
    .argument('<clip>')
    .option('--meta <file>', 'JSON with the facts below; options win over it')
    .option('--shot <name>', 'the project’s name of the shot')
    .option('--provider <name>')
    .option('--model <name>')
    .option('--prompt <text>')
    .option('--negative-prompt <text>')
    .option('--seed <n>')
    .option('--param <name=value>', 'a parameter of the generation; repeat for more', pairs)
    .option('--reference <file|url>', 'a picture or clip that was given; repeat for more', several)
    .option('--parent <take>', 'the take that it was made from')
    .option('--relation <word>', 'whole, remix, extend or trim')
    .option('--job <id>', 'the provider’s id of the generation')
    .option('--cost <amount>', 'what it cost', number)
    .option('--currency <code>', 'of the cost', 'USD')
    .option('--audio-plan <file>', 'lines, silence and music in the clip’s own time (YAML or JSON)')
    .option('--note <text>')
    .action((clip: string, options: AddOptions) => run(options, ledger => add(ledger, clip, options)));

  sub('list', 'Takes, newest first')
    .option('--shot <name>')
    .option('--provider <name>')
    .option('--prompt <words>', 'words that the prompt contains')
    .option('--decision <verdict>', 'newest verdict: pass, review, regenerate or error')
    .option('--limit <n>', 'most takes to list', number, 50)
    .action((options: Common & Parameters<Ledger['takes']>[0] & object) =>
      run(options, ledger => {
        const { shot, provider, prompt, decision, limit } = options;
        const found = ledger.takes({ shot, provider, prompt, decision, limit });
        return options.json ? json(found) : found.map(take => takeLine(ledger, take)).join('');
      }),
    );

  sub('show', 'Everything about a take')
    .argument('<take>')
    .action((id: string, options: Common) => run(options, ledger => json(dossier(ledger, id))));

  sub('plan', 'Say what should be heard in a take: a later plan replaces an earlier one')
    .argument('<take>')
    .argument('<file>', 'lines, silence and music in the clip’s own time (YAML or JSON)')
    .action((id: string, file: string, options: Common) =>
      run(options, async ledger => {
        const { value } = await loadYaml(file, plannedSound);
        ledger.planSound(id, value);
        return json(ledger.take(id));
      }),
    );

  sub('diff', 'What was done differently between two takes')
    .argument('<a>')
    .argument('<b>')
    .action((a: string, b: string, options: Common) =>
      run(options, ledger => {
        const differences = diffTakes(ledger.take(a), ledger.take(b));
        return options.json ? json(differences) : differences.map(differenceLines).join('') || 'no difference\n';
      }),
    );

  sub('lineage', 'The family of a take, from the first one on')
    .argument('<take>')
    .action((id: string, options: Common) =>
      run(options, ledger => {
        const nodes = lineage(ledger, id);
        return options.json ? json(nodes) : nodes.map(lineageLine).join('');
      }),
    );

  sub('export', 'The whole ledger as JSON: takes, reports, decisions, consent')
    .option('--out <file>', 'instead of stdout')
    .action((options: Common & { out?: string }) =>
      run(options, async ledger => {
        const text = json(exportLedger(ledger));
        if (options.out === undefined) return text;
        await writeOutput(options.out, text);
        return '';
      }),
    );

  for (const kind of ['approve', 'reject', 'waive'] as const) {
    const about = {
      approve: 'A person approves a take',
      reject: 'A person rejects a take',
      waive: 'A person waives a finding: the next judgement of these bytes honours it',
    }[kind];
    sub(kind, about)
      .argument('<take>')
      .requiredOption('--who <name>', 'who decides')
      .option('--reason <text>')
      .option('--finding <key>', 'the finding that is meant, such as freeze/freeze@84-120')
      .option('--until <date>', 'until when it holds')
      .action((id: string, options: Common & { who: string; reason?: string; finding?: string; until?: string }) =>
        run(options, ledger => {
          const { who, reason, finding, until } = options;
          // Without its finding it would waive nothing, silently.
          if (kind === 'waive' && finding === undefined)
            throw new RetakeError('usage', '--finding: which one is waived?');
          if (until !== undefined && Number.isNaN(Date.parse(until)))
            throw new RetakeError('usage', '--until is not a date');
          return json(ledger.decide({ take: ledger.take(id).id, kind, who, reason, finding, until }));
        }),
      );
  }
  addConsent(sub);
  return takes;
}

/** People, releases and disclosures. */
function addConsent(sub: (name: string, summary: string) => Command): void {
  sub('people', 'People in the ledger, with their releases').action((options: Common) =>
    run(options, ({ consent }) => json(consent.people().map(one => ({ ...one, releases: consent.releases(one.id) })))),
  );
  sub('person', 'Add a person')
    .argument('<name>')
    .option('--public-figure', 'known to the public: needs explicit rights')
    .option('--note <text>')
    .action((name: string, options: Common & { publicFigure?: boolean; note?: string }) =>
      run(options, ({ consent }) =>
        json(consent.addPerson({ name, publicFigure: options.publicFigure === true, note: options.note })),
      ),
    );
  sub('release', 'Record a person’s signed release')
    .argument('<person>', 'the person’s id')
    .requiredOption('--file <file>', 'the signed document: its hash is kept')
    .requiredOption('--covers <what>', 'likeness, voice, or likeness,voice')
    .option('--scope <text>', 'what it is for')
    .option('--granted <date>')
    .option('--expires <date>')
    .action(
      (
        person: string,
        options: Common & { file: string; covers: string; scope?: string; granted?: string; expires?: string },
      ) =>
        run(options, async ({ consent }) => {
          const covers = options.covers.split(',').map(word => word.trim());
          if (!covers.every(word => word === 'likeness' || word === 'voice')) {
            throw new RetakeError('usage', '--covers: likeness, voice, or likeness,voice');
          }
          const { sha256 } = await measureFile(options.file);
          const file = await realpath(options.file);
          return json(
            consent.addRelease({
              person,
              covers: covers as Release['covers'],
              file,
              sha256,
              scope: options.scope,
              grantedAt: options.granted,
              expiresAt: options.expires,
            }),
          );
        }),
    );
  sub('appear', 'Say that a person is in a take')
    .argument('<take>')
    .argument('<person>')
    .option('--speaks', 'their voice is heard')
    .option('--role <text>')
    .action((take: string, person: string, options: Common & { speaks?: boolean; role?: string }) =>
      run(options, ledger => {
        const { id } = ledger.take(take);
        ledger.consent.appear(id, person, { speaks: options.speaks, role: options.role });
        return json(ledger.consent.appearances(id));
      }),
    );
  sub('disclose', 'Record how it was disclosed that a take is generated')
    .argument('<take>')
    .requiredOption('--method <word>', 'such as caption, end card, c2pa')
    .requiredOption('--text <text>')
    .option('--who <name>')
    .action((take: string, options: Common & { method: string; text: string; who?: string }) =>
      run(options, ledger => {
        const { method, text, who } = options;
        return json(ledger.consent.disclose({ take: ledger.take(take).id, method, text, who }));
      }),
    );
}

interface AddOptions extends Common {
  meta?: string;
  shot?: string;
  provider?: string;
  model?: string;
  prompt?: string;
  negativePrompt?: string;
  seed?: string;
  param?: Record<string, string | number>;
  reference?: string[];
  parent?: string;
  relation?: string;
  job?: string;
  cost?: number;
  currency: string;
  note?: string;
  audioPlan?: string;
}

async function add(ledger: Ledger, clip: string, options: AddOptions): Promise<string> {
  const meta = options.meta === undefined ? {} : await readFacts(options.meta);
  const file = await measureFile(await realpath(clip).catch(() => clip));
  const { shot, provider, model, prompt, negativePrompt, seed, parent, relation, note } = options;
  const references = await Promise.all(
    (options.reference ?? []).map(async at => {
      const known = await measureFile(at).catch(() => undefined);
      return known === undefined ? { at } : { at, sha256: known.sha256 };
    }),
  );
  const given = Object.fromEntries(
    Object.entries({
      ...{ shot, provider, model, prompt, negativePrompt, seed, parent, relation, note },
      providerJob: options.job,
      parameters: options.param,
      references: references.length > 0 ? references : undefined,
      audioPlan: options.audioPlan === undefined ? undefined : (await loadYaml(options.audioPlan, plannedSound)).value,
      cost: options.cost === undefined ? undefined : { amount: options.cost, currency: options.currency },
    }).filter(([, value]) => value !== undefined),
  );
  const take = ledger.addTake({ ...meta, ...given } as TakeFactsInput, file);
  return options.json ? json(take) : `${take.id}\n`;
}

async function run(options: Common, action: (ledger: Ledger) => string | Promise<string>): Promise<void> {
  await runCommand(async () => {
    const ledger = openLedger(ledgerPath(options.ledger));
    try {
      process.stdout.write(await action(ledger));
      return EXIT.ok;
    } finally {
      ledger.close();
    }
  });
}

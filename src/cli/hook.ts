import { realpath } from 'node:fs/promises';
import { Command } from 'commander';
import { grabFrame, trim } from '../hook/grab.ts';
import { judge } from '../hook/judge.ts';
import { runOnce } from '../hook/once.ts';
import { renderTerminal } from '../report/terminal.ts';
import { EXIT, interruptible, runCommand } from './run.ts';
import { type HookOptions, hookConfigFrom, log } from './serve.ts';
import { readFacts } from './take-facts.ts';

/** `retake hook`: one clip, once, in any script. */
export const hookCommand = (): Command =>
  new Command('hook')
    .description('Run one clip through the hook: into the ledger, judged, told about')
    .argument('<clip>', 'a video file')
    .option('-m, --meta <file>', 'JSON with prompt, seed, model, provider, shot, … (- reads stdin)')
    .option('-c, --config <file>', 'YAML or JSON, as for `retake serve`: where verdicts go, the regenerate loop')
    .option('-p, --policy <preset|file>', 'policy (default: draft)')
    .option(
      '--ledger <file>',
      'the ledger file (default: $RETAKE_LEDGER, else .retake/ledger.db here or in a folder above)',
    )
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'say what would be generated again; ask for nothing, spend nothing')
    .option('-v, --verbose', 'list every check, and whole error chains')
    .addHelpText(
      'after',
      `
The same bytes under the same policy are judged once: a second run answers from the ledger. A try that the regenerate
loop books is asked for by \`retake serve\` on the same ledger.

Exit status: 0 pass or review, 1 must be generated again, 2 could not be judged.

Examples:
  $ retake hook out.mp4 --meta job.json
  $ generate … && retake hook out.mp4 --policy draft --json | jq -r .decision`,
    )
    .action((clip: string, options: HookOptions & { meta?: string; json?: boolean; verbose?: boolean }) =>
      runCommand(() => hook(clip, options), options.verbose),
    );

async function hook(
  clip: string,
  options: HookOptions & { meta?: string; json?: boolean; verbose?: boolean },
): Promise<number> {
  const { signal, dispose } = interruptible();
  try {
    const facts = options.meta === undefined ? {} : await readFacts(options.meta);
    const path = await realpath(clip).catch(() => clip);
    const config = await hookConfigFrom(options);
    const quiet = options.json === true;
    const result = await runOnce({ config, path, facts, judge, signal, grabFrame, trim });
    const { report, deliveries } = result;
    const { decision } = report.verdict;
    if (quiet) {
      const { job, take, reportId, next } = result;
      process.stdout.write(`${JSON.stringify({ job, take, reportId, decision, next, deliveries, report }, null, 2)}\n`);
    } else {
      process.stdout.write(renderTerminal(report, { verbose: options.verbose }));
      process.stdout.write(`${result.take}\n`);
      if (result.next !== null) process.stdout.write(`next: ${JSON.stringify(result.next)}\n`);
    }
    if (deliveries.left > 0) log(`${deliveries.left} deliveries are left for retake serve`);
    if (decision === 'error') return EXIT.unjudged;
    return decision === 'regenerate' ? EXIT.regenerate : EXIT.ok;
  } finally {
    dispose();
  }
}

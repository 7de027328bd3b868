import { Command, InvalidArgumentError } from 'commander';
import { clipJob } from '../hook/clip-job.ts';
import { startEngine } from '../hook/engine.ts';
import { grabFrame, trim } from '../hook/grab.ts';
import { watchFolder } from '../hook/watch.ts';
import { EXIT, interruptible, runCommand } from './run.ts';
import { type HookOptions, hookConfigFrom, log } from './serve.ts';

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 3600) throw new InvalidArgumentError('must be seconds above 0');
  return value;
};

/** `retake watch`: a drop folder. */
export const watchCommand = (): Command =>
  new Command('watch')
    .description('Judge every clip that is dropped into a folder')
    .argument('<folder>', 'searched whole, again and again; works on network drives')
    .option('-c, --config <file>', 'YAML or JSON, as for `retake serve`')
    .option('-p, --policy <preset|file>', 'policy (default: draft)')
    .option(
      '--ledger <file>',
      'the ledger file (default: $RETAKE_LEDGER, else .retake/ledger.db here or in a folder above)',
    )
    .option('--settle <seconds>', 'how long a file must stay as it is before it counts as whole', seconds, 2)
    .option('--interval <seconds>', 'time between looks', seconds, 1)
    .option('--dry-run', 'say what would be generated again; ask for nothing, spend nothing')
    .addHelpText(
      'after',
      `
A file beside the clip, clip.mp4.json or clip.json, tells how it was made: prompt, seed, model, provider, shot.
Names beginning with a dot and names ending in .part or .tmp are left alone until they are renamed.`,
    )
    .action((folder: string, options: HookOptions & { settle: number; interval: number }) =>
      runCommand(() => watch(folder, options)),
    );

async function watch(folder: string, options: HookOptions & { settle: number; interval: number }): Promise<number> {
  const engine = await startEngine({ config: await hookConfigFrom(options), grabFrame, trim, log });
  const { signal, dispose } = interruptible();
  const { context, worker } = engine;
  log(`watching ${folder}`);
  try {
    await watchFolder(folder, {
      settle: options.settle * 1000,
      interval: options.interval * 1000,
      signal,
      log,
      async onClip({ path, stamp, facts }) {
        // The same file as it stands now is one job, also after a restart.
        const key = `file:${path}:${stamp}:${context.policy.hash}`;
        const source = { type: 'file' as const, path };
        await context.queue.add(clipJob({ source, facts, policyHash: context.policy.hash, key }));
        worker.wake();
      },
    });
  } finally {
    await engine.stop();
    dispose();
  }
  return EXIT.ok;
}

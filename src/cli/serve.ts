import { Command } from 'commander';
import { type HookConfig, loadHookConfig, parseHookConfig } from '../hook/config.ts';
import { startServer } from '../hook/daemon.ts';
import { grabFrame, trim } from '../hook/grab.ts';
import { EXIT, interruptible, runCommand } from './run.ts';

export interface HookOptions {
  config?: string;
  policy?: string;
  ledger?: string;
  store?: string;
  dryRun?: boolean;
}

/** The configuration file's values with the command line's over them. */
export async function hookConfigFrom(options: HookOptions): Promise<HookConfig> {
  const config = options.config === undefined ? parseHookConfig({}) : await loadHookConfig(options.config);
  return {
    ...config,
    ...(options.policy !== undefined && { policy: options.policy }),
    ...(options.ledger !== undefined && { ledger: options.ledger }),
    ...(options.store !== undefined && { store: options.store }),
    ...(options.dryRun && { regenerate: { ...config.regenerate, enabled: true, dryRun: true } }),
  };
}

export const log = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};

/** `retake serve`: the hook server. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('Receive clips over HTTP, judge them, tell the verdict, and have failed shots made again')
    .option('-c, --config <file>', 'YAML or JSON: providers, targets, limits, the regenerate loop')
    .option('-p, --policy <preset|file>', 'policy of clips that name none (default: draft)')
    .option(
      '--ledger <file>',
      'the ledger file (default: $RETAKE_LEDGER, else .retake/ledger.db here or in a folder above)',
    )
    .option('--host <address>', 'address to listen on; beyond this machine a token is needed (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on (default: 8787)')
    .option('--dry-run', 'say what would be generated again; ask for nothing, spend nothing')
    .addHelpText(
      'after',
      `
  POST /hooks/<provider>   callbacks of generators: signed ones are verified, unsigned ones only a hint
  POST /clips              {"path"|"url"|"provider"+"job", …}, or a clip as the body
  GET  /jobs/<id>          what became of it; POST /jobs/<id>/cancel, /jobs/<id>/retry; GET /jobs?state=parked
  GET  /reports/<id>       the report of a verdict
  GET  /healthz, /metrics

Nothing is contacted that the configuration does not name. Ctrl-C lets running work finish for ten seconds; what is
left goes on with the next start.

Example configuration:
  policy: draft
  roots: [./clips]
  providers:
    sora: { adapter: sora, keyEnv: SORA_KEY, secretEnv: SORA_WEBHOOK_SECRET, price: { perSecond: 0.1 } }
  deliver:
    - { url: "https://studio.example/retake", secretEnv: RETAKE_SECRET }
  regenerate: { enabled: true, tries: 3, perShot: 5, perDay: 50 }`,
    )
    .action((options: HookOptions & { host?: string; port?: string }) => runCommand(() => serve(options)));

async function serve(options: HookOptions & { host?: string; port?: string }): Promise<number> {
  const config = await hookConfigFrom(options);
  const { listen } = parseHookConfig({
    listen: {
      ...config.listen,
      ...(options.host !== undefined && { host: options.host }),
      ...(options.port !== undefined && { port: Number(options.port) }),
    },
  });
  const running = await startServer({ config: { ...config, listen }, grabFrame, trim, log });
  const { signal, dispose } = interruptible();
  process.stdout.write(`listening on ${running.url}\n`);
  await aborted(signal);
  log('stopping');
  await running.stop();
  dispose();
  return EXIT.ok;
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

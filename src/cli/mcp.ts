import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Command } from 'commander';
import { grabFrames } from '../hook/grab.ts';
import { JudgePool } from '../hook/judge-pool.ts';
import { makeMcpServer } from '../hook/mcp.ts';
import { ledgerPath } from '../takes/database.ts';
import { openLedger } from '../takes/ledger.ts';
import { expandInputs } from './inputs.ts';
import { EXIT, interruptible, runCommand } from './run.ts';
import { aborted } from './serve.ts';

/** `retake mcp`: tools for agents. */
export const mcpCommand = (): Command =>
  new Command('mcp')
    .description('Offer Retake to agents over the Model Context Protocol (stdio)')
    .option('--root <folder...>', 'folders that may be read (default: the current one)')
    .option('--ledger <file>', 'the ledger file')
    .addHelpText(
      'after',
      `
Tools: check_clip, read_findings (with stills), explain_detector, list_takes, gate_folder.

In a client's configuration:
  { "mcpServers": { "retake": { "command": "retake", "args": ["mcp", "--root", "./takes"] } } }`,
    )
    .action((options: { root?: string[]; ledger?: string }) => runCommand(() => mcp(options)));

async function mcp(options: { root?: string[]; ledger?: string }): Promise<number> {
  const ledger = openLedger(ledgerPath(options.ledger));
  // A process of its own: the protocol's stream stays answered, and nothing else writes to it.
  const pool = new JudgePool({ size: 1, nice: 5 });
  const { signal, dispose } = interruptible();
  const server = makeMcpServer({
    ledger,
    judge: (path, given) => pool.judge(path, given),
    roots: options.root ?? [process.cwd()],
    grabFrames,
    listClips: folder => expandInputs([folder]),
  });
  const closed = new Promise<void>(resolve => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  await server.connect(new StdioServerTransport());
  await Promise.race([aborted(signal), closed]);
  await server.close();
  await pool.close();
  ledger.close();
  dispose();
  return EXIT.ok;
}

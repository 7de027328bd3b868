#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { EXIT } from './run.ts';

/** Every command, in the order of the help text. Only the one that is asked for is loaded: `check` needs no web server. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  check: async () => (await import('./check.ts')).checkCommand(),
  review: async () => (await import('./review.ts')).reviewCommand(),
  markers: async () => (await import('./markers.ts')).markersCommand(),
  gate: async () => (await import('./gate.ts')).gateCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  overlay: async () => (await import('./overlay.ts')).overlayCommand(),
  hook: async () => (await import('./hook.ts')).hookCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  watch: async () => (await import('./watch.ts')).watchCommand(),
  takes: async () => (await import('./takes.ts')).takesCommand(),
  mcp: async () => (await import('./mcp.ts')).mcpCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
};

const program = new Command('retake')
  .description('Judges generated video: finds the shots that must be generated again, says why and at which frames.')
  .version(version)
  .showHelpAfterError('(add --help for usage)')
  .exitOverride(error => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.unjudged));

const asked = process.argv.slice(2).find(argument => !argument.startsWith('-'));
const loaded = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const name of loaded) program.addCommand(await COMMANDS[name]());

// Commands are built apart: hand them the program's way of ending, so that a usage error is exit status 2 everywhere.
const inherit = (command: Command): void => {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
};
inherit(program);

// A closed pipe (`retake check … | head`) is the reader's decision, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.unjudged),
);

await program.parseAsync();

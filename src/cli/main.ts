#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { checkCommand } from './check.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { hookCommand } from './hook.ts';
import { markersCommand } from './markers.ts';
import { mcpCommand } from './mcp.ts';
import { overlayCommand } from './overlay.ts';
import { policyCommand } from './policy.ts';
import { reviewCommand } from './review.ts';
import { EXIT } from './run.ts';
import { serveCommand } from './serve.ts';
import { takesCommand } from './takes.ts';
import { watchCommand } from './watch.ts';

const program = new Command('retake')
  .description('Judges generated video: finds the shots that must be generated again, says why and at which frames.')
  .version(version)
  .showHelpAfterError('(add --help for usage)')
  .exitOverride(error => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.unjudged))
  .addCommand(checkCommand())
  .addCommand(reviewCommand())
  .addCommand(markersCommand())
  .addCommand(overlayCommand())
  .addCommand(hookCommand())
  .addCommand(serveCommand())
  .addCommand(watchCommand())
  .addCommand(takesCommand())
  .addCommand(mcpCommand())
  .addCommand(explainCommand())
  .addCommand(policyCommand())
  .addCommand(doctorCommand());

// Subcommands are built apart: hand them the program's way of ending, so that a usage error is exit status 2 everywhere.
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

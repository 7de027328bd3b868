import { Command, InvalidArgumentError } from 'commander';
import { RetakeError } from '../errors.ts';
import { findReports } from '../report/review/library.ts';
import { serveReview } from '../report/review/server.ts';
import { EXIT, interruptible, runCommand } from './run.ts';

const portNumber = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('must be 0 to 65535');
  return port;
};

export const reviewCommand = (): Command =>
  new Command('review')
    .description('Open reports in the browser and record what you agree with, waive or note')
    .argument('[folder]', 'folder with reports', 'retake-report')
    .option('--port <number>', 'port on 127.0.0.1 (0: any free one)', portNumber, 0)
    .addHelpText(
      'after',
      `
Decisions are added to review.json beside each report, one JSON line each; nothing is ever removed. A waived finding
stays in every report and stops counting when the same bytes are checked again. Only this machine can reach the server,
and only with the token in the printed address.

Example:
  $ retake review retake-report`,
    )
    .action((folder: string, options: { port: number }) => runCommand(() => review(folder, options.port)));

async function review(folder: string, port: number): Promise<number> {
  const reports = await findReports(folder);
  if (reports.length === 0)
    throw new RetakeError('no-clips', `No report.json below ${folder}`, { hint: 'Run `retake check` first.' });
  const { signal, dispose } = interruptible();
  const server = await serveReview(folder, { port });
  process.stdout.write(
    `${reports.length} ${reports.length === 1 ? 'report' : 'reports'} at ${server.url}\nCtrl-C ends.\n`,
  );
  await new Promise<void>(settle => {
    if (signal.aborted) settle();
    else signal.addEventListener('abort', () => settle(), { once: true });
  });
  await server.close();
  dispose();
  return EXIT.ok;
}

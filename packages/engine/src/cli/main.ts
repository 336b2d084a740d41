/** The `rialto` command. */
import { Command } from 'commander';
import { RialtoError } from '../base/errors.ts';
import { buyersCommand } from './commands/buyers.ts';
import { campaignsCommand } from './commands/campaigns.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { experimentCommand } from './commands/experiment.ts';
import { exportCommand } from './commands/export.ts';
import { forecastCommand } from './commands/forecast.ts';
import { importCommand } from './commands/import.ts';
import { logCommand } from './commands/log.ts';
import { modelsCommand } from './commands/models.ts';
import { playgroundCommand } from './commands/playground.ts';
import { rankersCommand } from './commands/rankers.ts';
import { serveCommand } from './commands/serve.ts';
import { simulateCommand } from './commands/simulate.ts';
import { sqlCommand } from './commands/sql.ts';
import { statementsCommand } from './commands/statements.ts';
import { trainCommand } from './commands/train.ts';
import { visibleLines } from './result-text.ts';

const HELP = `
A shop's first steps:
  rialto import catalogue.csv.gz --as listings  --map id=SKU,title=Name,price=Price --currency EUR
  rialto import orders.csv.gz    --as purchases --map order=Order,listing=SKU,quantity=Qty,at=Date,buyer=Customer
  rialto serve
  curl -s localhost:4400/v1/decide -d '{"buyer":"17850","placements":["home"]}' -H 'content-type: application/json'

rialto COMMAND --help explains each. All take --data DIR (default ./rialto-data).
`;

const program = new Command('rialto')
  .description(
    'Decides what a marketplace shows: sponsored listings, recommendations, search. Learns from what happens.',
  )
  // Commands see their own words first: those with subcommands leave them theirs.
  .enablePositionalOptions()
  .version('0.1.0')
  .showHelpAfterError('(rialto --help, or rialto COMMAND --help)')
  .showSuggestionAfterError()
  .addHelpText('after', HELP)
  .addCommand(importCommand)
  .addCommand(serveCommand)
  .addCommand(trainCommand)
  .addCommand(modelsCommand)
  .addCommand(evaluateCommand)
  .addCommand(experimentCommand)
  .addCommand(rankersCommand)
  .addCommand(exportCommand)
  .addCommand(sqlCommand)
  .addCommand(statementsCommand)
  .addCommand(forecastCommand)
  .addCommand(campaignsCommand)
  .addCommand(buyersCommand)
  .addCommand(logCommand)
  .addCommand(playgroundCommand)
  .addCommand(simulateCommand);

// Whoever reads may go away, as `head` does or a terminal that is closed: no reason for a server to end.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  // It may name what a file or a caller said.
  // How far a command was may still stand on the line.
  const clear = process.stderr.isTTY ? '\r\u001b[K' : '';
  process.stderr.write(`${clear}rialto: ${visibleLines(reasonOf(error))}\n`);
  process.exitCode = 1;
}

/** What the caller or the system refused; a defect is thrown on, with its stack. */
function reasonOf(error: unknown): string {
  if (error instanceof RialtoError) return `${error.code}: ${error.message}`;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  return `the system refused it: ${message}`;
}

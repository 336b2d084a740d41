/** The `rialto` command. */
import { Command } from 'commander';
import { RialtoError } from '../base/errors.ts';
import { visibleLines } from './result-text.ts';

const HELP = `
A shop's first steps:
  rialto import catalogue.csv.gz --as listings  --map id=SKU,title=Name,price=Price --currency EUR
  rialto import orders.csv.gz    --as purchases --map order=Order,listing=SKU,quantity=Qty,at=Date,buyer=Customer
  rialto serve
  curl -s localhost:4400/v1/decide -d '{"buyer":"17850","placements":["home"]}' -H 'content-type: application/json'

rialto COMMAND --help explains each. All take --data DIR (default ./rialto-data).
`;

/** Loaded when asked for: all of them take three times as long to load as one. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['import', async () => (await import('./commands/import.ts')).importCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  ['train', async () => (await import('./commands/train.ts')).trainCommand],
  ['models', async () => (await import('./commands/models.ts')).modelsCommand],
  ['evaluate', async () => (await import('./commands/evaluate.ts')).evaluateCommand],
  ['experiment', async () => (await import('./commands/experiment.ts')).experimentCommand],
  ['rankers', async () => (await import('./commands/rankers.ts')).rankersCommand],
  ['export', async () => (await import('./commands/export.ts')).exportCommand],
  ['sql', async () => (await import('./commands/sql.ts')).sqlCommand],
  ['statements', async () => (await import('./commands/statements.ts')).statementsCommand],
  ['forecast', async () => (await import('./commands/forecast.ts')).forecastCommand],
  ['campaigns', async () => (await import('./commands/campaigns.ts')).campaignsCommand],
  ['buyers', async () => (await import('./commands/buyers.ts')).buyersCommand],
  ['log', async () => (await import('./commands/log.ts')).logCommand],
  ['playground', async () => (await import('./commands/playground.ts')).playgroundCommand],
  ['simulate', async () => (await import('./commands/simulate.ts')).simulateCommand],
]);

const program = new Command('rialto')
  .description(
    'Decides what a marketplace shows: sponsored listings, recommendations, search. Learns from what happens.',
  )
  // Commands see their own words first: those with subcommands leave them theirs.
  .enablePositionalOptions()
  .version('0.1.0')
  .showHelpAfterError('(rialto --help, or rialto COMMAND --help)')
  .showSuggestionAfterError()
  .addHelpText('after', HELP);

const asked = COMMANDS.get(process.argv[2] ?? '');
// Help and what there is not are about all of them.
for (const load of asked === undefined ? COMMANDS.values() : [asked]) program.addCommand(await load());

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

/** `rialto log redact`: the ids of people who were erased, out of the log. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { logDirectory } from '../../delivery/data-directory.ts';
import { pseudonymOf, type RedactionReport, redactLog } from '../../delivery/redact-log.ts';
import { FileLog, mustHaveLog } from '../../log/file-log.ts';

interface RedactFlags {
  readonly data: string;
  readonly json?: boolean;
}

const REDACT_HELP = `
Replaces the ids of buyers and sessions that were erased (\`rialto buyers erase\`) in all older records by pseudonyms that nothing leads back
from. For that no server may run. Checkpoints and the lake are deleted, and made again: the next start folds the whole log. It needs as
much free space as the log takes, and may be stopped at any moment: the log is then the old one, or the next start makes it the new one.

Left alone is who was erased within the last week, and who came back within 39 days. docs/operating.md has more.

Example:
  rialto log redact --data rialto-data`;

const redactCommand = new Command('redact')
  .description('replace the ids of erased people in old records')
  .option('--data <dir>', 'the data directory, where no server is running', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', REDACT_HELP)
  .action(async ({ data, json }: RedactFlags) => {
    const report = await redactDirectory(data);
    process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  });

async function redactDirectory(data: string): Promise<RedactionReport> {
  const directory = logDirectory(data);
  await mustHaveLog(directory);
  const log = await FileLog.open(directory);
  try {
    return await redactLog(log, {
      pseudonym: () => pseudonymOf(randomBytes(16)),
      dropDerived: async () => {
        for (const name of ['checkpoints', 'lake']) await rm(join(data, name), { recursive: true, force: true });
      },
    });
  } finally {
    await log.close();
  }
}

function textOf({ people, records, tooEarly, cameBack }: RedactionReport): string {
  const lines = [`${people} ids of people replaced, in ${records} records`];
  if (tooEarly > 0) lines.push(`${tooEarly} were erased less than eight days ago: what they did may still come in`);
  if (cameBack > 0) lines.push(`${cameBack} came back within 39 days of what they did before: orders are paid by it`);
  return `${lines.join('\n')}\n`;
}

export const logCommand = new Command('log').description('the log of a data directory').addCommand(redactCommand);

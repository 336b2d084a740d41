/** `rialto models drift`: whether what serves still sees what it was trained on, and whether clicks go where it says. */
import { Command } from 'commander';
import { logDirectory, openCheckpoints } from '../../delivery/data-directory.ts';
import { FileLog } from '../../log/file-log.ts';
import type { CanaryReading } from '../../training/canary-watch.ts';
import { type ModelWatch, watchModels } from '../../training/watch-models.ts';
import { wholeNumber } from '../number-option.ts';

const HELP = `
Looks again at a sample of the latest decisions, each with the state that made it: the population stability index (PSI) of every feature against
the decisions of the time when it was trained (above .25 is an alert; where there were none, the orders held out, without alerts), clicks against scores, free of position, and how old the training is. A shadow
(\`rialto models shadow\`) is compared with what served. Ends with status 1 where there is an alert, for cron. Only reads: a server
may hold the directory.

Example:
  rialto models drift --data ./rialto-data --json
`;

const FEATURES_SHOWN = 5;

export const modelsDriftCommand = new Command('drift')
  .description(
    'feature drift, calibration against clicks and freshness of the ranker that serves, and what a shadow would do',
  )
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--decisions <n>', 'at most so many are looked at', wholeNumber({ min: 1, max: 100_000 }), 300)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, decisions, json }: { data: string; decisions: number; json?: boolean }) => {
    const log = await FileLog.open(logDirectory(data), { readOnly: true });
    try {
      const watch = await watchModels({ log, checkpoints: openCheckpoints(data), decisionsMax: decisions });
      process.stdout.write(json ? `${JSON.stringify(watch)}\n` : watchText(watch));
      if (watch.alerts.length > 0) process.exitCode = 1;
    } finally {
      await log.close();
    }
  });

function watchText({
  version,
  decisions,
  driftAgainst,
  drift,
  calibration,
  ageDays,
  shadow,
  canaries,
  alerts,
}: ModelWatch): string {
  const lines = [
    version === undefined
      ? 'no trained ranker serves'
      : `ranker version ${version}, on ${decisions} of the latest decisions`,
    ...(drift.length > 0 && driftAgainst === 'orders'
      ? [
          '  no decisions had been made when it was trained: features are held against the orders it was judged on, which raises no alert',
        ]
      : []),
    ...drift.slice(0, FEATURES_SHOWN).map(({ feature, psi }) => `  PSI ${psi.toFixed(3)}  ${feature}`),
  ];
  if (calibration !== undefined)
    lines.push(
      `  clicks against scores: ${calibration.clicks} clicks, off by ${(100 * calibration.error).toFixed(0)} % of the mean`,
    );
  if (ageDays !== undefined) lines.push(`  trained on orders up to ${ageDays.toFixed(1)} days ago`);
  if (shadow !== undefined)
    lines.push(
      `  shadow, version ${shadow.version}: shows ${(100 * shadow.agreement).toFixed(0)} % of the same items on ${shadow.decisions} decisions, scores ${shadow.scoreDrift.toFixed(3)} apart`,
    );
  const share = ({ clicked, buyers }: CanaryReading['canary']): string =>
    `${((100 * clicked) / buyers).toFixed(1)} % of ${buyers}`;
  for (const { model, version: tried, canary, control, z } of canaries)
    lines.push(
      `  canary, ${model} version ${tried}: ${share(canary)} buyers clicked, ${share(control)} of the others: z ${z.toFixed(1)}`,
    );
  lines.push(...alerts.map((alert) => `ALERT ${alert}`));
  return `${lines.join('\n')}\n`;
}

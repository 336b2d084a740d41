/** `rialto evaluate ltr`: how well graded documents are ranked by LambdaMART. */
import { Command } from 'commander';
import { readRanking } from '../../intake/ranking-file.ts';
import { evaluateRanking, type RankingQuality } from '../../training/evaluate-ltr.ts';
import { wholeNumber } from '../number-option.ts';
import { readProgress, stepProgress } from '../step-progress.ts';

interface LtrFlags {
  readonly train: string;
  readonly test: string;
  readonly seeds: number;
  readonly json?: boolean;
}

const HELP = `
The files are libsvm with a grade from 0 as the label; the sizes of the queries are in a file of the same name and .query beside
them, one a line, or each line has a qid:n. Files may be gzipped. Settings are chosen by cross-validation over the queries of the
training file; the test file is read for the figures only. Where there are few documents, a model is the mean of several forests.

  ndcg   at 1, 3, 5 and 10, means over seeds; gain 2^grade − 1; a query without relevant documents counts 1, as in LightGBM

Example:
  rialto evaluate ltr --train rank.train --test rank.test --seeds 10
`;

export const evaluateLtrCommand = new Command('ltr')
  .description('rank graded documents by LambdaMART')
  .requiredOption('--train <file>', 'documents to learn from')
  .requiredOption('--test <file>', 'documents to rank')
  .option('--seeds <n>', 'how many models to train', wholeNumber({ min: 1, max: 1000 }), 10)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ train, test, seeds, json }: LtrFlags) => {
    const progress = stepProgress();
    const onRead = readProgress(progress);
    const [learned, tested] = [await readRanking(train, onRead), await readRanking(test, onRead)];
    const quality = evaluateRanking(learned, tested, { seeds, onProgress: progress.show });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(quality)}\n` : report(quality, seeds));
  });

function report(
  { ndcg, validationNdcg, leaves, randomCuts, columnShare, rounds, bags }: RankingQuality,
  seeds: number,
): string {
  const lines = Object.entries(ndcg).map(([rank, value]) => `  ndcg@${rank.padEnd(4)}${value.toFixed(4)}\n`);
  const how = `${bags > 1 ? `the mean of ${bags} forests of ` : ''}${rounds} trees of ${leaves} leaves${randomCuts ? ', cuts by chance' : ''}, each of ${(100 * columnShare).toFixed(0)} % of the features`;
  return `mean of ${seeds} seeds; ${how}, chosen at ${validationNdcg.toFixed(4)} within the training file\n${lines.join('')}`;
}

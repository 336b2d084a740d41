/** `rialto train`: trains the embedding and the ranker, or which candidate sources to trust, on the log and publishes it. */
import { Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { contextWords, graphLines } from '../../training/graph-fit.ts';
import { publishSources } from '../../training/publish-sources.ts';
import type { ActionCard } from '../../training/train-actions.ts';
import { type PublishingPlace, trainAndPublish } from '../../training/train-and-publish.ts';
import type { ModelCard } from '../../training/train-models.ts';
import { RANKER_LEARNERS, type RankerLearner } from '../../training/train-ranker.ts';
import { atTraining } from '../model-desk.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { type PlaceOptions, placeCommand } from '../server-or-directory.ts';
import { sourceLines } from '../source-lines.ts';
import { stepProgress } from '../step-progress.ts';

const HELP = `The latest orders (5 %, at least 50 where there are enough) are held out: they tell whether the trained ranker is better than the untrained one. If it is
not, is worse than what serves (a paired test on the same orders), or its probabilities are not what happens, nothing is published and
what serves now stays. A serving engine trains by itself; this is for doing it now. Beside a running server, --data is its directory,
which is only read, and --url the server that what was trained is published to. What the source \`recommended\` follows is trained, too: a blend of recommenders, for a buyer's past and for a page each its own.

Learners: additive, one curve a feature; deep, the same with a network on top that also knows single listings, categories, shops, and what
the buyer turned to last; trees, the same with boosted trees on top, over the features alone. Without --learner, the one of what serves. \`rialto evaluate decisions --learner additive deep\` compares them.

With --model sources it is learned instead which candidate sources to trust, placement by placement, from what visitors wanted within a day of
the pages that they were shown, or, where there are no pages yet, from orders. What was learned on the earlier pages is judged on the later ones; a placement
that does not gain beyond chance stays as it is. Placements with \`"learnedSources": true\` are served so.

Examples:
  rialto train
  rialto train --model sources
  rialto train --model sources --cost .003
  rialto train --learner deep --name deep --candidate
  rialto train --data ./rialto-data --url http://localhost:4400`;

const MODELS = ['ranker', 'sources'] as const;

interface TrainFlags extends PlaceOptions {
  readonly model: (typeof MODELS)[number];
  readonly seed: number;
  readonly learner?: RankerLearner;
  readonly name?: string;
  readonly candidate?: boolean;
  readonly cost?: number;
  readonly json?: boolean;
}

export const trainCommand = placeCommand(
  'train',
  'train the ranker and the embedding, or the candidate sources, on the log, and publish them',
  HELP,
  'the data directory whose log is trained on; with --url only read, while the server has it open',
)
  .option('--seed <n>', 'of sampling', wholeNumber({ min: 0, max: 2 ** 31 - 1 }), 1)
  .addOption(new Option('--model <name>', 'what is trained').choices(MODELS).default('ranker'))
  .addOption(new Option('--learner <name>', 'of the ranker').choices(RANKER_LEARNERS))
  .option('--name <name>', 'publish only the ranker, under a name: placements and experiments may ask for it')
  .option(
    '--cost <gain>',
    'of sources: the gain that 100 candidates more must bring, or places stay empty',
    decimalNumber({ min: 0, max: 1 }),
  )
  .option('--candidate', 'publish without serving: `rialto models promote` lets it serve')
  .action(async (flags: TrainFlags) => {
    const { model, learner, name, cost } = flags;
    if (model === 'ranker' && cost !== undefined)
      throw new RialtoError('bad-request', '--cost is for sources: add --model sources, or leave it out');
    if (model === 'sources' && (learner !== undefined || name !== undefined))
      throw new RialtoError(
        'bad-request',
        '--learner and --name are for the ranker: leave them out with --model sources',
      );
    const progress = stepProgress();
    try {
      const report = await atTraining(flags, (place) =>
        (model === 'sources' ? sourcesTrained : rankerTrained)(place, flags, progress.show),
      );
      progress.end();
      process.stdout.write(report);
    } finally {
      progress.end();
    }
  });

/** What the source `recommended` follows. */
const linksText = ({ graph }: ModelCard): string =>
  graphLines(graph ?? {}, contextWords)
    .map(([what, words]) => `${what}: ${words}\n`)
    .join('');

type Show = (done: number, all: number, what: string) => void;
const BY = 'rialto train';

async function rankerTrained(place: PublishingPlace, flags: TrainFlags, onProgress: Show): Promise<string> {
  const { data, seed, learner, name, candidate, json } = flags;
  const { card, version, actions, unwritten } = await trainAndPublish(place, data, {
    seed,
    by: BY,
    ...(learner !== undefined && { learner }),
    ...(name !== undefined && { name }),
    ...(candidate === true && { candidate }),
    onProgress,
  });
  if (unwritten !== undefined) process.stderr.write(`its card could not be written: ${unwritten}\n`);
  const { orders, holdoutOrders, recall, recallUntrained } = card;
  return json
    ? `${JSON.stringify({ ...card, version, ...(actions && { actions }) })}\n`
    : `published ${candidate ? 'as a candidate, ' : ''}version ${version}: trained on ${orders} orders; recall@20 on the latest ${holdoutOrders} orders ${recall.toFixed(4)}, untrained ${recallUntrained.toFixed(4)}\n${linksText(card)}${headLines(actions)}`;
}

async function sourcesTrained(place: PublishingPlace, flags: TrainFlags, onProgress: Show): Promise<string> {
  const { data, seed, cost, candidate, json } = flags;
  const options = {
    seed,
    by: BY,
    ...(cost !== undefined && { cost: cost / 100 }),
    ...(candidate === true && { candidate }),
    onProgress,
  };
  const { card, version } = await publishSources(place, data, options);
  if (json) return `${JSON.stringify({ ...card, version })}\n`;
  return `published ${candidate ? 'as a candidate, ' : ''}sources version ${version}\n${sourceLines(card.placements)}`;
}

function headLines(actions: ActionCard | undefined): string {
  if (actions === undefined) return 'too little was shown to predict actions from: they have their priors\n';
  const heads = Object.entries(actions.heads).map(
    ([
      action,
      {
        positives,
        network,
        holdout: { logLoss, logLossAdditive, logLossBase, calibrationError },
      },
    ]) => {
      const without = network === 0 ? '' : `, without the network ${logLossAdditive.toFixed(4)}`;
      return `  ${action}: ${positives} times; log loss ${logLoss.toFixed(4)}${without}, of the mean alone ${logLossBase.toFixed(4)}, calibration error ${calibrationError.toFixed(4)}\n`;
    },
  );
  const kept = actions.kept.map((action) => `  ${action}: too few; the head that serves is kept\n`);
  const { reasons } = actions.gates;
  const closed = reasons.map((reason) => `  - ${reason}\n`);
  const gates =
    reasons.length === 0 ? '' : `its heads are kept as a candidate, those that serve stay:\n${closed.join('')}`;
  return `${actions.items} items shown:\n${heads.join('')}${kept.join('')}${gates}`;
}

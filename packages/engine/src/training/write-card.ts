/** A model's card as Markdown with its plots beside it: what it was made from, how it did and on whom, what each feature does. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ModelVersion } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { barPlot, effectPlot, reliabilityPlot } from './card-plots.ts';
import { type ContextFit, type GraphFit, gainOf } from './graph-fit.ts';
import type { GraphMember } from './graph-members.ts';
import type { NetworkEffect } from './network-sample.ts';
import type { ModelCard } from './train-models.ts';

const EFFECTS_SHOWN = 12;

/** The file's path for a version's card in a data directory. */
export const cardPath = (directory: string, { name, version }: Pick<ModelVersion, 'name' | 'version'>): string =>
  join(directory, 'models', `${name.replaceAll(':', '-')}-${version}.md`);

/** Writes `path` and `path` with `.reliability.svg`, `.segments.svg` and `.effects.svg` for its ending. Throws `bad-request`. */
export async function writeCard(path: string, model: ModelVersion): Promise<readonly string[]> {
  const card = model.card as Partial<ModelCard>;
  if (card.metrics === undefined || card.effects === undefined)
    throw new RialtoError(
      'bad-request',
      `${model.name} version ${model.version} has no figures to make a card of: only rankers that were trained here have`,
    );
  const stem = path.replace(/\.md$/, '');
  const plots = {
    reliability: reliabilityPlot(card.metrics.reliability),
    segments: barPlot(
      card.metrics.segments.map(({ segment, orders, recall }) => ({
        label: segment,
        value: recall,
        note: `${recall.toFixed(3)} (${orders} orders)`,
      })),
    ),
    effects: effectPlot(card.effects.slice(0, EFFECTS_SHOWN)),
  };
  await mkdir(dirname(path), { recursive: true });
  const written = [path];
  for (const [name, plot] of Object.entries(plots)) {
    const file = `${stem}.${name}.svg`;
    await writeFile(file, plot);
    written.push(file);
  }
  await writeFile(path, cardText(model, card as ModelCard, basename(stem)));
  return written;
}

function cardText(model: ModelVersion, card: ModelCard, stem: string): string {
  const { metrics, untrained, incumbent, gates } = card;
  const row = (name: string, of: Pick<ModelCard['metrics'], 'recall' | 'logLoss' | 'calibrationError'>): string =>
    `| ${name} | ${of.recall.toFixed(4)} | ${of.logLoss.toFixed(4)} | ${of.calibrationError.toFixed(4)} |`;
  return `# ${model.name}, version ${model.version}

| | |
|---|---|
| status | ${model.status} |
| published | ${timeOf(model.at)} by ${cell(model.by)} |
| trained on | ${card.orders} orders, ${timeOf(card.from)} to ${timeOf(card.to)}; records 0 to ${card.logOffset} of the log |
| seed | ${card.seed} |
| learner | ${card.learner ?? 'additive'} |
| parent | ${model.parent === undefined ? 'none: nothing served before' : `version ${model.parent}`} |
| SHA-256 | \`${model.digest}\` |
| embedding | \`${card.embedding}\` |

It ranks candidates by what buyers are likely to buy. It knows nothing of a listing but ${knowledgeOf(card)}, and was judged on orders of
known buyers only.

## How it did

On the ${card.holdoutOrders} orders after those it was trained on, each from just before it.

| | recall@20 | log loss | calibration error |
|---|---|---|---|
${row('this version', metrics)}
${row('untrained', untrained)}
${incumbent === undefined ? '' : `${row('what served then', incumbent)}\n`}
Calibration error: how far predictions are from what happened, as a share of the mean.

Gates: ${gates.reasons.length === 0 ? 'open.' : `closed.\n\n${gates.reasons.map((reason) => `- ${cell(reason)}`).join('\n')}`}

![predicted against what happened](${stem}.reliability.svg)

## On whom

![recall by segment](${stem}.segments.svg)

| segment | orders | recall@20 | log loss |
|---|---|---|---|
${metrics.segments.map(({ segment, orders, recall, logLoss }) => `| ${cell(segment)} | ${orders} | ${recall.toFixed(4)} | ${logLoss.toFixed(4)} |`).join('\n')}

${topText(card)}${graphText(card.graph)}## What each feature does

The strongest ${EFFECTS_SHOWN}${card.fit === undefined ? '' : ' of the additive part'}, in log-odds from value 0 to 1: for listings new to the buyer in blue, for the buyer's own in orange.

![effects of features](${stem}.effects.svg)

| feature | a high value means | moves scores by | from 0 to 1 |
|---|---|---|---|
${card.effects.map(({ feature, words, weight, fresh }) => `| ${feature} | ${cell(words)} | ${weight.toFixed(3)} | ${(fresh.at(-1)! - fresh[0]!).toFixed(2)} |`).join('\n')}
`;
}

/** What is on top of the additive part, for rankers that have something there. */
function topText({ fit, networkEffects }: ModelCard): string {
  if (fit === undefined || networkEffects === undefined) return '';
  const { groups, validationGroups, baseLoss, loss } = fit;
  const [what, how] =
    'trees' in fit
      ? ['the trees add', counted(fit.trees, 'tree', 's')]
      : [
          'the network adds',
          `A network, with a share of ${fit.scale} of what it says after ${counted(fit.passes, 'pass', 'es')},`,
        ];
  const silent = networkEffects.every(({ weight }) => weight === 0);
  return `## What ${what}

${how} on top of the additive part, from ${groups} orders. On the latest ${validationGroups} of them, which chose how much of it helps, the
loss was ${loss.toFixed(4)} with it and ${baseLoss.toFixed(4)} without.

${silent ? 'Nothing was found that helps: it has no say.' : effectTable(networkEffects)}

`;
}

/** What the source `recommended` follows, for either kind of page. */
function graphText(graph: GraphFit | undefined): string {
  const rows = [['from a past', graph?.past] as const, ['from a page or a cart', graph?.page] as const].flatMap(
    ([from, fit]) => (fit === undefined ? [] : graphRows(from, fit)),
  );
  if (rows.length === 0) return '';
  return `## What leads to what

The graphs of ${graph!.listings} listings that the source \`recommended\` follows. Each recommender was fitted on all but the latest orders and asked for what came
then: from a past, for what was new to the buyer in the next order; from a page or a cart, for what the visit went on to buy or looked at next. A blend's figures are of
trials that its weights were not learned from.

| | recommender | recall@20 | share of what serves |
|---|---|---|---|
${rows.join('\n')}

`;
}

function graphRows(from: string, { recall, best, blend, weights }: ContextFit): string[] {
  const alone = Object.entries(recall).map(([member, of]) => ({
    member,
    of,
    share: weights[member as GraphMember] ?? 0,
  }));
  alone.sort((a, b) => b.share - a.share || b.of - a.of);
  return [
    `| ${from} | the blend | ${blend.recall.toFixed(4)} (${gainOf(blend)}) | |`,
    `| ${from} | the best alone | ${best.recall.toFixed(4)} | |`,
    ...alone.map(
      ({ member, of, share }) =>
        `| ${from} | ${member} | ${of.toFixed(4)} | ${share === 0 ? '–' : `${(100 * share).toFixed(0)} %`} |`,
    ),
  ];
}

const knowledgeOf = ({ learner }: ModelCard): string =>
  learner === 'deep' ? 'the features below, which it is, its category and its shop' : 'the features below';

const counted = (n: number, what: string, plural: string): string => `${n} ${what}${n === 1 ? '' : plural}`;

const effectTable = (effects: readonly NetworkEffect[]): string => `| field | what it is | moves scores by |
|---|---|---|
${effects
  .slice(0, EFFECTS_SHOWN)
  .map(({ field, words, weight }) => `| ${field} | ${cell(words)} | ${weight.toFixed(3)} |`)
  .join('\n')}`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A model's versions as text: a line each, a page of one, two side by side. */
import type { ModelVersion, ModelVersions } from '@rialto/sdk';
import { type ContextFit, contextWords, type GraphFit, graphLines, memberWords } from '../training/graph-fit.ts';
import type { ActionCard } from '../training/train-actions.ts';
import { sourceLinesOf } from './source-lines.ts';

const DIGEST_SHOWN = 12;

export function versionLine(model: ModelVersion): string {
  const { name, version, status, since, changedBy, digest, reason, share } = model;
  const of = share === undefined ? '' : ` (${Number((100 * share).toFixed(4))} %)`;
  const why = reason === undefined ? '' : `  ${reason}`;
  const { recall } = model.card;
  const figure = typeof recall === 'number' ? `  recall ${recall.toFixed(4)}` : '';
  return `${name} ${version}  ${status}${of} since ${timeOf(since)} by ${changedBy}  ${digest.slice(0, DIGEST_SHOWN)}${figure}${why}`;
}

export function versionText(model: ModelVersion): string {
  const { name, version, at, by, offset, bytes, digest, parent } = model;
  const lines = [
    versionLine(model),
    `published  ${timeOf(at)} by ${by}, ${bytes} bytes at offset ${offset} of the log${parent === undefined ? '' : `, when version ${parent} served`}`,
    `sha-256    ${digest}`,
    ...facts(model).map(([what, value]) => `${what.padEnd(10)} ${value}`),
  ];
  const closed = reasonsOf(model);
  const gates = closed.length === 0 ? [] : ['gates      closed:', ...closed.map((reason) => `  - ${reason}`)];
  return `${[...lines, ...gates].join('\n')}\n${name === 'embedding' || version === 0 ? '' : segmentLines(model)}${memberLines(model)}${headLines(model)}${sourceLinesOf(model)}`;
}

/** What is wrong, a line each. */
export function toldLines({ verdict, training = [] }: Pick<ModelVersions, 'verdict' | 'training'>): string {
  const alerts = (verdict?.alerts ?? []).map((alert) => `ALERT ranker: ${alert}\n`);
  const unpublished = training.filter(({ outcome }) => outcome !== 'published');
  const trained = unpublished.map(
    ({ model, at, outcome, message = '' }) =>
      `training of ${model} ${outcome}, ${timeOf(at)}: ${message.split('\n', 1)[0]!}\n`,
  );
  return [...alerts, ...trained].join('');
}

export function comparisonLines([a, b]: readonly [ModelVersion, ModelVersion]): string {
  const left = new Map(facts(a));
  const right = new Map(facts(b));
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const rows = [
    ['', `version ${a.version} (${a.status})`, `version ${b.version} (${b.status})`],
    ['sha-256', a.digest.slice(0, DIGEST_SHOWN), b.digest.slice(0, DIGEST_SHOWN)],
    ...names.map((name) => [name, left.get(name) ?? '—', right.get(name) ?? '—']),
    ['gates', gatesOf(a), gatesOf(b)],
  ];
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
  return `${rows.map((row) => `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${row[2]!}`.trimEnd()).join('\n')}\n`;
}

/** What the card says, as far as it is there: cards of other makers hold other things. */
function facts(model: ModelVersion): [string, string][] {
  const { card } = model;
  const metrics = (card['metrics'] ?? {}) as Record<string, unknown>;
  const features = card['features'];
  const found: [string, string | undefined][] = [
    ['orders', number(card['orders'], 0)],
    ['items', number(card['items'], 0)],
    ['data', range(card['from'], card['to'])],
    ['log', upTo(card['logOffset'])],
    ['seed', number(card['seed'], 0)],
    ['learner', typeof card['learner'] === 'string' ? card['learner'] : undefined],
    ['features', Array.isArray(features) ? String(features.length) : undefined],
    ['held out', number(card['holdoutOrders'], 0)],
    ['recall@20', number(card['recall'], 4)],
    ['untrained', number(card['recallUntrained'], 4)],
    ['log loss', number(metrics['logLoss'], 4)],
    ['miscal.', number(metrics['calibrationError'], 4)],
    ...graphFacts(model, contextWords),
  ];
  return found.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

/** Whom listings lead to others by, and how much of what came then they knew. */
function graphFacts({ card }: ModelVersion, words: (of: ContextFit) => string): [string, string][] {
  const graph = (card['graph'] ?? {}) as Partial<GraphFit> & { readonly kind?: string };
  return graph.kind === undefined ? graphLines(graph, words) : [['graph', graph.kind]];
}

function segmentLines({ card }: ModelVersion): string {
  const segments = (card['metrics'] as { segments?: unknown } | undefined)?.segments;
  if (!Array.isArray(segments)) return '';
  return segments
    .map(
      ({ segment, orders, recall, logLoss }) =>
        `  ${segment}: ${orders} orders, recall ${recall.toFixed(4)}, log loss ${logLoss.toFixed(4)}\n`,
    )
    .join('');
}

/** Of the graphs' recommenders: what each was worth alone. */
const memberLines = (model: ModelVersion): string =>
  'kind' in ((model.card['graph'] ?? {}) as object)
    ? ''
    : graphFacts(model, memberWords)
        .map(([what, alone]) => `  ${what}, each alone: ${alone}\n`)
        .join('');

/** Of heads: what each was judged by. */
function headLines({ card }: ModelVersion): string {
  const heads = Object.entries((card['heads'] ?? {}) as ActionCard['heads']);
  const kept = Array.isArray(card['kept']) ? card['kept'] : [];
  const lines = heads.map(([action, { positives, trial }]) => {
    if (trial === undefined) return `  ${action}: ${positives} times\n`;
    const { rows, against, logLoss, logLossServing, calibrationError } = trial;
    const served = against === 'head' ? 'the head before' : 'the prior';
    return `  ${action}: ${positives} times; on the latest ${rows} items log loss ${logLoss.toFixed(4)}, of ${served} ${logLossServing.toFixed(4)}; off by ${(100 * calibrationError).toFixed(0)} % beyond chance\n`;
  });
  return [...lines, ...kept.map((action) => `  ${action}: kept as it served\n`)].join('');
}

function reasonsOf({ card }: ModelVersion): readonly string[] {
  const gates = card['gates'] as { reasons?: unknown } | undefined;
  return Array.isArray(gates?.reasons) ? gates.reasons.map(String) : [];
}

const gatesOf = (model: ModelVersion): string =>
  model.card['gates'] === undefined ? 'not asked' : reasonsOf(model).join('; ') || 'open';

const number = (value: unknown, digits: number): string | undefined =>
  typeof value === 'number' ? value.toFixed(digits) : undefined;
const upTo = (value: unknown): string | undefined => (typeof value === 'number' ? `records 0 to ${value}` : undefined);
const range = (from: unknown, to: unknown): string | undefined =>
  typeof from === 'number' && typeof to === 'number' ? `${timeOf(from)} to ${timeOf(to)}` : undefined;

const timeOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

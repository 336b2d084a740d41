/** What a model of candidate sources learned, in words: placement by placement, what changes, what it brings, and what each source is worth. */
import type { ModelVersion, Source } from '@rialto/sdk';
import type { PairedDifference } from '../training/gates.ts';
import type { ListWorth, SourceWorth } from '../training/source-study.ts';
import type { StudiedPlacement } from '../training/study-placements.ts';

export const sourceLines = (placements: readonly StudiedPlacement[]): string => placements.map(placementLines).join('');

/** Of a version's card; nothing of other models. */
export function sourceLinesOf({ name, card }: ModelVersion): string {
  const placements = name === 'sources' ? card['placements'] : undefined;
  return Array.isArray(placements) ? sourceLines(placements as StudiedPlacement[]) : '';
}

function placementLines({
  placement,
  outcome,
  reason,
  byHand,
  after,
  judged,
  basis,
  witness,
}: StudiedPlacement): string {
  const title = `${placement}: ${OUTCOMES[outcome]}${reason === undefined ? '' : `, ${reason}`}\n`;
  const lists = [`  by hand  ${listText(byHand)}\n`, ...(after === byHand ? [] : [`  learned  ${listText(after)}\n`])];
  if (judged === undefined) return `${title}${lists.join('')}`;
  const { pages, judged: on, learned, serving, fewer } = judged;
  const where = basis === 'orders' ? 'moments before orders' : 'pages';
  const wanted = basis === 'orders' ? 'what was ordered' : WANTED[witness ?? 'purchase'];
  const told = [
    `  learned from ${pages} ${where}, judged on the ${on} after them; wanted: ${wanted}\n`,
    `  of what was wanted, shown: ${points(learned.shown)} % learned, ${points(serving.shown)} % as it served (${interval(judged.shown)})\n`,
    `  among the candidates: ${points(learned.covered)} % learned, ${points(serving.covered)} % as it served (${interval(judged.covered)})\n`,
    ...fewer.map(
      ({ places, shown, covered, candidates }) =>
        `  with ${places} places: ${points(shown)} % shown, ${points(covered)} % among the candidates, ${candidates.toFixed(0)} a page\n`,
    ),
    `  a page: ${timeText(learned)} learned, ${timeText(serving)} as it served\n`,
  ];
  return `${title}${lists.join('')}${told.join('')}${worthTable(judged.sources)}`;
}

const timeText = ({ retrievalMicros, micros, candidates }: ListWorth): string =>
  `${micros.toFixed(0)} µs (${retrievalMicros.toFixed(0)} of it retrieval) for ${candidates.toFixed(0)} candidates`;

const OUTCOMES: Record<StudiedPlacement['outcome'], string> = {
  learned: 'gains by learned sources',
  kept: 'keeps what was learned before',
  'by-hand': 'stays as set by hand',
  dropped: 'goes back to the sources set by hand',
};

const WANTED = {
  purchase: 'what was bought within a day',
  'cart-add': 'what was bought or put into the cart within a day',
  click: 'what was clicked, put into the cart or bought within a day',
} as const;

function worthTable(sources: readonly SourceWorth[]): string {
  const rows = [
    ['source', 'by hand', 'learned', 'brings alone', 'lost: shown', 'candidates', 'µs'],
    ...sources.map(({ source, byHand, learned, alone, lostShown, lostCovered, micros }) => [
      source,
      String(byHand),
      String(learned),
      `${points(alone)} %`,
      `${points(lostShown)} %`,
      `${points(lostCovered)} %`,
      micros.toFixed(0),
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: string[]): string =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  ');
  return rows.map((row) => `    ${line(row)}\n`).join('');
}

const listText = (sources: readonly Source[]): string =>
  sources.map(({ source, limit }) => `${source} ${limit}`).join(', ');
const interval = ({ mean, standardError }: PairedDifference): string =>
  `${signed(mean)} ± ${points(1.96 * standardError)}`;
const points = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${points(share)}`;

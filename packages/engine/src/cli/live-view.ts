/** The playground's view as lines of text: a function of a sample and the terminal's size. Nothing here writes. */
import type { MarketSample } from './market-sample.ts';
import { bar, sparkline } from './sparkline.ts';

export interface ViewFrame {
  readonly title: string;
  /** What to open. */
  readonly url: string;
  /** Where the data lie. */
  readonly data: string;
  readonly speed: number;
  readonly sample: MarketSample;
  /** Commands to try, each with what it shows. */
  readonly hints: readonly Hint[];
  readonly notice?: string;
}

export interface Hint {
  readonly what: string;
  /** Parts that a line may end after. */
  readonly command: readonly string[];
}

export interface ViewSize {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const LABEL_WIDTH = 15;
const VALUE_WIDTH = 30;
const CAMPAIGNS_SHOWN = 10;
/** A blank line, a heading and three campaigns. */
const CAMPAIGN_LINES_MIN = 5;
const HINTS_MIN = 2;

const count = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 2 });
const date = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

export const countText = (value: number): string => count.format(Math.round(value));
export const shareText = (part: number, of: number): string => percent.format(of === 0 ? 0 : part / of);
export const simulatedTime = (at: number): string => `${date.format(at)} UTC`;

export function moneyText(micros: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(micros / 1e6);
}

export function durationText(microseconds: number): string {
  return microseconds < 1000
    ? `${Math.round(microseconds)} µs`
    : `${(microseconds / 1000).toFixed(microseconds < 10_000 ? 2 : 1)} ms`;
}

type Paint = (text: string) => string;

interface Paints {
  readonly strong: Paint;
  readonly dim: Paint;
  readonly accent: Paint;
}

function paintsOf(colour: boolean): Paints {
  const paint = (code: number): Paint => (colour ? (text) => `\x1b[${code}m${text}\x1b[0m` : (text) => text);
  return { strong: paint(1), dim: paint(2), accent: paint(36) };
}

/** The lines of the view, at most as many as there are rows: what matters least goes first. */
export function viewLines(view: ViewFrame, size: ViewSize): string[] {
  const paints = paintsOf(size.colour);
  const top = [...headLines(view, size, paints), ...figureLines(view.sample, size, paints)];
  const room = size.rows - top.length - 1;
  const hints = hintLines(view.hints, size, paints);
  // Where room is short, the campaigns come before all but the first commands.
  let shown = hints.length;
  while (shown > HINTS_MIN && linesOf(hints, shown) > room - CAMPAIGN_LINES_MIN) shown--;
  const left = room - linesOf(hints, shown);
  const campaigns = left >= CAMPAIGN_LINES_MIN ? campaignLines(view.sample, left - 2, size, paints) : [];
  return [...top, ...campaigns, '', ...hints.slice(0, shown).flat()].slice(0, size.rows);
}

const linesOf = (hints: readonly string[][], shown: number): number => hints.slice(0, shown).flat().length;

function headLines(
  { title, url, data, speed, sample, notice }: ViewFrame,
  { columns }: ViewSize,
  { strong, dim, accent }: Paints,
): string[] {
  const now = `${simulatedTime(sample.simulatedAt)}, ${speed}× real time`;
  const left = `open ${url}`;
  const right = 'Ctrl-C ends';
  return [
    spread(title, now, columns, strong, dim),
    spread(left, right, columns, accent, dim),
    ...(notice === undefined ? [dim(data)] : [strong(notice)]),
    '',
  ];
}

/** Two texts at the two ends of a line; the right one gives way where there is no room. */
function spread(left: string, right: string, columns: number, paintLeft: Paint, paintRight: Paint): string {
  const gap = columns - left.length - right.length;
  return gap < 1 ? paintLeft(left) : `${paintLeft(left)}${' '.repeat(gap)}${paintRight(right)}`;
}

function figureLines(sample: MarketSample, { columns }: ViewSize, { strong, dim, accent }: Paints): string[] {
  const { totals, currency } = sample;
  const plotWidth = Math.max(0, Math.min(60, columns - LABEL_WIDTH - VALUE_WIDTH - 1));
  const line = (label: string, value: string, plot = ''): string =>
    `${dim(label.padEnd(LABEL_WIDTH))}${strong(value.padEnd(VALUE_WIDTH))} ${accent(plot)}`.trimEnd();
  const used = sample.budgetTodayMicros === 0 ? 0 : sample.spentTodayMicros / sample.budgetTodayMicros;
  return [
    line('decisions/s', countText(sample.decisionsPerSecond), sparkline(sample.decisionsSeries, plotWidth)),
    line('p50, p99', `${durationText(sample.p50Microseconds)}, ${durationText(sample.p99Microseconds)}`),
    line('impressions', countText(totals.impressions)),
    line(
      'clicks',
      `${countText(totals.clicks)}   CTR ${shareText(totals.clicks, totals.impressions)}`,
      sparkline(sample.clickRateSeries, plotWidth),
    ),
    line('orders', `${countText(sample.orders)}   ${moneyText(sample.orderValueMicros, currency)}`),
    line('ad revenue', moneyText(totals.adRevenueMicros, currency), sparkline(sample.revenueSeries, plotWidth)),
    line(
      'budget used',
      `${moneyText(sample.spentTodayMicros, currency)} of ${moneyText(sample.budgetTodayMicros, currency)}`,
      bar(used, plotWidth),
    ),
    line('', `${sample.exhausted} of ${sample.campaigns} campaigns spent`),
  ];
}

function campaignLines(
  { topCampaigns, currency }: MarketSample,
  max: number,
  { columns }: ViewSize,
  { dim, accent }: Paints,
): string[] {
  if (topCampaigns.length === 0) return [];
  const nameWidth = Math.max(18, Math.min(36, columns - 50));
  const barWidth = Math.max(0, Math.min(24, columns - nameWidth - 34));
  const rows = topCampaigns
    .slice(0, Math.min(max, CAMPAIGNS_SHOWN))
    .map(({ id, shop, spentMicros, budgetMicros, clicks }) => {
      const name = `${shop} (${id})`.slice(0, nameWidth - 1).padEnd(nameWidth);
      const money = `${moneyText(spentMicros, currency).padStart(8)} of ${moneyText(budgetMicros, currency).padEnd(8)}`;
      return `${name}${accent(bar(budgetMicros === 0 ? 0 : spentMicros / budgetMicros, barWidth))} ${money} ${dim(`${countText(clicks)} click${clicks === 1 ? '' : 's'}`)}`;
    });
  return ['', dim('top campaigns of the simulated day'), ...rows];
}

function hintLines(hints: readonly Hint[], { columns }: ViewSize, { dim }: Paints): string[][] {
  return hints.map(({ what, command }) => [dim(`# ${what}`), ...commandLines(command, columns)]);
}

/** A command in lines of at most `columns` where its parts allow; a shell reads them as one. */
export function commandLines(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    // Two for the mark that the command goes on.
    if (last !== undefined && last.length + 1 + part.length + 2 <= columns) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(last === undefined ? part : `  ${part}`);
  }
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} \\` : line));
}

/** The same as one line of a log. */
export function logLine(sample: MarketSample): string {
  const { totals, currency } = sample;
  return [
    simulatedTime(sample.simulatedAt),
    `${countText(sample.decisionsPerSecond)} decisions/s`,
    `p50 ${durationText(sample.p50Microseconds)}`,
    `p99 ${durationText(sample.p99Microseconds)}`,
    `${countText(totals.impressions)} impressions`,
    `${countText(totals.clicks)} clicks (${shareText(totals.clicks, totals.impressions)})`,
    `${countText(sample.orders)} orders`,
    `ad revenue ${moneyText(totals.adRevenueMicros, currency)}`,
    `budget used ${shareText(sample.spentTodayMicros, sample.budgetTodayMicros)}`,
  ].join(' | ');
}

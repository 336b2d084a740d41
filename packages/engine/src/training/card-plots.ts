/** The plots of a model card, as SVG that stands alone: no script, no font, no other file. */
import type { ReliabilityBin } from '../learning/calibration.ts';
import type { FeatureEffect } from './feature-effects.ts';

const WIDTH = 480;
const HEIGHT = 320;
const MARGIN = 48;
const INK = '#333';
const BLUE = '#2b6cb0';
const ORANGE = '#c05621';

/** Mean prediction against what happened, a dot a bin, on logarithmic axes; on the line they agree. */
export function reliabilityPlot(bins: readonly ReliabilityBin[]): string {
  const shown = bins.filter(({ predicted, observed }) => predicted > 0 && observed > 0);
  const all = shown.flatMap(({ predicted, observed }) => [predicted, observed]);
  const low = Math.floor(Math.log10(Math.min(1, ...all)));
  const x = (share: number) => scaled(Math.log10(share), low, 0, MARGIN, WIDTH - 12);
  const y = (share: number) => scaled(Math.log10(share), low, 0, HEIGHT - MARGIN, 12);
  const ticks = Array.from({ length: 1 - low }, (_, i) => 10 ** (low + i));
  const grid = ticks.flatMap((share) => [
    text(x(share), HEIGHT - MARGIN + 16, percent(share), 'middle'),
    text(MARGIN - 6, y(share) + 4, percent(share), 'end'),
    line([x(share), y(ticks[0]!)], [x(share), y(1)], '#eee'),
    line([x(ticks[0]!), y(share)], [x(1), y(share)], '#eee'),
  ]);
  const dots = shown.map(
    ({ predicted, observed, rows }) =>
      `<circle cx="${x(predicted).toFixed(1)}" cy="${y(observed).toFixed(1)}" r="4" fill="${BLUE}"><title>${percent(predicted)} predicted, ${percent(observed)} happened, ${rows} rows</title></circle>`,
  );
  const path = shown.map(({ predicted, observed }) => `${x(predicted).toFixed(1)},${y(observed).toFixed(1)}`).join(' ');
  return svg(HEIGHT, [
    ...grid,
    line([x(ticks[0]!), y(ticks[0]!)], [x(1), y(1)], '#999', '4 3'),
    `<polyline points="${path}" fill="none" stroke="${BLUE}"/>`,
    ...dots,
    text(WIDTH / 2, HEIGHT - 8, 'predicted', 'middle'),
    text(14, HEIGHT / 2, 'happened', 'middle', `transform="rotate(-90 14 ${HEIGHT / 2})"`),
  ]);
}

const ROW = 26;
const LABEL = 200;

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly note: string;
}

/** A bar a row; values are at least 0. */
export function barPlot(bars: readonly Bar[]): string {
  const most = Math.max(1e-12, ...bars.map(({ value }) => value));
  const rows = bars.flatMap(({ label, value, note }, i) => {
    const length = (Math.max(0, value) / most) * (WIDTH - LABEL - 110);
    return [
      text(LABEL - 8, i * ROW + 18, label, 'end'),
      `<rect x="${LABEL}" y="${i * ROW + 5}" width="${length.toFixed(1)}" height="${ROW - 9}" fill="${BLUE}"/>`,
      text(LABEL + length + 6, i * ROW + 18, note, 'start'),
    ];
  });
  return svg(bars.length * ROW + 10, rows);
}

const PANEL = { columns: 3, width: WIDTH / 3, height: 110 };

/** A small line a feature, from value 0 to 1, all on one scale: listings new to the buyer in blue, the buyer's own in orange. */
export function effectPlot(effects: readonly FeatureEffect[]): string {
  const all = effects.flatMap(({ fresh, own }) => [...fresh, ...own]);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const panels = effects.flatMap(({ feature, fresh, own }, i) => {
    const left = (i % PANEL.columns) * PANEL.width + 8;
    const top = Math.floor(i / PANEL.columns) * PANEL.height + 22;
    const y = (value: number) => scaled(value, low, high, top + PANEL.height - 36, top);
    const x = (knot: number, of: number) => scaled(knot, 0, of - 1, left, left + PANEL.width - 20);
    const curve = (values: readonly number[], colour: string) =>
      `<polyline points="${values.map((value, k) => `${x(k, values.length).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    return [
      text(left, top - 8, feature, 'start'),
      line([left, y(0)], [left + PANEL.width - 20, y(0)], '#ccc'),
      curve(own, ORANGE),
      curve(fresh, BLUE),
    ];
  });
  return svg(Math.ceil(effects.length / PANEL.columns) * PANEL.height + 8, panels);
}

const svg = (height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;

const line = (from: readonly [number, number], to: readonly [number, number], colour: string, dashes = ''): string =>
  `<line x1="${from[0].toFixed(1)}" y1="${from[1].toFixed(1)}" x2="${to[0].toFixed(1)}" y2="${to[1].toFixed(1)}" stroke="${colour}"${dashes === '' ? '' : ` stroke-dasharray="${dashes}"`}/>`;

const text = (x: number, y: number, content: string, anchor: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${INK}"${more === '' ? '' : ` ${more}`}>${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const scaled = (value: number, low: number, high: number, from: number, to: number): number =>
  high === low ? from : from + ((value - low) / (high - low)) * (to - from);

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

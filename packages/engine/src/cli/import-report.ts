/** What `rialto import` tells its user: a line of progress, and a summary at the end. */
import type { ImportProgress, ImportSummary } from '../intake/import-file.ts';

const REASONS_SHOWN = 5;
const count = new Intl.NumberFormat('en');

export function progressLine({ rows, bytesRead, bytesTotal, saving }: ImportProgress, seconds: number): string {
  if (saving !== undefined)
    return `${count.format(rows)} rows read; saving ${count.format(saving.done)} of ${count.format(saving.total)}`;
  const share = bytesTotal === 0 ? 0 : Math.min(1, bytesRead / bytesTotal);
  const left = share > 0 ? Math.ceil((seconds * (1 - share)) / share) : undefined;
  const rate = seconds > 0 ? Math.round(rows / seconds) : 0;
  const eta = left === undefined ? '' : `, about ${left} s left`;
  return `${count.format(rows)} rows, ${count.format(rate)}/s, ${Math.floor(share * 100)} %${eta}`;
}

export function summaryText(summary: ImportSummary, seconds: number): string {
  const { counts } = summary;
  const lines = [
    ...summary.warnings.map((warning) => `warning: ${warning}`),
    `${summary.interrupted ? 'interrupted after' : 'read'} ${count.format(summary.rows)} rows of ${summary.format} in ${seconds.toFixed(1)} s`,
    `${savedText(summary)}`,
    ...(counts.merged > 0
      ? [`merged: ${count.format(counts.merged)} rows repeated one of the ${count.format(counts.entities)} ids`]
      : []),
    ...(counts.untitled > 0
      ? [`without a title or name: ${count.format(counts.untitled)}; their id serves as one`]
      : []),
    ...(counts.created > 0 ? [`created because a row named them: ${count.format(counts.created)}`] : []),
    ...(summary.rows === 0 && !summary.interrupted ? ['the file holds no rows'] : rejectLines(summary)),
    ...(summary.interrupted ? ['run the same command again to continue; nothing is counted twice'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function savedText({ as, counts }: ImportSummary): string {
  if (as === 'purchases' || as === 'events') {
    return `${as} counted: ${count.format(counts.saved)} new, ${count.format(counts.duplicates)} counted before`;
  }
  return `${as} saved: ${count.format(counts.saved)} new or changed, ${count.format(counts.unchanged)} unchanged`;
}

function rejectLines(summary: ImportSummary): string[] {
  if (summary.rejected === 0) return ['rejected: none'];
  const reasons = Object.entries(summary.rejectedByReason);
  const shown = reasons.slice(0, REASONS_SHOWN).map(([reason, times]) => `${reason} ${count.format(times)}`);
  const more = reasons.length > REASONS_SHOWN ? `, ${reasons.length - REASONS_SHOWN} more reasons` : '';
  const lines = [
    `rejected: ${count.format(summary.rejected)} (${shown.join(', ')}${more})`,
    `the rejected rows are in ${summary.rejectsPath}`,
  ];
  if (summary.rejectedByReason['unknown-listing'] !== undefined) {
    lines.push(
      'unknown-listing: import the listings first (--as listings), or have them made of what the rows say with --create-listings',
    );
  }
  if (summary.rejectedByReason['ambiguous-price'] !== undefined) {
    lines.push('ambiguous-price: say with --decimal comma or point what 1,234 means');
  }
  if (summary.rejectedByReason['currency-mismatch'] !== undefined) {
    lines.push(
      `the marketplace's currency is ${summary.currency}; a marketplace without listings takes another with --currency`,
    );
  }
  return lines;
}

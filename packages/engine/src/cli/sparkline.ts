/** Series and shares as characters: a small plot over time, and a bar. */
const LEVELS = '▁▂▃▄▅▆▇█';

/** The last `width` values, from 0 to their largest. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const max = Math.max(...shown, 0);
  if (max === 0) return LEVELS.charAt(0).repeat(shown.length);
  return shown
    .map((value) => LEVELS.charAt(Math.min(LEVELS.length - 1, Math.floor((LEVELS.length * value) / max))))
    .join('');
}

/** How much of `width` a share in [0, 1] takes. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Numbers of results for readers. */

/** To `digits` significant digits, without an exponent where a reader can do without. */
export function formatted(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  if (Math.abs(value) >= 10 ** digits) return value.toFixed(0);
  return Math.abs(value) < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(digits)));
}

export const percent = (value: number): string => `${value > 0 ? '+' : ''}${formatted(100 * value, 3)} %`;

/**
 * Decimal amounts in major units to integer micros, exactly: a number is read by its shortest decimal form, which is what
 * the sender wrote, so no product of binary fractions ever rounds a price. Digits beyond the sixth are rounded half up.
 */

const DECIMAL = /^(\d{1,20})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/i;

/** 19.99 or "19.99" → 19990000; undefined for what is negative, no amount, or beyond the integers that numbers keep exactly. */
export function decimalMicros(amount: unknown): number | undefined {
  if (typeof amount !== 'number' && typeof amount !== 'string') return undefined;
  const match = DECIMAL.exec(typeof amount === 'number' ? String(amount) : amount.trim());
  if (match === null) return undefined;
  const [, whole, fraction = '', exponent = '0'] = match;
  // The amount is digits × 10^(shift − 6): micros are the digits with their last −shift cut off, or shift zeros added.
  const digits = BigInt(whole! + fraction);
  const shift = Number(exponent) - fraction.length + 6;
  const micros = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedQuotient(digits, 10n ** BigInt(-shift));
  return micros <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(micros) : undefined;
}

const roundedQuotient = (a: bigint, b: bigint): bigint => (a + b / 2n) / b;

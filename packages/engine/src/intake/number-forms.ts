/**
 * Numbers as tables write them: `3.14`, `1e-5`, `3,14`, `1.234,50`, `1,234.50`, `1 234,50`, `1'234.50`, `12.5 %`. A cell by itself may
 * not tell whether the point or the comma is its decimal mark (`1.234`, `1,234`), so it is read for one of them. A per cent sign is
 * passed over. Texts are trimmed; what is no number of the form is NaN.
 */

const PLAIN = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;
const GROUPED = /^[-+]?\d{1,3}(,\d{3}|[ \u00a0\u202f'’]\d{3})+(\.\d*)?$/;
const COMMA = /^[-+]?(?=,?\d)(\d{1,3}(\.\d{3}|[ \u00a0\u202f'’]\d{3})+|\d*)(,\d*)?(e[-+]?\d+)?$/i;
const PERCENT = /\s*%$/;

/** Whether `Number` reads it, as all tools do. */
export const isPlain = (text: string): boolean => PLAIN.test(text);

export const isPercent = (text: string): boolean => PERCENT.test(text);

/** Read with the point as the decimal mark. */
export function pointNumber(text: string): number {
  const bare = plainSigns(text);
  if (PLAIN.test(bare)) return Number(bare);
  return GROUPED.test(bare) ? Number(bare.replace(/[^\d.+-]/g, '')) : Number.NaN;
}

/** Read with the comma as the decimal mark. */
export function commaNumber(text: string): number {
  const bare = plainSigns(text);
  return COMMA.test(bare) ? Number(bare.replace(/[^\d,+\-e]/gi, '').replace(',', '.')) : Number.NaN;
}

/** Without a per cent sign, and with the minus of the keyboard. */
const plainSigns = (text: string): string => text.replace(PERCENT, '').replace(/^\u2212/, '-');

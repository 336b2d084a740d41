/** Why an event with a good token is not billed though there was budget: invalid traffic, and tokens that bill no more. */
export const INVALID_REASONS = [
  'expired',
  'replayed',
  'bot',
  'own-shop',
  'double-click',
  'click-flood',
  'too-fast',
  'before-impression',
  'no-impression',
  'order-before-click',
  'view-flood',
] as const;

export type InvalidReason = (typeof INVALID_REASONS)[number];

/** Row of the reason in tables of counts. */
export const REASON_CODE = Object.fromEntries(INVALID_REASONS.map((reason, code) => [reason, code])) as Readonly<
  Record<InvalidReason, number>
>;

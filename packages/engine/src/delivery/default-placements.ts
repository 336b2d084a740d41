/** The pages that nearly every marketplace has: saved into an empty log, to be changed or left unused. */
import type { Placement, Source } from '@rialto/sdk';

const personal: readonly Source[] = [
  { source: 'history', limit: 250 },
  { source: 'together', limit: 200 },
  { source: 'neighbours', limit: 60 },
  { source: 'viewed-together', limit: 60 },
  { source: 'category', limit: 80 },
  { source: 'popular', limit: 105 },
];

const similar: readonly Source[] = [
  { source: 'together', limit: 200 },
  { source: 'viewed-together', limit: 100 },
  { source: 'neighbours', limit: 100 },
  { source: 'category', limit: 140 },
  { source: 'popular', limit: 110 },
];

export const DEFAULT_PLACEMENTS: readonly Placement[] = [
  { id: 'home', slots: 20, adSlots: [2, 7, 12, 17], sources: personal },
  { id: 'discover', slots: 20, sources: personal, rules: [{ rule: 'not-bought' }] },
  { id: 'listing', slots: 12, adSlots: [0, 6], sources: similar },
  { id: 'cart', slots: 8, sources: similar, rules: [{ rule: 'not-bought', days: 30 }] },
  { id: 'category', slots: 24, adSlots: [0, 1, 12], sources: [{ source: 'category', limit: 500 }] },
  { id: 'search', slots: 24, adSlots: [0, 1, 12], sources: [{ source: 'search', limit: 512 }] },
];

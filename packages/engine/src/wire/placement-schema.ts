/** The form of a placement and its rules. */
import { z } from 'zod';
import { placementAuctionSchema } from './auction-schema.ts';
import { id, integer, LIMITS, line, money } from './field.ts';

const whereSchema = z
  .strictObject({
    attribute: id().exactOptional(),
    in: z.array(line(LIMITS.title)).max(LIMITS.values).exactOptional(),
    priceMicrosMin: money().exactOptional(),
    priceMicrosMax: money().exactOptional(),
  })
  .refine((where) => (where.attribute === undefined) === (where.in === undefined), '`attribute` and `in` go together')
  .meta({ id: 'Where' });

export const ruleSchema = z
  .discriminatedUnion('rule', [
    z.strictObject({ rule: z.literal('include'), where: whereSchema }),
    z.strictObject({ rule: z.literal('exclude'), where: whereSchema }),
    z.strictObject({ rule: z.literal('boost'), where: whereSchema, factor: z.number().gt(1).max(1_000) }),
    z.strictObject({ rule: z.literal('bury'), where: whereSchema, factor: z.number().gt(0).lt(1) }),
    z.strictObject({ rule: z.literal('pin'), listing: id(), position: integer(0, LIMITS.slots - 1) }),
    z.strictObject({ rule: z.literal('not-bought'), days: integer(1, 3_650).exactOptional() }),
    z.strictObject({ rule: z.literal('max-per-shop'), max: integer(1, LIMITS.slots) }),
  ])
  .meta({ id: 'Rule' });

export const sourceSchema = z
  .strictObject({
    source: z.enum([
      'popular',
      'category',
      'together',
      'viewed-together',
      'history',
      'search',
      'neighbours',
      'similar',
      'recommended',
    ]),
    limit: integer(1, 10_000),
  })
  .meta({ id: 'Source' });

export const rankedSchema = z.enum(['listings', 'signals', 'queries', 'reviews', 'shops', 'modules']);

/** What is ranked within rules. */
const RULED: ReadonlySet<string> = new Set(['listings', 'shops']);

export const placementSchema = z
  .strictObject({
    id: id(),
    slots: integer(1, LIMITS.slots),
    adSlots: z
      .array(integer(0, LIMITS.slots - 1))
      .max(LIMITS.slots)
      .exactOptional(),
    sources: z.array(sourceSchema).max(16),
    learnedSources: z.boolean().exactOptional(),
    rules: z.array(ruleSchema).max(LIMITS.rules).exactOptional(),
    reserveMicros: money().exactOptional(),
    auction: placementAuctionSchema.exactOptional(),
    ranker: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
      .exactOptional(),
    ranks: rankedSchema.exactOptional(),
    modules: z.array(id()).min(1).max(LIMITS.slots).exactOptional(),
    queryBuyersMin: integer(3, 50).exactOptional(),
    itemSignals: integer(1, 4).exactOptional(),
  })
  .refine((placement) => placement.adSlots?.every((slot) => slot < placement.slots) ?? true, {
    path: ['adSlots'],
    message: 'must lie below `slots`',
  })
  .refine((placement) => new Set(placement.adSlots).size === (placement.adSlots?.length ?? 0), {
    path: ['adSlots'],
    message: 'must not repeat a position',
  })
  .refine(({ auction, adSlots = [] }) => effectsOf(auction?.slotEffects, adSlots.length) === adSlots.length, {
    path: ['auction', 'slotEffects'],
    message: 'must have one number for each of `adSlots`',
  })
  .refine(
    ({ auction, adSlots = [] }) => !needsOrder(auction) || adSlots.every((slot, i) => slot > (adSlots[i - 1] ?? -1)),
    {
      path: ['adSlots'],
      message: 'must ascend where `auction` has `organicBetweenMin` or `relevanceValueMicros`',
    },
  )
  .refine(({ ranks, modules }) => (ranks === 'modules') === (modules !== undefined), {
    path: ['modules'],
    message: 'must be given where `ranks` is `modules`, and only there',
  })
  .refine(({ ranks = 'listings', rules = [] }) => rules.length === 0 || RULED.has(ranks), {
    path: ['rules'],
    message: 'are about listings, and hold only where `ranks` is `listings` or `shops`',
  })
  .refine(({ ranks = 'listings', adSlots = [] }) => adSlots.length === 0 || ranks === 'listings', {
    path: ['adSlots'],
    message: 'are for listings: leave them out where something else is ranked',
  })
  .refine(({ ranks = 'listings', learnedSources = false }) => !learnedSources || ranks === 'listings', {
    path: ['learnedSources'],
    message: 'are for listings: leave it out where something else is ranked',
  })
  .refine(({ id, modules }) => !modules?.includes(id) && new Set(modules).size === (modules?.length ?? 0), {
    path: ['modules'],
    message: 'must not name the placement itself, nor anything twice',
  })
  .meta({ id: 'Placement' });

function effectsOf(slotEffects: readonly number[] | 'learned' | undefined, slots: number): number {
  return typeof slotEffects === 'object' ? slotEffects.length : slots;
}

function needsOrder(auction: { organicBetweenMin?: number; relevanceValueMicros?: number } | undefined): boolean {
  return auction?.organicBetweenMin !== undefined || auction?.relevanceValueMicros !== undefined;
}

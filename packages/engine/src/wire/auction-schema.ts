/** The form of how a placement's ad slots are sold. */
import { z } from 'zod';
import { integer, LIMITS, line, money } from './field.ts';

export const auctionFormatSchema = z.enum(['gsp', 'vcg', 'first-price']);

export const pacingMethodSchema = z.enum(['throttle', 'shade']);

const reserveSchema = z
  .strictObject({
    byCategory: z
      .array(z.strictObject({ category: line(LIMITS.title).min(1), reserveMicros: money() }))
      .max(LIMITS.values)
      .refine(
        (list) => new Set(list.map(({ category }) => category)).size === list.length,
        'must not repeat a category',
      )
      .exactOptional(),
    learned: z
      .strictObject({ shopsMin: integer(20, 1_000_000).exactOptional(), reserveMicrosMax: money().exactOptional() })
      .exactOptional(),
  })
  .meta({ id: 'AuctionReserve' });

export const placementAuctionSchema = z
  .strictObject({
    format: auctionFormatSchema.exactOptional(),
    pacing: pacingMethodSchema.exactOptional(),
    squashing: z.number().min(0).max(2).exactOptional(),
    slotEffects: z
      .union(
        [
          z
            .array(z.number().gt(0).max(1))
            .max(LIMITS.slots)
            .refine(
              (effects) => effects.every((effect, i) => effect <= (effects[i - 1] ?? 1)),
              'must not rise: the best slot comes first',
            ),
          z.literal('learned'),
        ],
        "must be a number for each of `adSlots` or 'learned'",
      )
      .exactOptional(),
    reserve: reserveSchema.exactOptional(),
    coinMicros: integer(1, 1e9).exactOptional(),
    qualityMin: z.number().min(0).max(1).exactOptional(),
    adsMax: integer(0, LIMITS.slots).exactOptional(),
    adsPerPageMax: integer(0, LIMITS.slots * LIMITS.placements).exactOptional(),
    organicBetweenMin: integer(0, LIMITS.slots).exactOptional(),
    relevanceValueMicros: money().exactOptional(),
  })
  .meta({ id: 'PlacementAuction' });

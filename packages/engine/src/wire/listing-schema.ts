/** The form of a listing. */
import { z } from 'zod';
import { country, id, integer, LIMITS, language, line, money, text, time, title, url } from './field.ts';

const availabilitySchema = z.enum(['in-stock', 'out-of-stock', 'preorder', 'backorder', 'removed']);

const attributeName = id().refine((name) => name !== '__proto__', 'must not be __proto__');

export const listingSchema = z
  .strictObject({
    id: id(),
    title: title().min(1),
    priceMicros: money(),
    description: text(LIMITS.text).exactOptional(),
    category: line(LIMITS.title).exactOptional(),
    shop: id().exactOptional(),
    brand: line(LIMITS.name).exactOptional(),
    tags: z.array(line(LIMITS.name).min(1)).max(LIMITS.tags).exactOptional(),
    attributes: z
      .record(attributeName, text(LIMITS.title))
      .refine(
        (attributes) => Object.keys(attributes).length <= LIMITS.attributes,
        `must have at most ${LIMITS.attributes} attributes`,
      )
      .exactOptional(),
    availability: availabilitySchema.exactOptional(),
    language: language().exactOptional(),
    url: url().exactOptional(),
    imageUrl: url().exactOptional(),
    stock: z.strictObject({ quantity: integer(0, LIMITS.quantity), at: time().exactOptional() }).exactOptional(),
    shipsTo: z.array(country()).max(LIMITS.countries).exactOptional(),
  })
  .meta({ id: 'Listing' });

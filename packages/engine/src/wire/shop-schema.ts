/** The form of a shop. */
import { z } from 'zod';
import { country, id, LIMITS, line, money } from './field.ts';

export const shopSchema = z
  .strictObject({
    id: id(),
    name: line(LIMITS.name),
    country: country().exactOptional(),
    wallet: z.strictObject({ creditLimitMicros: money() }).exactOptional(),
    ownerBuyers: z.array(id()).max(LIMITS.values).exactOptional(),
  })
  .meta({ id: 'Shop' });

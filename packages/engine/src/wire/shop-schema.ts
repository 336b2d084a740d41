/** The form of a shop. */
import { z } from 'zod';
import { country, id, LIMITS, line } from './field.ts';

export const shopSchema = z
  .strictObject({ id: id(), name: line(LIMITS.name), country: country().exactOptional() })
  .meta({ id: 'Shop' });

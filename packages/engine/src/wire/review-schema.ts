/** The form of a review. */
import { z } from 'zod';
import { id, integer, LIMITS, language, text, time, title } from './field.ts';

export const reviewSchema = z
  .strictObject({
    id: id(),
    listing: id(),
    rating: z.number().min(1).max(5),
    text: text(LIMITS.text).exactOptional(),
    title: title().exactOptional(),
    buyer: id().exactOptional(),
    at: time().exactOptional(),
    language: language().exactOptional(),
    helpful: integer(0, LIMITS.quantity).exactOptional(),
  })
  .meta({ id: 'Review' });

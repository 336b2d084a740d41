/** The form of a change of rankers and placements, of what is wrong with it, and of what it would have changed. */
import { z } from 'zod';
import { id, integer, LIMITS } from './field.ts';
import { rankerSchema } from './ranker-schema.ts';

const unlike = (list: readonly { readonly id: string }[]): boolean =>
  new Set(list.map((one) => one.id)).size === list.length;
const TWICE = 'must not hold the same id twice';

export const rankerTrialRequestSchema = z
  .strictObject({
    rankers: z.array(rankerSchema).max(LIMITS.rules).refine(unlike, TWICE).exactOptional(),
    placements: z
      .array(z.looseObject({ id: id() }))
      .max(LIMITS.rules)
      .refine(unlike, TWICE)
      .exactOptional(),
    hours: integer(1, 8_760).exactOptional(),
    pages: integer(1, 20_000).exactOptional(),
  })
  .refine(
    ({ rankers = [], placements = [] }) => rankers.length + placements.length > 0,
    'must hold a ranker or a change of a placement',
  )
  .meta({ id: 'RankerTrialRequest' });

export const rankerCheckSchema = z
  .strictObject({ ok: z.boolean(), problems: z.array(z.string()) })
  .meta({ id: 'RankerCheck' });

const shift = z.strictObject({ id: z.string(), before: z.int(), after: z.int() });
const latency = z.strictObject({ mean: z.number(), p50: z.number(), p99: z.number() });

export const rankerTrialSchema = z
  .strictObject({
    from: z.int(),
    to: z.int(),
    pages: z.int(),
    decisions: z.int(),
    placements: z.array(
      z.strictObject({
        placement: z.string(),
        pages: z.int(),
        changed: z.number(),
        overlap: z.number(),
        value: z.strictObject({ before: z.number(), after: z.number() }).exactOptional(),
        gain: z.array(shift),
        lose: z.array(shift),
      }),
    ),
    latencyMs: z.strictObject({ before: latency, after: latency }),
  })
  .meta({ id: 'RankerTrial' });

/** The form of a ranker. What its objective says is read where it is compiled. */
import { z } from 'zod';
import { id, integer, LIMITS, line } from './field.ts';
import { rankedSchema, ruleSchema, sourceSchema } from './placement-schema.ts';

const name = () => z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

const explorationSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('epsilon'), epsilon: z.number().min(0).max(1) }),
  z.strictObject({ method: z.literal('plackett-luce'), temperature: z.number().gt(0).max(100) }),
  z.strictObject({
    method: z.literal('newcomers'),
    share: z.number().min(0).max(1),
    impressions: integer(1, 1_000_000),
  }),
]);

const rankerShape = {
  id: name(),
  objective: line(LIMITS.query).min(1),
  ranks: rankedSchema.exactOptional(),
  defaults: z
    .record(id(), z.number().min(-1e12).max(1e12))
    .refine(
      (defaults) => Object.keys(defaults).length <= LIMITS.attributes,
      `must have at most ${LIMITS.attributes} attributes`,
    )
    .exactOptional(),
  model: name().exactOptional(),
  sources: z.array(sourceSchema).min(1).max(16).exactOptional(),
  rules: z.array(ruleSchema).max(LIMITS.rules).exactOptional(),
  diversity: z
    .strictObject({
      strength: z.number().min(0).max(1),
      by: z
        .array(z.enum(['embedding', 'category', 'shop']))
        .min(1)
        .max(3)
        .exactOptional(),
    })
    .exactOptional(),
  exploration: explorationSchema.exactOptional(),
  latencyBudgetMs: integer(0, 10_000).exactOptional(),
  fallback: name().exactOptional(),
  removed: z.literal(true).exactOptional(),
};

export const rankerSchema = z.strictObject(rankerShape).meta({ id: 'Ranker' });

/** As it is read back: with the version that a change may say that it is one of. */
export const versionedRankerSchema = z
  .strictObject({ ...rankerShape, version: integer(1, Number.MAX_SAFE_INTEGER) })
  .meta({ id: 'VersionedRanker' });

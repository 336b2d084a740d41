/** The form of a decision's request and of its answer. */
import { z } from 'zod';
import { assignedExperimentSchema } from './experiment-schema.ts';
import { country, id, LIMITS, language, line, query, region } from './field.ts';
import { urgencyClaimShape } from './urgency-schema.ts';

const attributeSchema = z.union([
  line(LIMITS.title),
  z.number(),
  z.boolean(),
  z.array(line(LIMITS.title)).max(LIMITS.audiences),
]);

type Attribute = z.infer<typeof attributeSchema>;

const charactersOf = (value: Attribute): number =>
  Array.isArray(value)
    ? value.reduce((sum, { length }) => sum + length, 0)
    : typeof value === 'string'
      ? value.length
      : 0;

/** Every request's are kept in the log, and any visitor of a page may send some. */
function areFew(attributes: Readonly<Record<string, Attribute>>): boolean {
  const values = Object.values(attributes);
  const characters = values.reduce<number>((sum, value) => sum + charactersOf(value), 0);
  return values.length <= LIMITS.attributes && characters <= LIMITS.text;
}

const decideContextSchema = z
  .strictObject({
    listing: id().exactOptional(),
    query: query().exactOptional(),
    category: line(LIMITS.title).exactOptional(),
    cart: z.array(id()).max(LIMITS.cart).exactOptional(),
    country: country().exactOptional(),
    language: language().exactOptional(),
    region: region().exactOptional(),
    device: z.enum(['desktop', 'mobile', 'tablet', 'app', 'web', 'ios', 'android']).exactOptional(),
    audiences: z.array(id()).max(LIMITS.audiences).exactOptional(),
    attributes: z
      .record(id(), attributeSchema)
      .refine(areFew, `must be at most ${LIMITS.attributes}, of ${LIMITS.text} characters in all`)
      .exactOptional(),
  })
  .meta({ id: 'DecideContext' });

export const decideRequestSchema = z
  .strictObject({
    buyer: id().exactOptional(),
    session: id().exactOptional(),
    placements: z.array(id()).min(1).max(LIMITS.placements),
    context: decideContextSchema.exactOptional(),
    exclude: z.array(id()).max(LIMITS.exclude).exactOptional(),
  })
  .meta({ id: 'DecideRequest' });

export const itemKindSchema = z.enum(['listing', 'ad', 'query', 'review', 'shop', 'module']);

const decidedItemSchema = z
  .strictObject({
    kind: itemKindSchema,
    id: z.string(),
    position: z.int().min(0),
    token: z.string(),
    campaign: z.string().exactOptional(),
    evidence: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'DecidedItem' });

const decidedSignalSchema = z
  .strictObject({ ...urgencyClaimShape, listing: z.string(), text: z.string() })
  .meta({ id: 'DecidedSignal' });

export const decideResponseSchema = z
  .strictObject({
    decisionId: z.string(),
    placements: z.array(
      z.strictObject({
        placement: z.string(),
        items: z.array(decidedItemSchema),
        signals: z.array(decidedSignalSchema).exactOptional(),
      }),
    ),
    experiments: z.array(assignedExperimentSchema).exactOptional(),
  })
  .meta({ id: 'DecideResponse' });

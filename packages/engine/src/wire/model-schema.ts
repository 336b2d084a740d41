/** The form of models' versions, and of what may be asked for them. */
import { z } from 'zod';
import { guardrailSchema } from './experiment-schema.ts';
import { LIMITS, text } from './field.ts';

export const modelVersionSchema = z
  .strictObject({
    name: z.string(),
    version: z.int().min(1),
    status: z.enum(['candidate', 'shadow', 'canary', 'serving', 'retired']),
    at: z.int(),
    by: z.string(),
    since: z.int(),
    changedBy: z.string(),
    reason: z.string().exactOptional(),
    share: z.number().exactOptional(),
    parent: z.int().exactOptional(),
    beside: z.record(z.string(), z.int()).exactOptional(),
    offset: z.int(),
    bytes: z.int(),
    digest: z.string(),
    card: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ModelVersion' });

export const modelVersionsSchema = z
  .strictObject({
    items: z.array(modelVersionSchema),
    verdict: z
      .strictObject({
        at: z.int(),
        version: z.int().exactOptional(),
        decisions: z.int(),
        alerts: z.array(z.string()),
      })
      .exactOptional(),
    training: z
      .array(
        z.strictObject({
          model: z.enum(['ranker', 'sources']),
          at: z.int(),
          outcome: z.enum(['published', 'refused', 'failed']),
          version: z.int().exactOptional(),
          message: z.string().exactOptional(),
        }),
      )
      .exactOptional(),
  })
  .meta({ id: 'ModelVersions' });

export const healthSchema = z
  .strictObject({
    status: z.literal('ok'),
    models: z.array(
      z.strictObject({
        name: z.string(),
        version: z.int(),
        since: z.int(),
        ageSeconds: z.number(),
        digest: z.string(),
      }),
    ),
    drift: z.strictObject({
      verdict: z.enum(['good', 'alerts', 'unknown']),
      at: z.int().exactOptional(),
      alerts: z.int().exactOptional(),
    }),
  })
  .meta({ id: 'Health' });

export const rollbackRequestSchema = z
  .strictObject({ reason: text(LIMITS.title).exactOptional() })
  .meta({ id: 'RollbackRequest' });

export const promoteRequestSchema = z
  .strictObject({ force: z.boolean().exactOptional(), reason: text(LIMITS.title).exactOptional() })
  .meta({ id: 'PromoteRequest' });

export const tryOutRequestSchema = z
  .strictObject({
    status: z.enum(['candidate', 'shadow', 'canary', 'retired']),
    share: z.number().gt(0).max(1).exactOptional(),
    guardrails: z.array(guardrailSchema).min(1).max(LIMITS.rules).exactOptional(),
    reason: text(LIMITS.title).exactOptional(),
  })
  .meta({ id: 'TryOutRequest' });

const publishStatus = z.enum(['candidate', 'serving']);

export const modelManifestSchema = z
  .strictObject({
    status: publishStatus.exactOptional(),
    models: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(128),
          digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the bytes as 64 hexadecimal digits'),
          card: z.record(z.string(), z.unknown()).exactOptional(),
          status: publishStatus.exactOptional(),
        }),
      )
      .min(1)
      .max(LIMITS.models),
  })
  .meta({ id: 'ModelManifest' });

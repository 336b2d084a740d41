/** The form of an entity's versions. */
import { z } from 'zod';

const fieldChangeSchema = z
  .strictObject({
    field: z.string(),
    before: z.unknown().exactOptional(),
    after: z.unknown().exactOptional(),
    added: z.array(z.string()).exactOptional(),
    removed: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'FieldChange' });

export const entityVersionsSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        version: z.int().min(1),
        at: z.int(),
        by: z.string(),
        changes: z.array(fieldChangeSchema),
      }),
    ),
    next: z.int().exactOptional(),
  })
  .meta({ id: 'EntityVersions' });

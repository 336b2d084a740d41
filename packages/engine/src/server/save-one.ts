/** One entity saved, as an answer or as the error that refused it. */
import { z } from 'zod';
import { RialtoError } from '../base/errors.ts';
import type { EntityKind, EntityOf } from '../log/record.ts';
import type { ServerContext } from './server-context.ts';

export const savedSchema = z
  .strictObject({ saved: z.int().min(0).max(1), unchanged: z.int().min(0).max(1) })
  .meta({ id: 'Saved' });

export async function saveOne<K extends EntityKind>(
  { engine, readiness }: ServerContext,
  kind: K,
  entity: EntityOf[K],
  by: string,
): Promise<z.infer<typeof savedSchema>> {
  const { saved, unchanged, rejected } = await engine.save(kind, [entity], by);
  const [refusal] = rejected;
  if (refusal !== undefined) throw new RialtoError(refusal.code, refusal.message);
  if (saved > 0) readiness.wrote();
  return { saved, unchanged };
}

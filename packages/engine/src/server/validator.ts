/** The HTTP library's validators, made of zod schemas: what they refuse is an error of ours, in our words. */
import type { z } from 'zod';
import type { RialtoError } from '../base/errors.ts';
import { badRequest, compiled } from '../wire/validate.ts';

interface Part {
  readonly schema: unknown;
  readonly httpPart?: string;
}

type Validator = (value: unknown) => { value: unknown } | { error: RialtoError };

export function validatorOf({ schema }: Part): Validator {
  const zodSchema = compiled(schema as z.ZodType);
  return (value) => {
    const result = zodSchema.safeParse(value);
    return result.success ? { value: result.data } : { error: badRequest(result.error, value) };
  };
}

/** For routes that check their body themselves: its schema is then there for the documentation. */
export function validatorOfAllButBody(part: Part): Validator {
  return part.httpPart === 'body' ? (value) => ({ value }) : validatorOf(part);
}

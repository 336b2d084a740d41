/**
 * Values against schemas: one value, which is taken or refused with an error that names the field and the value, or many,
 * of which the good ones are kept and each bad one is reported.
 *
 * A schema stays the only source of truth and is still fast: zod compiles it into one function, which checks an event in
 * about 0.3 µs where the schema itself takes 1 to 3. What that function refuses goes through the schema for its words.
 */
import { z } from 'zod';
import { RialtoError } from '../base/errors.ts';

type Path = readonly PropertyKey[];

export interface RejectedItem {
  /** Among the items, 0-based. */
  readonly index: number;
  readonly id?: string;
  readonly reason: 'bad-request' | 'forbidden';
  readonly message: string;
}

export interface ValidatedItems<T> {
  readonly good: readonly T[];
  /** Where `good[i]` was among the items; absent where all are good. */
  readonly goodIndexes?: readonly number[];
  readonly bad: readonly RejectedItem[];
}

const ISSUES_REPORTED = 10;
const PREVIEW_CHARACTERS = 60;

/** `rules[0].where.in` */
function pathText(path: Path): string {
  let out = '';
  for (const step of path) out += typeof step === 'number' ? `[${step}]` : `${out ? '.' : ''}${String(step)}`;
  return out.length > 200 ? `${out.slice(0, 200)}…` : out;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/** The value, short enough for a message; objects and arrays only by what they are. */
function preview(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  const cut = value.length > PREVIEW_CHARACTERS;
  return `${JSON.stringify(value.slice(0, PREVIEW_CHARACTERS))}${cut ? `… (${value.length} characters)` : ''}`;
}

function issueText(issue: z.core.$ZodIssue, root: unknown): { path: string; message: string } {
  const path = pathText(issue.path);
  const where = path === '' ? 'the value' : path;
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((key) => preview(key));
    return { path, message: `${where} has unknown fields: ${names.join(', ')}` };
  }
  const value = valueAt(root, issue.path);
  if (value === undefined && path !== '') {
    if (issue.code === 'invalid_type') return { path, message: `${path} is missing: expected ${issue.expected}` };
    if (issue.code === 'invalid_value')
      return { path, message: `${path} is missing: one of ${issue.values.join(', ')}` };
  }
  return { path, message: `${where}: ${issue.message}${value === undefined ? '' : `; got ${preview(value)}`}` };
}

/** Unknown fields first: one that seems to be missing may be there, misspelt. */
function inOrder({ issues }: z.core.$ZodError): readonly z.core.$ZodIssue[] {
  const unknown = issues.filter(({ code }) => code === 'unrecognized_keys');
  return unknown.length === 0 ? issues : [...unknown, ...issues.filter(({ code }) => code !== 'unrecognized_keys')];
}

/** What is wrong, as an error of the table. */
export function badRequest(error: z.core.$ZodError, root: unknown): RialtoError {
  const issues = inOrder(error)
    .slice(0, ISSUES_REPORTED)
    .map((issue) => issueText(issue, root));
  const [first] = issues;
  return new RialtoError('bad-request', first!.message, {
    path: first!.path,
    ...(issues.length > 1 ? { issues } : {}),
  });
}

const compiledSchemas = new WeakMap<z.ZodType, z.ZodType>();

/** The same schema, compiled when it is first used. */
export function compiled<T>(schema: z.ZodType<T>): z.ZodType<T> {
  let fast = compiledSchemas.get(schema) as z.ZodType<T> | undefined;
  if (fast === undefined) {
    fast = z.compile(schema);
    compiledSchemas.set(schema, fast);
  }
  return fast;
}

/** The value, or a RialtoError('bad-request'). */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = compiled(schema).safeParse(value);
  if (result.success) return result.data;
  throw badRequest(result.error, value);
}

function idOf(item: unknown): string | undefined {
  const id = typeof item === 'object' && item !== null ? (item as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id.slice(0, 128) : undefined;
}

function rejectedItem(index: number, item: unknown, error: z.core.$ZodError): RejectedItem {
  const id = idOf(item);
  return {
    index,
    ...(id === undefined ? {} : { id }),
    reason: 'bad-request',
    message: issueText(inOrder(error)[0]!, item).message,
  };
}

/** Checks each item for itself. */
export function validateItems<T>(schema: z.ZodType<T>, items: readonly unknown[]): ValidatedItems<T> {
  const good: T[] = [];
  const bad: RejectedItem[] = [];
  let goodIndexes: number[] | undefined;
  const fast = compiled(schema);
  for (let index = 0; index < items.length; index++) {
    const result = fast.safeParse(items[index]);
    if (result.success) {
      good.push(result.data);
      goodIndexes?.push(index);
      continue;
    }
    goodIndexes ??= Array.from(good.keys());
    bad.push(rejectedItem(index, items[index], result.error));
  }
  return goodIndexes === undefined ? { good, bad } : { good, goodIndexes, bad };
}

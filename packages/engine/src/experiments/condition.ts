/**
 * Targeting conditions, compiled to predicates: JSON in the operators that GrowthBook's SDKs evaluate, with their meaning to the
 * letter, so that the server and every client agree on who takes part.
 *
 *     {"country": {"$in": ["DE", "FR"]}, "$not": {"device": "mobile"}, "attributes.orders": {"$gte": 3}}
 *
 * An unknown operator or attribute is the author's mistake and is refused; a missing value is `null`. Not here: saved groups,
 * which the engine has no records of.
 */
import { RialtoError } from '../base/errors.ts';
import { type Attributes, TARGETING_ATTRIBUTES } from './subject.ts';
import { versionText } from './version-text.ts';

export type Predicate = (attributes: Attributes) => boolean;
type Test = (value: unknown) => boolean;
type Json = Readonly<Record<string, unknown>>;

const REGEX_CHARACTERS_MAX = 1_000;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refuse(what: string): never {
  throw new RialtoError('bad-request', `condition: ${what}`, { path: 'condition' });
}

function objectOf(value: unknown, where: string): Json {
  return isObject(value) ? value : refuse(`${where} must be an object, not ${JSON.stringify(value)}`);
}

function listOf(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(`${where} must be a list, not ${JSON.stringify(value)}`);
}

/** Throws `bad-request` where it names an operator or an attribute that there is not. */
export function compileCondition(condition: Json): Predicate {
  return compilePaths(condition, true);
}

/** `ofSubject` is false inside lists of objects, whose fields may have any name. */
function compilePaths(condition: Json, ofSubject: boolean): Predicate {
  const all = Object.entries(condition).map(([key, value]) => compileEntry(key, value, ofSubject));
  if (all.length === 1) return all[0]!;
  return (attributes) => {
    for (let i = 0; i < all.length; i++) if (!all[i]!(attributes)) return false;
    return true;
  };
}

function compileEntry(key: string, value: unknown, ofSubject: boolean): Predicate {
  const inner = (): Predicate[] => listOf(value, key).map((part) => compilePaths(objectOf(part, key), ofSubject));
  switch (key) {
    case '$or':
      return someOf(inner());
    case '$nor': {
      const some = someOf(inner());
      return (attributes) => !some(attributes);
    }
    case '$and': {
      const all = inner();
      return (attributes) => all.every((part) => part(attributes));
    }
    case '$not': {
      const negated = compilePaths(objectOf(value, key), ofSubject);
      return (attributes) => !negated(attributes);
    }
  }
  if (key.startsWith('$')) refuse(`there is no operator ${JSON.stringify(key)} on attributes`);
  return compilePath(key, compileValue(value), ofSubject);
}

function someOf(parts: readonly Predicate[]): Predicate {
  return (attributes) => parts.length === 0 || parts.some((part) => part(attributes));
}

function compilePath(path: string, test: Test, ofSubject: boolean): Predicate {
  const steps = path.split('.');
  const [first] = steps as [string];
  if (ofSubject && !TARGETING_ATTRIBUTES.includes(first)) {
    refuse(
      `there is no attribute ${JSON.stringify(first)}; there are ${TARGETING_ATTRIBUTES.join(', ')}, and the marketplace's own as attributes.NAME`,
    );
  }
  if (ofSubject && steps.length === 1) return (attributes) => test(attributes[first] ?? null);
  return (attributes) => test(valueAt(attributes, steps));
}

function valueAt(attributes: Attributes, steps: readonly string[]): unknown {
  let value: unknown = attributes;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Json)[step];
  }
  return value;
}

const isOperators = (value: unknown): value is Json => {
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key.startsWith('$'));
};

/** What a value is compared with: a plain one, or operators that must all hold. */
function compileValue(expected: unknown, folded = false): Test {
  if (typeof expected === 'string') {
    const lower = expected.toLowerCase();
    return folded ? (value) => String(value).toLowerCase() === lower : (value) => `${value as string}` === expected;
  }
  if (typeof expected === 'number') return (value) => Number(value) === expected;
  if (typeof expected === 'boolean') return (value) => value !== null && Boolean(value) === expected;
  if (expected === null) return (value) => value === null;
  if (!isOperators(expected)) {
    const text = JSON.stringify(expected);
    return (value) => JSON.stringify(value) === text;
  }
  const tests = Object.entries(expected).map(([operator, operand]) => compileOperator(operator, operand));
  return tests.length === 1 ? tests[0]! : (value) => tests.every((test) => test(value));
}

const ORDERINGS: Readonly<Record<string, (a: never, b: never) => boolean>> = {
  $eq: (a, b) => a === b,
  $ne: (a, b) => a !== b,
  $lt: (a, b) => a < b,
  $lte: (a, b) => a <= b,
  $gt: (a, b) => a > b,
  $gte: (a, b) => a >= b,
};

function compileOperator(operator: string, operand: unknown): Test {
  const ordering = ORDERINGS[operator];
  if (ordering !== undefined) return (value) => ordering(value as never, operand as never);
  const ofVersions = operator.startsWith('$v') ? ORDERINGS[`$${operator.slice(2)}`] : undefined;
  if (ofVersions !== undefined) {
    const version = versionText(operand);
    return (value) => ofVersions(versionText(value) as never, version as never);
  }
  const compile = OPERATORS[operator];
  return compile === undefined
    ? refuse(`there is no operator ${JSON.stringify(operator)}`)
    : compile(operand, operator);
}

const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

function membership(operand: unknown, operator: string, folded: boolean): Test {
  const members = new Set(folded ? listOf(operand, operator).map(fold) : listOf(operand, operator));
  const has = (value: unknown): boolean => members.has(folded ? fold(value) : value);
  return (value) => (Array.isArray(value) ? value.some(has) : has(value));
}

const negated =
  (test: Test): Test =>
  (value) =>
    !test(value);

function everyOf(operand: unknown, operator: string, folded: boolean): Test {
  const tests = listOf(operand, operator).map((expected) => compileValue(expected, folded));
  return (value) => Array.isArray(value) && tests.every((test) => value.some(test));
}

function regularExpression(operand: unknown, operator: string, flags: string): Test {
  if (typeof operand !== 'string' || operand.length > REGEX_CHARACTERS_MAX)
    refuse(`${operator} must be a regular expression of at most ${REGEX_CHARACTERS_MAX} characters`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(operand.replace(/([^\\])\//g, '$1\\/'), flags);
  } catch (error) {
    refuse(`${operator}: ${(error as Error).message}`);
  }
  return (value) => pattern.test(`${value as string}`);
}

function elements(operand: unknown): Test {
  const test: Test = isOperators(operand)
    ? compileValue(operand)
    : (compilePaths(objectOf(operand, '$elemMatch'), false) as Test);
  return (value) => Array.isArray(value) && value.some((element) => (element ?? null) !== null && test(element));
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

const OPERATORS: Readonly<Record<string, (operand: unknown, operator: string) => Test>> = {
  $exists: (operand) => (operand ? (value) => (value ?? null) !== null : (value) => (value ?? null) === null),
  $in: (operand, operator) => membership(operand, operator, false),
  $nin: (operand, operator) => negated(membership(operand, operator, false)),
  $ini: (operand, operator) => membership(operand, operator, true),
  $nini: (operand, operator) => negated(membership(operand, operator, true)),
  $all: (operand, operator) => everyOf(operand, operator, false),
  $alli: (operand, operator) => everyOf(operand, operator, true),
  $not: (operand) => negated(compileValue(operand)),
  $size: (operand) => {
    const test = compileValue(operand);
    return (value) => Array.isArray(value) && test(value.length);
  },
  $elemMatch: elements,
  $regex: (operand, operator) => regularExpression(operand, operator, ''),
  $regexi: (operand, operator) => regularExpression(operand, operator, 'i'),
  $type: (operand) => (value) => typeOf(value) === operand,
};

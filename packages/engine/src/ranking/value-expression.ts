/**
 * What showing a listing is worth, as teams write it: `purchase + 0.3*cart - 0.5*hide`. Numbers, the predicted actions, `price`, numeric attributes
 * of listings (`margin`, or in quotes `'gross margin'`), `+ - *` and parentheses; multiplied out into a sum of products
 *
 *     value = Σ_t c_t · Π p(action)^… · price^… · Π attribute^…
 *
 * with p the calibrated probability that a listing which is shown is clicked, put into a cart, bought or hidden, and the price in
 * whole units of the marketplace's currency.
 */
import { RialtoError } from '../base/errors.ts';

/** What buyers may do with a listing that they are shown, and what is predicted of each. */
export const ACTIONS = ['click', 'cart', 'purchase', 'hide'] as const;
export type Action = (typeof ACTIONS)[number];

const PRICE = ACTIONS.length;
const NAMES = [...ACTIONS, 'price'] as const;
/** An attribute that every listing has: by default the mean of its reviews, in stars. */
export const RATING = 'rating';
const ATTRIBUTES_MAX = 8;
/** Of attributes, in a refusal. */
const SHOWN_MAX = 20;
const DEGREE_MAX = 4;
const TERMS_MAX = 32;
const DEPTH_MAX = 32;
/** So that sums over terms of the highest degree stay finite at any price. */
const COEFFICIENT_MAX = 1e12;

export interface ValueTerm {
  readonly coefficient: number;
  /** Of each name that there is, of listings the actions and the price; then of attributes. */
  readonly powers: readonly number[];
}

export interface ValueExpression {
  readonly text: string;
  /** None has the coefficient 0. */
  readonly terms: readonly ValueTerm[];
  /** Indexes in ACTIONS of those that count. */
  readonly actions: readonly number[];
  /** Names of attributes, in the order of their powers. */
  readonly attributes: readonly string[];
}

/** The numeric attributes that listings have. */
export interface AttributeNames {
  has(name: string): boolean;
  all(): readonly string[];
}

/** Throws `bad-request` with the position (1-based) of what is wrong; any name may be an attribute's where `known` is absent. */
export function parseValue(text: string, known?: AttributeNames): ValueExpression {
  const parser = new Parser(text, NAMES, known);
  const terms = parser.whole().filter(({ coefficient }) => coefficient !== 0);
  const actions = ACTIONS.map((_, action) => action).filter((action) =>
    terms.some(({ powers }) => powers[action]! > 0),
  );
  if (actions.length === 0)
    throw refusal(text, 0, `it counts no action: it must name at least one of ${ACTIONS.join(', ')}`);
  return { text, terms, actions, attributes: parser.attributes };
}

/** Of what is no listing: over the names of what is known of it. Throws `bad-request`. */
export interface NamedValue {
  readonly names: readonly string[];
  readonly terms: readonly ValueTerm[];
}

export function parseNamedValue(text: string, names: readonly string[]): NamedValue {
  const terms = new Parser(text, names, NO_ATTRIBUTES).whole().filter(({ coefficient }) => coefficient !== 0);
  if (!terms.some(({ powers }) => powers.some((power) => power > 0)))
    throw refusal(text, 0, `it must name at least one of ${names.join(', ')}`);
  return { names, terms };
}

export const isNamed = ({ names, terms }: NamedValue, name: string): boolean =>
  terms.some(({ powers }) => powers[names.indexOf(name)]! > 0);

/** What is not among the numbers counts as 0. */
export function namedValue({ names, terms }: NamedValue, numbers: Readonly<Record<string, number>>): number {
  let value = 0;
  for (const { coefficient, powers } of terms) {
    let product = coefficient;
    for (let name = 0; name < names.length; name++)
      for (let power = powers[name]!; power > 0; power--) product *= numbers[names[name]!] ?? 0;
    value += product;
  }
  return value;
}

/** How the value moves with each of the numbers. numbers, slopes: [names] */
export function namedSlopes({ terms }: NamedValue, numbers: readonly number[], slopes: Float64Array): void {
  slopes.fill(0);
  for (const { coefficient, powers } of terms)
    for (let at = 0; at < numbers.length; at++) {
      let slope = coefficient * powers[at]!;
      for (let i = 0; slope !== 0 && i < numbers.length; i++) slope *= numbers[i]! ** (powers[i]! - (i === at ? 1 : 0));
      slopes[at]! += slope;
    }
}

const NO_ATTRIBUTES: AttributeNames = { has: () => false, all: () => [] };

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*|'[^']+')|([-+*()]))/uy;

class Parser {
  readonly attributes: string[] = [];
  readonly #text: string;
  readonly #names: readonly string[];
  readonly #known: AttributeNames | undefined;
  #token: Token;
  #depth = 0;

  constructor(text: string, names: readonly string[], known: AttributeNames | undefined) {
    this.#text = text;
    this.#names = names;
    this.#known = known;
    this.#token = this.#read(0);
  }

  whole(): ValueTerm[] {
    const sum = this.#sum();
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator (+, - or *)');
    return sum;
  }

  #sum(): ValueTerm[] {
    let sum = this.#product();
    while (this.#token.text === '+' || this.#token.text === '-') {
      const sign = this.#next().text === '+' ? 1 : -1;
      sum = this.#checked(added(sum, this.#product(), sign));
    }
    return sum;
  }

  #product(): ValueTerm[] {
    let product = this.#factor();
    while (this.#token.text === '*') {
      this.#next();
      product = this.#checked(multiplied(product, this.#factor()));
    }
    return product;
  }

  #factor(): ValueTerm[] {
    if (++this.#depth > DEPTH_MAX)
      throw refusal(this.#text, this.#token.at, `it nests deeper than ${DEPTH_MAX} levels`);
    const factor = this.#inner();
    this.#depth--;
    return factor;
  }

  #inner(): ValueTerm[] {
    const { kind, text, at } = this.#token;
    if (kind === 'number') {
      this.#next();
      return [this.#term(this.#finite(Number(text), at))];
    }
    if (kind === 'name') {
      this.#next();
      const name = this.#names.indexOf(text);
      return [this.#term(1, name < 0 ? this.#attribute(text.startsWith("'") ? text.slice(1, -1) : text, at) : name)];
    }
    if (text === '-' || text === '+') {
      this.#next();
      return added([], this.#factor(), text === '-' ? -1 : 1);
    }
    if (text !== '(') throw this.#unexpected(`a number, one of ${this.#names.join(', ')}, or a parenthesis`);
    this.#next();
    const sum = this.#sum();
    if (this.#token.text !== ')') throw this.#unexpected('a closing parenthesis');
    this.#next();
    return sum;
  }

  /** Its place among the powers. */
  #attribute(name: string, at: number): number {
    const known = this.#known;
    if (known === NO_ATTRIBUTES)
      throw refusal(this.#text, at, `${JSON.stringify(name)} is none of ${this.#names.join(', ')}`);
    if (known !== undefined && !known.has(name)) {
      const all = known.all();
      const there = all.length === 0 ? 'no listing has one' : `there are ${all.slice(0, SHOWN_MAX).join(', ')}`;
      const quoted = JSON.stringify(name);
      const message = `${quoted} is none of ${ACTIONS.join(', ')} and price, and no listing has a numeric attribute of that name: ${there}`;
      throw refusal(this.#text, at, message);
    }
    if (!this.attributes.includes(name)) this.attributes.push(name);
    if (this.attributes.length > ATTRIBUTES_MAX)
      throw refusal(this.#text, at, `it names more than ${ATTRIBUTES_MAX} attributes`);
    return this.#names.length + this.attributes.indexOf(name);
  }

  #term(coefficient: number, name = -1): ValueTerm {
    const powers = new Array<number>(this.#names.length + ATTRIBUTES_MAX).fill(0);
    if (name >= 0) powers[name] = 1;
    return { coefficient, powers };
  }

  #checked(terms: ValueTerm[]): ValueTerm[] {
    if (terms.length > TERMS_MAX)
      throw refusal(this.#text, this.#token.at, `multiplied out it has more than ${TERMS_MAX} terms`);
    for (const { powers, coefficient } of terms) {
      this.#finite(coefficient, this.#token.at);
      if (powers.reduce((sum, power) => sum + power, 0) > DEGREE_MAX)
        throw refusal(this.#text, this.#token.at, `a product has more than ${DEGREE_MAX} names`);
    }
    return terms;
  }

  #finite(value: number, at: number): number {
    if (!(Math.abs(value) <= COEFFICIENT_MAX))
      throw refusal(
        this.#text,
        at,
        `a number is too large: it may be ${COEFFICIENT_MAX} at most; only proportions count`,
      );
    return value;
  }

  #next(): Token {
    const token = this.#token;
    this.#token = this.#read(token.at + token.text.length);
    return token;
  }

  #read(from: number): Token {
    TOKEN.lastIndex = from;
    const found = TOKEN.exec(this.#text);
    if (found === null) {
      const rest = this.#text.slice(from);
      const at = from + rest.length - rest.trimStart().length;
      if (at === this.#text.length) return { kind: 'end', text: '', at };
      const sign = String.fromCodePoint(this.#text.codePointAt(at)!);
      throw refusal(
        this.#text,
        at,
        `${JSON.stringify(sign)} is no part of a value: it is made of numbers, names, + - * and ()`,
      );
    }
    const [, number, name, sign] = found;
    const text = number ?? name ?? sign!;
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign';
    return { kind, text, at: TOKEN.lastIndex - text.length };
  }

  #unexpected(expected: string): RialtoError {
    const { kind, text, at } = this.#token;
    return refusal(
      this.#text,
      at,
      `expected ${expected}, but found ${kind === 'end' ? 'the end' : JSON.stringify(text)}`,
    );
  }
}

function refusal(text: string, at: number, what: string): RialtoError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  const message = `objective, position ${at + 1}: ${what}; got ${JSON.stringify(shown)}`;
  return new RialtoError('bad-request', message, { path: 'objective', position: at + 1 });
}

function added(a: readonly ValueTerm[], b: readonly ValueTerm[], sign: number): ValueTerm[] {
  return collected([...a, ...b.map(({ coefficient, powers }) => ({ coefficient: sign * coefficient, powers }))]);
}

function multiplied(a: readonly ValueTerm[], b: readonly ValueTerm[]): ValueTerm[] {
  return collected(
    a.flatMap((left) =>
      b.map((right) => ({
        coefficient: left.coefficient * right.coefficient,
        powers: left.powers.map((power, i) => power + right.powers[i]!),
      })),
    ),
  );
}

/** Terms of the same powers as one. */
function collected(terms: readonly ValueTerm[]): ValueTerm[] {
  const byPowers = new Map<string, ValueTerm>();
  for (const { coefficient, powers } of terms) {
    const key = powers.join();
    byPowers.set(key, { coefficient: coefficient + (byPowers.get(key)?.coefficient ?? 0), powers });
  }
  return [...byPowers.values()];
}

export interface ValueColumns {
  readonly probabilities: readonly Float64Array[];
  readonly pricesMicros: Float64Array;
  readonly listings: Int32Array;
  readonly attributes: readonly Float64Array[];
}

/**
 * The value of a row if its actions had these probabilities, and how it would move with each of them. p, slopes: [actions of the expression]
 */
export function valueSlopes(
  { terms, actions, attributes: named }: ValueExpression,
  { pricesMicros, listings, attributes }: ValueColumns,
  row: number,
  p: readonly number[],
  slopes: Float64Array,
): number {
  slopes.fill(0);
  let value = 0;
  for (const { coefficient, powers } of terms) {
    let rest = coefficient * (pricesMicros[listings[row]!]! / 1e6) ** powers[PRICE]!;
    for (let i = 0; i < named.length; i++) rest *= attributes[i]![row]! ** powers[NAMES.length + i]!;
    const product = (of: (i: number) => number): number => actions.reduce((sum, _, i) => sum * of(i), rest);
    value += product((i) => p[i]! ** powers[actions[i]!]!);
    actions.forEach((action, at) => {
      const power = powers[action]!;
      if (power === 0) return;
      const slope = power * p[at]! ** (power - 1);
      slopes[at]! += product((i) => (i === at ? slope : p[i]! ** powers[actions[i]!]!));
    });
  }
  return value;
}

/**
 * The value of each row. probabilities: [ACTIONS][rows], of the actions that count; pricesMicros: [rows of `listings`];
 * attributes: [attributes of the expression][rows]; listings: [rows]; out: [rows]
 */
export function evaluateValue(
  { terms, attributes: named }: ValueExpression,
  rows: number,
  columns: ValueColumns,
  out: Float64Array,
): void {
  const { probabilities, pricesMicros, listings, attributes } = columns;
  out.fill(0, 0, rows);
  for (const { coefficient, powers } of terms) {
    for (let row = 0; row < rows; row++) {
      let product = coefficient;
      for (let name = 0; name < PRICE; name++)
        for (let power = powers[name]!; power > 0; power--) product *= probabilities[name]![row]!;
      for (let power = powers[PRICE]!; power > 0; power--) product *= pricesMicros[listings[row]!]! / 1e6;
      for (let i = 0; i < named.length; i++)
        for (let power = powers[NAMES.length + i]!; power > 0; power--) product *= attributes[i]![row]!;
      out[row]! += product;
    }
  }
}

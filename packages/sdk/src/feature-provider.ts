/**
 * Experiments and feature flags for OpenFeature's SDKs, in browsers (`RialtoWebProvider`) and on servers (`RialtoServerProvider`):
 *
 *     await OpenFeature.setProviderAndWait(new RialtoWebProvider({ url, key }), { targetingKey: buyer });
 *     OpenFeature.getClient().getStringValue('button-colour', 'blue');
 *
 * The server evaluates; here is only kept what it said. Whoever is given a variant of an experiment is reported as exposed, once a
 * provider's life and at most once by the server. The interfaces are OpenFeature's, met in form, so that nothing is imported.
 */
import type { BuyerEvent } from './events.ts';
import type { ExperimentUnit } from './experiments.ts';
import { type Call, Transport, type TransportOptions } from './transport.ts';

export interface FeatureProviderOptions extends TransportOptions {
  /** Whether exposures are reported as events; true where absent. */
  readonly reportExposures?: boolean;
  /** Of a server: for how long an evaluation of a context holds; 10,000 where absent. */
  readonly keepMs?: number;
  readonly now?: () => number;
}

/** As OpenFeature has it: `targetingKey` is the buyer, where no `buyer` is given. */
export type FeatureContext = { readonly targetingKey?: string } & Readonly<Record<string, unknown>>;

export interface ResolvedFeature<T> {
  readonly value: T;
  readonly variant?: string;
  readonly reason: string;
  readonly flagMetadata: Readonly<Record<string, string | number | boolean>>;
}

interface Feature {
  readonly key: string;
  readonly value?: unknown;
  readonly variant?: string;
  readonly reason: string;
  readonly metadata: {
    readonly experiment: string;
    readonly version: number;
    readonly unit: ExperimentUnit;
    readonly exposure: boolean;
  };
}

type Features = ReadonlyMap<string, Feature>;
type FeatureType = 'boolean' | 'string' | 'number' | 'object';

const CONTEXTS_KEPT = 1_000;
const REPORT_AFTER_MS = 500;
const EVENTS_AT_ONCE = 500;
const EVENT_ID_CHARACTERS_MAX = 128;

/** In the form of OpenFeature's errors. */
class FeatureError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'FeatureError';
    this.code = code;
  }
}

/** Reports exposures, gathered for a moment, each once. */
class ExposureReport {
  readonly #transport: Transport;
  readonly #told = new Set<string>();
  #waiting: BuyerEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  add({ variant, metadata: { experiment, version } }: Feature, context: FeatureContext): void {
    const text = (name: string): string | undefined => (typeof context[name] === 'string' ? context[name] : undefined);
    const buyer = text('buyer') ?? context.targetingKey;
    const session = text('session');
    const listing = text('listing');
    if (buyer === undefined && session === undefined) return;
    const id = `exposure:${experiment}:${version}:${variant}:${buyer ?? ''}:${session ?? ''}`;
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#waiting.push({
      id: id.length <= EVENT_ID_CHARACTERS_MAX ? id : crypto.randomUUID(),
      type: 'exposure',
      experiment,
      ...(variant !== undefined && { variant }),
      ...(buyer !== undefined && { buyer }),
      ...(session !== undefined && { session }),
      ...(listing !== undefined && { listing }),
    });
    this.#timer ??= setTimeout(() => void this.flush(), REPORT_AFTER_MS);
  }

  /** A report that fails is lost: the next evaluation would only say the same late. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < events.length; first += EVENTS_AT_ONCE) {
      const body = JSON.stringify({ events: events.slice(first, first + EVENTS_AT_ONCE) });
      await this.#transport.call({ method: 'POST', path: '/v1/events', body, repeatable: true }).catch(() => {});
    }
  }
}

class FeatureSource {
  readonly #transport: Transport;
  readonly #report: ExposureReport | undefined;

  constructor(options: FeatureProviderOptions) {
    this.#transport = new Transport(options);
    this.#report = options.reportExposures === false ? undefined : new ExposureReport(this.#transport);
  }

  async evaluate(context: FeatureContext): Promise<Features> {
    const body = JSON.stringify({ context });
    const call: Call = { method: 'POST', path: '/ofrep/v1/evaluate/flags', body, repeatable: true };
    const { flags } = await this.#transport.call<{ flags: readonly Feature[] }>(call);
    return new Map(flags.map((feature) => [feature.key, feature]));
  }

  /** What OpenFeature is answered. Throws in its form: FLAG_NOT_FOUND, TYPE_MISMATCH. */
  resolve<T>(
    features: Features,
    { key, fallback, type, context }: { key: string; fallback: T; type: FeatureType; context: FeatureContext },
  ): ResolvedFeature<T> {
    const feature = features.get(key);
    if (feature === undefined) throw new FeatureError('FLAG_NOT_FOUND', `there is no feature ${JSON.stringify(key)}`);
    const { value, variant, reason, metadata } = feature;
    const flagMetadata = { ...metadata };
    if (value === undefined) return { value: fallback, reason, flagMetadata };
    if (typeof value !== type)
      throw new FeatureError('TYPE_MISMATCH', `feature ${JSON.stringify(key)} is a ${typeof value}, not a ${type}`);
    if (metadata.exposure) this.#report?.add(feature, context);
    return { value: value as T, reason, flagMetadata, ...(variant !== undefined && { variant }) };
  }

  async close(): Promise<void> {
    await this.#report?.flush();
  }
}

/** For `@openfeature/web-sdk`: evaluated once for each context, read at once. */
export class RialtoWebProvider {
  readonly metadata = { name: 'rialto' } as const;
  readonly runsOn = 'client' as const;
  readonly #source: FeatureSource;
  #features: Features = new Map();

  constructor(options: FeatureProviderOptions) {
    this.#source = new FeatureSource(options);
  }

  async initialize(context: FeatureContext = {}): Promise<void> {
    this.#features = await this.#source.evaluate(context);
  }

  async onContextChange(_before: FeatureContext, context: FeatureContext): Promise<void> {
    this.#features = await this.#source.evaluate(context);
  }

  resolveBooleanEvaluation(key: string, fallback: boolean, context: FeatureContext): ResolvedFeature<boolean> {
    return this.#source.resolve(this.#features, { key, fallback, type: 'boolean', context });
  }

  resolveStringEvaluation(key: string, fallback: string, context: FeatureContext): ResolvedFeature<string> {
    return this.#source.resolve(this.#features, { key, fallback, type: 'string', context });
  }

  resolveNumberEvaluation(key: string, fallback: number, context: FeatureContext): ResolvedFeature<number> {
    return this.#source.resolve(this.#features, { key, fallback, type: 'number', context });
  }

  resolveObjectEvaluation<T>(key: string, fallback: T, context: FeatureContext): ResolvedFeature<T> {
    return this.#source.resolve(this.#features, { key, fallback, type: 'object', context });
  }

  /** Reports what waits. */
  onClose(): Promise<void> {
    return this.#source.close();
  }
}

/** For `@openfeature/server-sdk`: evaluated for the context of each call, and kept for a moment. */
export class RialtoServerProvider {
  readonly metadata = { name: 'rialto' } as const;
  readonly runsOn = 'server' as const;
  readonly #source: FeatureSource;
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly until: number; readonly features: Promise<Features> }>();

  constructor(options: FeatureProviderOptions) {
    this.#source = new FeatureSource(options);
    this.#keepMs = options.keepMs ?? 10_000;
    this.#now = options.now ?? Date.now;
  }

  #features(context: FeatureContext): Promise<Features> {
    const key = JSON.stringify(context);
    const now = this.#now();
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > now) return known.features;
    const features = this.#source.evaluate(context);
    // The oldest was put first.
    if (this.#kept.size >= CONTEXTS_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.delete(key);
    this.#kept.set(key, { until: now + this.#keepMs, features });
    features.catch(() => this.#kept.delete(key));
    return features;
  }

  async #resolve<T>(key: string, fallback: T, type: FeatureType, context: FeatureContext): Promise<ResolvedFeature<T>> {
    return this.#source.resolve(await this.#features(context), { key, fallback, type, context });
  }

  resolveBooleanEvaluation(key: string, fallback: boolean, context: FeatureContext): Promise<ResolvedFeature<boolean>> {
    return this.#resolve(key, fallback, 'boolean', context);
  }

  resolveStringEvaluation(key: string, fallback: string, context: FeatureContext): Promise<ResolvedFeature<string>> {
    return this.#resolve(key, fallback, 'string', context);
  }

  resolveNumberEvaluation(key: string, fallback: number, context: FeatureContext): Promise<ResolvedFeature<number>> {
    return this.#resolve(key, fallback, 'number', context);
  }

  resolveObjectEvaluation<T>(key: string, fallback: T, context: FeatureContext): Promise<ResolvedFeature<T>> {
    return this.#resolve(key, fallback, 'object', context);
  }

  /** Reports what waits. */
  onClose(): Promise<void> {
    return this.#source.close();
  }
}

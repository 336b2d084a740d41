/**
 * Rialto's HTTP API as typed calls, for servers, scripts and tests. Every call of it may be made twice without harm, so
 * failed ones are tried again: a decision changes nothing, events count once by their id, entities are replaced as a whole.
 * Browsers report what buyers do with `Tracker` instead.
 */
import type { DecideRequest, DecideResponse, DecisionExplanation } from './decisions.ts';
import type { BuyerEvent, ErasureResult, EventsResponse, Person } from './events.ts';
import type { Experiment, ExperimentStatus, StopRequest } from './experiments.ts';
import type { CampaignDraft, CampaignEstimate, CampaignOutcomes, ForecastQuery, TrafficForecast } from './forecast.ts';
import type {
  BulkResult,
  Campaign,
  EntityVersions,
  Listing,
  Page,
  Placement,
  Review,
  Settings,
  Shop,
} from './market.ts';
import { modelForm } from './model-form.ts';
import type {
  ModelUpload,
  ModelVersion,
  ModelVersions,
  PromoteRequest,
  PublishStatus,
  RollbackRequest,
  TryOutRequest,
} from './models.ts';
import type { Balance, Payment, RefundRequest, RefundResult, StatementRow } from './money.ts';
import type { Ranker, RankerCheck, RankerTrial, RankerTrialRequest } from './rankers.ts';
import { type CallOptions, Transport, type TransportOptions } from './transport.ts';

export interface BulkOptions extends CallOptions {
  /** Entities in one request; 1,000 where absent. */
  readonly batch?: number;
  /** After every request, with how many entities have been sent so far. */
  readonly onProgress?: (sent: number) => void;
}

export interface ListOptions extends CallOptions {
  /** The id to go on after. */
  readonly after?: string;
  readonly limit?: number;
}

const BATCH_CHARACTERS_MAX = 512 * 1024;

/** Chunks of NDJSON lines: at most `batch` lines and, but for a longer single line, `BATCH_CHARACTERS_MAX` characters. */
async function* ndjsonChunks(
  entities: Iterable<unknown> | AsyncIterable<unknown>,
  batch: number,
): AsyncGenerator<string[]> {
  let lines: string[] = [];
  let characters = 0;
  for await (const entity of entities) {
    const line = JSON.stringify(entity);
    if (lines.length >= batch || (lines.length > 0 && characters + line.length > BATCH_CHARACTERS_MAX)) {
      yield lines;
      lines = [];
      characters = 0;
    }
    lines.push(line);
    characters += line.length + 1;
  }
  if (lines.length > 0) yield lines;
}

/** The entities of one kind: `client.listings`, `client.shops`, … */
export class EntityCalls<T extends { readonly id: string }> {
  protected readonly transport: Transport;
  protected readonly path: string;

  constructor(transport: Transport, path: string) {
    this.transport = transport;
    this.path = path;
  }

  /** Creates the entity, or replaces the one with its id as a whole. False where it was so already. */
  async put(entity: T, options?: CallOptions): Promise<boolean> {
    const path = `${this.path}/${encodeURIComponent(entity.id)}`;
    const call = { method: 'PUT', path, body: JSON.stringify(entity), repeatable: true } as const;
    return (await this.transport.call<{ saved: number }>(call, options)).saved > 0;
  }

  /** Fails with `not-found` where there is none. */
  get(id: string, options?: CallOptions): Promise<T> {
    return this.transport.call(
      { method: 'GET', path: `${this.path}/${encodeURIComponent(id)}`, repeatable: true },
      options,
    );
  }

  /** One page, in the order of the server. */
  list({ after, limit, ...options }: ListOptions = {}): Promise<Page<T>> {
    const query = new URLSearchParams();
    if (after !== undefined) query.set('after', after);
    if (limit !== undefined) query.set('limit', String(limit));
    const path = query.size > 0 ? `${this.path}?${query}` : this.path;
    return this.transport.call({ method: 'GET', path, repeatable: true }, options);
  }

  /** All of them, fetched page by page as they are asked for. */
  async *all(options: ListOptions = {}): AsyncGenerator<T> {
    let page = await this.list(options);
    for (;;) {
      yield* page.items;
      if (page.next === undefined) return;
      page = await this.list({ ...options, after: page.next });
    }
  }

  /** Saves many, in batches one after the other. What is rejected comes back with its index; the rest is saved. */
  async putAll(
    entities: Iterable<T> | AsyncIterable<T>,
    { batch = 1000, onProgress, ...options }: BulkOptions = {},
  ): Promise<BulkResult> {
    const total = { saved: 0, unchanged: 0, rejected: [] as BulkResult['rejected'][number][] };
    let sent = 0;
    for await (const lines of ndjsonChunks(entities, batch)) {
      const call = {
        method: 'POST',
        path: `${this.path}/bulk`,
        body: `${lines.join('\n')}\n`,
        contentType: 'application/x-ndjson',
        repeatable: true,
      } as const;
      const result = await this.transport.call<BulkResult>(call, options);
      total.saved += result.saved;
      total.unchanged += result.unchanged;
      for (const { index, id, code, message } of result.rejected) {
        total.rejected.push({ index: sent + index, ...(id !== undefined && { id }), code, message });
      }
      sent += lines.length;
      onProgress?.(sent);
    }
    return total;
  }
}

/** Listings can be removed too: nothing shows them any more, and their history stays. */
export class ListingCalls extends EntityCalls<Listing> {
  async remove(id: string, options?: CallOptions): Promise<void> {
    await this.transport.call(
      { method: 'DELETE', path: `${this.path}/${encodeURIComponent(id)}`, repeatable: true },
      options,
    );
  }
}

export interface VersionsOptions extends CallOptions {
  /** Only versions with smaller numbers. */
  readonly before?: number;
  readonly limit?: number;
}

/** Entities whose versions are kept. */
export class VersionedCalls<T extends { readonly id: string }> extends EntityCalls<T> {
  /** Who changed what, and when: one page, newest first. */
  versions(id: string, { before, limit, ...options }: VersionsOptions = {}): Promise<EntityVersions> {
    const query = new URLSearchParams();
    if (before !== undefined) query.set('before', String(before));
    if (limit !== undefined) query.set('limit', String(limit));
    const path = `${this.path}/${encodeURIComponent(id)}/versions${query.size > 0 ? `?${query}` : ''}`;
    return this.transport.call({ method: 'GET', path, repeatable: true }, options);
  }
}

/** Experiments are started and stopped by name, too. */
export class ExperimentCalls extends VersionedCalls<Experiment> {
  start(id: string, options?: CallOptions): Promise<ExperimentStatus> {
    return this.#post(id, 'start', {}, options);
  }

  /** What to leave everybody with, and why, may be said. */
  stop(id: string, request: StopRequest = {}, options?: CallOptions): Promise<ExperimentStatus> {
    return this.#post(id, 'stop', request, options);
  }

  /** Whether it runs, for how many, and how often its variants were met. */
  status(id: string, options?: CallOptions): Promise<ExperimentStatus> {
    const path = `${this.path}/${encodeURIComponent(id)}/status`;
    return this.transport.call({ method: 'GET', path, repeatable: true }, options);
  }

  #post(id: string, action: string, body: object, options?: CallOptions): Promise<ExperimentStatus> {
    const path = `${this.path}/${encodeURIComponent(id)}/${action}`;
    return this.transport.call({ method: 'POST', path, body: JSON.stringify(body), repeatable: true }, options);
  }
}

/** Rankers can be removed, once nothing names them any more; their versions stay. */
export class RankerCalls extends VersionedCalls<Ranker> {
  /** What is wrong with a change of rankers and placements. Saves nothing. */
  check(change: RankerTrialRequest, options?: CallOptions): Promise<RankerCheck> {
    return this.transport.call(
      { method: 'POST', path: `${this.path}/check`, body: JSON.stringify(change), repeatable: false, slow: true },
      options,
    );
  }

  /** What a change would have changed, by deciding logged pages again: it may take a minute. Saves nothing. */
  diff(change: RankerTrialRequest, options?: CallOptions): Promise<RankerTrial> {
    return this.transport.call(
      { method: 'POST', path: `${this.path}/diff`, body: JSON.stringify(change), repeatable: false, slow: true },
      options,
    );
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    await this.transport.call(
      { method: 'DELETE', path: `${this.path}/${encodeURIComponent(id)}`, repeatable: true },
      options,
    );
  }
}

/** Campaigns can be asked what they would get. */
export class CampaignCalls extends VersionedCalls<Campaign> {
  /** What a campaign would reach and spend before it starts, and what to bid. Saves nothing. */
  estimate(draft: CampaignDraft, options?: CallOptions): Promise<CampaignEstimate> {
    return this.transport.call(
      { method: 'POST', path: `${this.path}/estimate`, body: JSON.stringify(draft), repeatable: true, slow: true },
      options,
    );
  }

  /** What the campaign would get for other budgets and bids, all else as it was. */
  outcomes(id: string, options?: CallOptions): Promise<CampaignOutcomes> {
    return this.transport.call(
      { method: 'GET', path: `${this.path}/${encodeURIComponent(id)}/outcomes`, repeatable: true, slow: true },
      options,
    );
  }
}

/** Trained models: `ranker`, `ranker:NAME`, `embedding`. */
export class ModelCalls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Of one model or of all, newest first. */
  list(name?: string, options?: CallOptions): Promise<ModelVersions> {
    const path = name === undefined ? '/v1/models' : `/v1/models/${encodeURIComponent(name)}`;
    return this.#transport.call({ method: 'GET', path, repeatable: true }, options);
  }

  get(name: string, version: number, options?: CallOptions): Promise<ModelVersion> {
    return this.#transport.call({ method: 'GET', path: versionPath(name, version), repeatable: true }, options);
  }

  /**
   * Publishes models, all or none, in the order given; as candidates unless `status` says that they serve. Fails with `bad-model` where the server cannot
   * serve one, `model-refused` where one is to serve whose gates are closed. Not tried again by itself: twice is two versions.
   */
  async publish(
    models: readonly ModelUpload[],
    { status }: { readonly status?: PublishStatus } = {},
    options?: CallOptions,
  ): Promise<ModelVersions> {
    const body = await modelForm(models, status);
    const call = { method: 'POST', path: '/v1/models', body, repeatable: false, slow: true } as const;
    return this.#transport.call(call, options);
  }

  /** Lets a version serve; fails with `model-refused` where its gates are closed. */
  promote(name: string, version: number, request: PromoteRequest = {}, options?: CallOptions): Promise<ModelVersion> {
    return this.#post(`${versionPath(name, version)}/promote`, request, true, options);
  }

  /** Brings back what served before. Not tried again by itself: twice is two versions back. */
  rollback(name: string, request: RollbackRequest = {}, options?: CallOptions): Promise<ModelVersion> {
    return this.#post(`/v1/models/${encodeURIComponent(name)}/rollback`, request, false, options);
  }

  /** Tries a version out as a shadow or canary, or gives it up. */
  tryOut(name: string, version: number, request: TryOutRequest, options?: CallOptions): Promise<ModelVersion> {
    return this.#post(`${versionPath(name, version)}/status`, request, true, options);
  }

  #post(path: string, request: object, repeatable: boolean, options?: CallOptions): Promise<ModelVersion> {
    return this.#transport.call({ method: 'POST', path, body: JSON.stringify(request), repeatable }, options);
  }
}

const versionPath = (name: string, version: number): string =>
  `/v1/models/${encodeURIComponent(name)}/versions/${version}`;

export class RialtoClient {
  readonly listings: ListingCalls;
  readonly shops: VersionedCalls<Shop>;
  readonly campaigns: CampaignCalls;
  readonly placements: VersionedCalls<Placement>;
  readonly experiments: ExperimentCalls;
  readonly rankers: RankerCalls;
  readonly reviews: EntityCalls<Review>;
  readonly models: ModelCalls;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.listings = new ListingCalls(this.#transport, '/v1/listings');
    this.shops = new VersionedCalls(this.#transport, '/v1/shops');
    this.campaigns = new CampaignCalls(this.#transport, '/v1/campaigns');
    this.placements = new VersionedCalls(this.#transport, '/v1/placements');
    this.experiments = new ExperimentCalls(this.#transport, '/v1/experiments');
    this.rankers = new RankerCalls(this.#transport, '/v1/rankers');
    this.reviews = new EntityCalls(this.#transport, '/v1/reviews');
    this.models = new ModelCalls(this.#transport);
  }

  /** What to show in the placements of a page. */
  decide(request: DecideRequest, options?: CallOptions): Promise<DecideResponse> {
    return this.#transport.call(
      { method: 'POST', path: '/v1/decide', body: JSON.stringify(request), repeatable: true },
      options,
    );
  }

  /** Reports what buyers did; resolves once it is durable. Bad events come back in `rejected`, the others count. */
  sendEvents(events: readonly BuyerEvent[], options?: CallOptions): Promise<EventsResponse> {
    return this.#transport.call(
      { method: 'POST', path: '/v1/events', body: JSON.stringify({ events }), repeatable: true },
      options,
    );
  }

  /** Why a past decision was what it was: made again from the state of its moment. */
  explainDecision(decisionId: string, options?: CallOptions): Promise<DecisionExplanation> {
    return this.#transport.call(
      { method: 'GET', path: `/v1/decisions/${encodeURIComponent(decisionId)}`, repeatable: true, slow: true },
      options,
    );
  }

  /** Records money that a shop paid in, or got back. False where the payment is known; another one under its id is `id-taken`. */
  async recordPayment(payment: Payment, options?: CallOptions): Promise<boolean> {
    const path = `/v1/shops/${encodeURIComponent(payment.shop)}/payments/${encodeURIComponent(payment.id)}`;
    const call = { method: 'PUT', path, body: JSON.stringify(payment), repeatable: true } as const;
    return (await this.#transport.call<{ saved: number }>(call, options)).saved > 0;
  }

  /** What a shop owes and has paid. */
  balance(shop: string, options?: CallOptions): Promise<Balance> {
    const path = `/v1/shops/${encodeURIComponent(shop)}/balance`;
    return this.#transport.call({ method: 'GET', path, repeatable: true }, options);
  }

  /** Gives back what ads were charged, once by the request's id; never more than was billed. */
  refund(request: RefundRequest, options?: CallOptions): Promise<RefundResult> {
    return this.#transport.call(
      { method: 'POST', path: '/v1/refunds', body: JSON.stringify(request), repeatable: true },
      options,
    );
  }

  /** A shop's statement of the UTC days from `from` to `to`, such as 2026-05-31. */
  async statement(
    shop: string,
    { from, to, ...options }: { readonly from: string; readonly to: string } & CallOptions,
  ): Promise<readonly StatementRow[]> {
    const path = `/v1/shops/${encodeURIComponent(shop)}/statements?${new URLSearchParams({ from, to })}`;
    const answer = this.#transport.call<{ rows: StatementRow[] }>(
      { method: 'GET', path, repeatable: true, slow: true },
      options,
    );
    return (await answer).rows;
  }

  /** The server forgets a buyer or a session at once; docs/operating.md tells what stays in its log. */
  erase(who: Person, options?: CallOptions): Promise<ErasureResult> {
    const path =
      'buyer' in who ? `buyers/${encodeURIComponent(who.buyer)}` : `sessions/${encodeURIComponent(who.session)}`;
    return this.#transport.call({ method: 'DELETE', path: `/v1/${path}`, repeatable: true }, options);
  }

  /** The requests to come to a placement or a segment of it, hour by hour. */
  forecast(query: ForecastQuery, options?: CallOptions): Promise<TrafficForecast> {
    const asked = Object.entries(query).map(([name, value]) => [name, String(value)]);
    const path = `/v1/forecast?${new URLSearchParams(asked)}`;
    return this.#transport.call({ method: 'GET', path, repeatable: true }, options);
  }

  settings(options?: CallOptions): Promise<Settings> {
    return this.#transport.call({ method: 'GET', path: '/v1/settings', repeatable: true }, options);
  }

  async saveSettings(settings: Settings, options?: CallOptions): Promise<void> {
    await this.#transport.call(
      { method: 'PUT', path: '/v1/settings', body: JSON.stringify(settings), repeatable: true },
      options,
    );
  }
}

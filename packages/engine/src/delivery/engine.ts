/**
 * The engine: the state, the log that it is a fold of, and the border between them and the world. Time, ids and the token
 * secret come in here; below, everything is a function of records and requests.
 *
 * A record is applied once it is durable, never before: so the state is at every moment the fold of the log's durable part,
 * and a full disk leaves it as it was.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  Balance,
  BuyerEvent,
  CampaignDraft,
  CampaignEstimate,
  CampaignOutcomes,
  DecideRequest,
  DecideResponse,
  DecisionExplanation,
  EntityVersions,
  ErasureResult,
  EventsResponse,
  Experiment,
  ExperimentStatus,
  ForecastQuery,
  Payment,
  Person,
  RefundRequest,
  RefundResult,
  RejectedEvent,
  StopRequest,
  TrafficForecast,
} from '@rialto/sdk';
import type { Clock } from '../base/clock.ts';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log, LogBatch } from '../log/log.ts';
import type { EntityKind, EntityOf, EventRecord, LogRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import type { VersionedKind } from '../market/versions.ts';
import { admit } from './admission.ts';
import { answerChange, type ChangeAnswers, type ChangeQuestion } from './answer-change.ts';
import {
  answerOutlook,
  type OutlookAnswers,
  type OutlookQuestion,
  questionOfCampaign,
  questionOfDraft,
} from './answer-outlook.ts';
import { applyRecord } from './apply.ts';
import { decide } from './decide.ts';
import type { DecisionInput } from './decision.ts';
import { answerOf } from './decision-answer.ts';
import { decisionIdOf, recordOf } from './decision-record.ts';
import { DEFAULT_PLACEMENTS } from './default-placements.ts';
import { noCounts } from './engine-counters.ts';
import { listEntities, readEntity } from './entities.ts';
import { listVersions, type VersionsInput, versionOf } from './entity-versions.ts';
import { startedExperiment, statusOf, stoppedExperiment } from './experiment-desk.ts';
import { explainDecision } from './explain.ts';
import { ModelDesk } from './model-desk.ts';
import { balanceOf, paymentRecord, refundRecord } from './money-desk.ts';
import { rebuild } from './rebuild.ts';
import { whyRefused } from './references.ts';
import type { State } from './state.ts';
import { isRecount } from './stock-recount.ts';
import { forecastTraffic } from './traffic-outlook.ts';
import { Workspace } from './workspace.ts';

export interface EngineOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** HMAC key of the items' tokens. */
  readonly tokenSecret: Uint8Array;
  readonly checkpoints?: CheckpointStore;
  /** Makes the unguessable part of decision ids; seeded in simulations. */
  readonly nonce: () => string;
  /** Milliseconds from any beginning, for latency budgets; where absent none ever runs out. */
  readonly stopwatch?: () => number;
  /** Explains a decision elsewhere than on the decision thread. */
  readonly explain?: (decisionId: string) => Promise<DecisionExplanation>;
  /** Answers a question about a campaign's future elsewhere than on the decision thread. */
  readonly foresee?: (question: OutlookQuestion) => Promise<OutlookAnswers[keyof OutlookAnswers]>;
  /** Tries a change of rankers elsewhere than on the decision thread. */
  readonly tryChange?: (question: ChangeQuestion) => Promise<ChangeAnswers[keyof ChangeAnswers]>;
  /** Called with the offset after each batch of live records. */
  readonly onApplied?: (offset: number) => void;
  /** Called with the offset once the log is closed. */
  readonly onClosed?: (offset: number) => Promise<void>;
  /** Called with the number of records applied so far, while the log is folded at the start. */
  readonly onProgress?: (applied: number) => void;
}

export interface SaveResult {
  readonly saved: number;
  /** Equal to what was there: made no record. */
  readonly unchanged: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly id?: string;
    readonly code: ErrorCode;
    readonly message: string;
  }[];
}

export class Engine {
  readonly state: State;
  readonly counters = noCounts();
  /** Trained models: what serves, and what could. */
  readonly models: ModelDesk;
  readonly #options: EngineOptions;
  readonly #workspace = new Workspace();
  /** Ids of events on their way into the log, with the append that carries them. */
  readonly #inFlight = new Map<string, Promise<unknown>>();
  /** Entities on their way into the log, by kind and id: a save is compared with the one before it, not with what is stored. */
  readonly #saving = new Map<string, { readonly entity: unknown; readonly appended: Promise<unknown> }>();
  readonly #unfollow: () => void;
  #lastDecision: Promise<unknown> = Promise.resolve();

  private constructor(state: State, options: EngineOptions) {
    this.state = state;
    this.#options = options;
    this.models = new ModelDesk({ state, log: options.log, clock: options.clock });
    this.#unfollow = options.log.follow((batch) => this.#apply(batch));
  }

  /** Newest good checkpoint, then the rest of the log. An empty log gets the default placements. */
  static async open(options: EngineOptions): Promise<Engine> {
    const { log, checkpoints, onProgress } = options;
    const state = await rebuild({ log, ...(checkpoints && { checkpoints }), ...(onProgress && { onProgress }) });
    const engine = new Engine(state, options);
    if (log.end().every((offset) => offset === 0)) await engine.save('placement', DEFAULT_PLACEMENTS, 'rialto');
    return engine;
  }

  /** How many records have been applied. */
  get offset(): number {
    return this.state.offset;
  }

  #apply(batch: LogBatch): void {
    for (const record of batch.records) applyRecord(this.state, record);
    this.#options.onApplied?.(this.state.offset);
  }

  /**
   * The decision's record is appended without waiting for it. `waitedMs`: since the request came in; latency budgets count it. With
   * `brownout` it is decided in brief. Throws `unknown-placement`.
   */
  decide(request: DecideRequest, waitedMs = 0, brownout = false): DecideResponse {
    const { clock, tokenSecret, nonce, log } = this.#options;
    const unknown = request.placements.find((id) => this.state.market.placements.get(id) === undefined);
    if (unknown !== undefined)
      throw new RialtoError('unknown-placement', `there is no placement ${JSON.stringify(unknown)}`);
    const id = decisionIdOf(this.state.offset, nonce());
    const outOfTime = this.#outOfTime(waitedMs);
    const input: DecisionInput = { id, at: clock.now(), request, outOfTime, brownout };
    const decision = decide(this.state, input, this.#workspace);
    this.counters.decisions++;
    if (brownout) this.counters.decisionsBrownout++;
    for (const { late } of decision.placements) if (late === true) this.counters.placementsLate++;
    const record = recordOf(input, this.state, decision);
    this.#lastDecision = log.append([record], { patient: true }).catch(() => {
      this.counters.decisionsUnlogged++;
    });
    const { currency, language } = this.state.market.settings();
    return answerOf(input.id, decision, {
      ids: this.state.market.listings.ids,
      secret: tokenSecret,
      currency,
      language: request.context?.language ?? language,
    });
  }

  /** Resolves once the last decision is in the log, or could not be taken in. */
  get lastDecision(): Promise<unknown> {
    return this.#lastDecision;
  }

  /** Latency budgets are measured from here on, and what the request has waited counts. */
  #outOfTime(waitedMs: number): DecisionInput['outOfTime'] {
    const { stopwatch } = this.#options;
    if (stopwatch === undefined || this.state.market.rankers.size === 0) return undefined;
    const begin = stopwatch() - waitedMs;
    return (_, budgetMs) => stopwatch() - begin >= budgetMs;
  }

  /**
   * Takes in events whose form is known to be good. Resolves once they are durable and applied; rejects with `log-full` or
   * `overloaded`, and then none of the new ones was kept.
   */
  async ingest(events: readonly BuyerEvent[], options: { readonly imported?: boolean } = {}): Promise<EventsResponse> {
    const records: EventRecord[] = [];
    const rejected: RejectedEvent[] = [];
    const waiting: Promise<unknown>[] = [];
    const own = new Set<string>();
    const input = {
      state: this.state,
      now: this.#options.clock.now(),
      imported: options.imported === true,
      tokenSecret: this.#options.tokenSecret,
    };
    for (let index = 0; index < events.length; index++) {
      const event = events[index]!;
      const flying = this.#inFlight.get(event.id);
      if (flying) waiting.push(flying);
      if (flying || own.has(event.id) || this.state.seen.has(event.id)) continue;
      const admitted = admit(event, input);
      if ('reason' in admitted) {
        rejected.push({ index, id: event.id, ...admitted });
        continue;
      }
      own.add(event.id);
      records.push(admitted);
    }
    if (records.length > 0) waiting.push(this.#append(records));
    await Promise.all(waiting);
    const duplicates = events.length - records.length - rejected.length;
    this.counters.eventsAccepted += records.length;
    this.counters.eventsDuplicate += duplicates;
    this.counters.eventsRejected += rejected.length;
    return { accepted: records.length, duplicates, rejected };
  }

  #append(records: readonly EventRecord[]): Promise<unknown> {
    const appended = this.#options.log.append(records).finally(() => {
      for (const { event } of records) this.#inFlight.delete(event.id);
    });
    for (const { event } of records) this.#inFlight.set(event.id, appended);
    return appended;
  }

  /** Creates or replaces entities whose form is known to be good. Resolves once they are durable and applied. */
  async save<Kind extends EntityKind>(
    kind: Kind,
    entities: readonly EntityOf[Kind][],
    by: string,
  ): Promise<SaveResult> {
    const { market } = this.state;
    const at = this.#options.clock.now();
    const records: LogRecord[] = [];
    const rejected: SaveResult['rejected'][number][] = [];
    const waiting: Promise<unknown>[] = [];
    const changed = new Map<string, EntityOf[Kind]>();
    entities.forEach((entity, index) => {
      const refusal = whyRefused(kind, entity, this.state);
      if (refusal) {
        rejected.push({ index, ...('id' in entity && { id: entity.id }), ...refusal });
        return;
      }
      const id = 'id' in entity ? entity.id : '';
      const flying = this.#saving.get(`${kind} ${id}`);
      const before = changed.get(id) ?? flying?.entity ?? readEntity(market, kind, id);
      const settled = !flying && !changed.has(id);
      if (!isDeepStrictEqual(before, entity) || (settled && isRecount(this.state, kind, entity, at))) {
        changed.set(id, entity);
        records.push({ kind, at, by, entity } as LogRecord);
      } else if (flying && !changed.has(id)) waiting.push(flying.appended);
    });
    if (records.length > 0) waiting.push(this.#appendSaved(kind, changed, records));
    await Promise.all(waiting);
    return { saved: records.length, unchanged: entities.length - records.length - rejected.length, rejected };
  }

  #appendSaved(
    kind: EntityKind,
    changed: ReadonlyMap<string, unknown>,
    records: readonly LogRecord[],
  ): Promise<unknown> {
    const appended = this.#options.log.append(records).finally(() => {
      for (const id of changed.keys())
        if (this.#saving.get(`${kind} ${id}`)?.appended === appended) this.#saving.delete(`${kind} ${id}`);
    });
    for (const [id, entity] of changed) this.#saving.set(`${kind} ${id}`, { entity, appended });
    return appended;
  }

  /** Records a payment, once by its id. Throws `unknown-reference`, `id-taken`. */
  async pay(payment: Payment, by: string): Promise<{ readonly saved: number; readonly unchanged: number }> {
    const record = paymentRecord(this.state, payment, { at: this.#options.clock.now(), by });
    if (record) await this.#options.log.append([record]);
    return record ? { saved: 1, unchanged: 0 } : { saved: 0, unchanged: 1 };
  }

  /** Gives money back, once by its id. Throws `bad-request`, `unknown-reference`, `id-taken`, `not-refundable`. */
  async refund(request: RefundRequest, by: string): Promise<RefundResult> {
    const { clock, tokenSecret, log } = this.#options;
    const record = refundRecord(this.state, request, { at: clock.now(), by, tokenSecret });
    if (record) await log.append([record]);
    const { refundedMicros } = this.state.books.refunds.get(request.id)!;
    return { id: request.id, refundedMicros, unchanged: record ? 0 : 1 };
  }

  /** Forgets somebody at once. What was done before and comes late is billed, and teaches nothing. */
  async erase(who: Person, by: string): Promise<ErasureResult> {
    const known = this.state.market.buyers.keys.find(buyerKey(who)!) >= 0;
    await this.#options.log.append([{ kind: 'erasure', at: this.#options.clock.now(), by, who }]);
    return { known };
  }

  /** What a shop owes and has paid. Throws `not-found`. */
  balance(shop: string): Balance {
    return balanceOf(this.state, shop);
  }

  read<Kind extends EntityKind>(kind: Kind, id: string): EntityOf[Kind] | undefined {
    return readEntity(this.state.market, kind, id);
  }

  list<Kind extends EntityKind>(
    kind: Kind,
    page: { readonly after?: string; readonly limit: number },
  ): { items: EntityOf[Kind][]; next?: string } {
    return listEntities(this.state.market, kind, page);
  }

  /** The number of an entity's newest version, from 1; 0 where there is no such entity. */
  version(kind: VersionedKind, id: string): number {
    return versionOf(this.state, kind, id);
  }

  /** Whether a change of the entity is on its way into the log. */
  isSaving(kind: VersionedKind, id: string): boolean {
    return this.#saving.has(`${kind} ${id}`);
  }

  /** The versions of an entity, newest first. Throws `not-found`. */
  versions(input: VersionsInput): Promise<EntityVersions> {
    return listVersions(this.#options.log, this.state, input);
  }

  /** Starts a draft, or a stopped one again. Throws `not-found`, and what `save` would refuse. */
  async startExperiment(id: string, by: string): Promise<ExperimentStatus> {
    return this.#saveExperiment(id, startedExperiment(this.state, id), by);
  }

  /** The reason goes into the log with the record. Throws `not-found`, `bad-request`. */
  async stopExperiment(id: string, request: StopRequest, by: string): Promise<ExperimentStatus> {
    return this.#saveExperiment(id, stoppedExperiment(this.state, id, request), by);
  }

  async #saveExperiment(id: string, experiment: Experiment, by: string): Promise<ExperimentStatus> {
    const { rejected } = await this.save('experiment', [experiment], by);
    if (rejected[0]) throw new RialtoError(rejected[0].code, rejected[0].message);
    return this.experimentStatus(id);
  }

  /** Throws `not-found`. */
  experimentStatus(id: string): ExperimentStatus {
    return statusOf(this.state, id, this.#options.clock.now());
  }

  /** Throws `not-found`. */
  async explain(decisionId: string): Promise<DecisionExplanation> {
    await this.#lastDecision;
    const { log, checkpoints, explain } = this.#options;
    return explain ? explain(decisionId) : explainDecision({ log, ...(checkpoints && { checkpoints }) }, decisionId);
  }

  /** The traffic to come to a placement or segment. Throws `unknown-placement`, `no-traffic`. */
  forecast(query: ForecastQuery): TrafficForecast {
    return forecastTraffic(this.state, query, this.#options.clock.now());
  }

  /** What a campaign would reach. Throws as saving it would, but that its bid may be missing; `no-traffic`, `overloaded`. */
  async estimate(draft: CampaignDraft): Promise<CampaignEstimate> {
    return this.#foresee(questionOfDraft(this.state, draft));
  }

  /** What a campaign would get at other budgets and bids. Throws `not-found`, `no-traffic`, `overloaded`. */
  async outcomes(id: string): Promise<CampaignOutcomes> {
    return this.#foresee(questionOfCampaign(this.state, id));
  }

  #foresee<Kind extends keyof OutlookAnswers>(
    question: OutlookQuestion & { readonly kind: Kind },
  ): Promise<OutlookAnswers[Kind]> {
    const { log, checkpoints, foresee } = this.#options;
    if (foresee) return foresee(question) as Promise<OutlookAnswers[Kind]>;
    return answerOutlook({ log, ...(checkpoints && { checkpoints }) }, question);
  }

  /** What is wrong with a change of rankers, or what it would have changed. Throws `bad-request`, `no-data`, `overloaded`. */
  tryChange<Kind extends keyof ChangeAnswers>(
    question: ChangeQuestion & { readonly kind: Kind },
  ): Promise<ChangeAnswers[Kind]> {
    const { log, checkpoints, tryChange } = this.#options;
    if (tryChange) return tryChange(question) as Promise<ChangeAnswers[Kind]>;
    return answerChange({ log, ...(checkpoints && { checkpoints }) }, question);
  }

  async close(): Promise<void> {
    await this.#options.log.close();
    this.#unfollow();
    await this.#options.onClosed?.(this.state.offset);
  }
}

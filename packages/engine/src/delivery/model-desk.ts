/**
 * Where models are published, promoted, tried out and rolled back. Each is one batch of records in the log: what serves changes as a
 * whole or not at all. A ranker comes with its embedding and its heads: `model-family.ts` says with which.
 */
import type {
  Health,
  ModelVerdict,
  ModelVersion,
  PromoteRequest,
  RollbackRequest,
  ServingModel,
  TrainingOutcome,
  TryOutRequest,
} from '@rialto/sdk';
import type { Clock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import { asOneChange } from '../log/model-parts.ts';
import type { ModelChange, ModelRecord } from '../log/record.ts';
import { headsNameOf } from '../ranking/action-heads.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { SOURCES_MODEL } from '../retrieval/learned-sources.ts';
import { canaryOf, isCanary } from './apply-model.ts';
import { canaryExperiment, experimentOf, stoppedCanary } from './canary.ts';
import { checkRows, rowsIn } from './listing-rows.ts';
import { digestOf } from './model-bytes.ts';
import { besideOf, companionsFor } from './model-family.ts';
import { closedGates } from './model-registry.ts';
import { presentRanker } from './placed-ranker.ts';
import { readModel } from './read-model.ts';
import { driftOf, servingModels } from './serving-models.ts';
import type { State } from './state.ts';

export interface NewModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly card: Readonly<Record<string, unknown>>;
  readonly by: string;
  /** Where it is not the others'. */
  readonly status?: 'serving' | 'candidate';
}

export interface ModelDeskOptions {
  readonly state: State;
  readonly log: Log;
  readonly clock: Clock;
}

export class ModelDesk {
  readonly #state: State;
  readonly #log: Log;
  readonly #clock: Clock;

  #verdict: ModelVerdict | undefined;
  readonly #training = new Map<string, TrainingOutcome>();

  constructor({ state, log, clock }: ModelDeskOptions) {
    this.#state = state;
    this.#log = log;
    this.#clock = clock;
  }

  serving(name: string): ModelVersion | undefined {
    return this.#state.models.serving(name);
  }

  /** How the ranker did when it was last looked at. */
  get verdict(): ModelVerdict | undefined {
    return this.#verdict;
  }

  noteVerdict(found: Omit<ModelVerdict, 'at'>): void {
    this.#verdict = { at: this.#clock.now(), ...found };
  }

  /** How the last training of each kind went that this process began. */
  get training(): readonly TrainingOutcome[] {
    return [...this.#training.values()];
  }

  noteTraining(outcome: Omit<TrainingOutcome, 'at'>): void {
    this.#training.set(outcome.model, { at: this.#clock.now(), ...outcome });
  }

  servingModels(): readonly ServingModel[] {
    return servingModels(this.#state);
  }

  health(): Omit<Health, 'status'> {
    return { models: this.servingModels(), drift: driftOf(this.#verdict, this.#state.models) };
  }

  /** The version that the experiment is the canary of; undefined where it is none, or no canary any more. */
  canaryOf(experiment: string): ModelVersion | undefined {
    const { models } = this.#state;
    const name = models.names.find((one) => canaryOf(one) !== undefined && experimentOf(one) === experiment);
    return name === undefined ? undefined : models.versions(name).find(({ status }) => status === 'canary');
  }

  /** Of one model or of all, newest first. Throws `not-found`. */
  list(name?: string): readonly ModelVersion[] {
    const { models } = this.#state;
    if (name === undefined) return models.names.flatMap((one) => models.versions(one));
    const versions = models.versions(name);
    if (versions.length === 0) throw unknownModel(name, models.names);
    return versions;
  }

  /** Throws `not-found`. */
  read(name: string, version: number): ModelVersion {
    const found = this.#state.models.find(name, version);
    if (found !== undefined) return found;
    const newest = this.list(name).length;
    throw new RialtoError('not-found', `${name} has no version ${version}; it has ${newest}, numbered from 1`);
  }

  /** The bytes of a version, as they were published. Throws `not-found`, `bad-model` where the log holds others. */
  async bytes(name: string, version: number): Promise<Uint8Array> {
    return (await this.#publication(this.read(name, version))).bytes;
  }

  /**
   * Checks that this version of Rialto can serve the models, then publishes them: as what serves, or as candidates. All or none. Throws
   * `bad-model`, `id-taken`, `model-refused` where one is to serve whose gates are closed; what served before stays.
   */
  async publish(models: readonly NewModel[], status: 'serving' | 'candidate' = 'serving'): Promise<ModelVersion[]> {
    for (const { name, bytes, card, status: own } of models) {
      this.checkName(name);
      this.#check(name, bytes);
      const rows = rowsIn(card);
      if (rows !== undefined) checkRows(rows, this.#state.market.listings.ids);
      const closed = (own ?? status) === 'serving' ? closedGates({ card }) : [];
      if (closed.length > 0) throw refused(`the new ${name}`, closed, 'Publish it as a candidate');
    }
    const at = this.#clock.now();
    const records = models.map(({ status: own = status, ...model }): ModelRecord => {
      const beside = own === 'serving' ? besideOf(model.name, this.#state.models) : undefined;
      const change: ModelChange | undefined = beside ? { status: own, beside } : { status: own };
      return { kind: 'model', at, ...model, ...((beside || own === 'candidate') && { change }) };
    });
    await this.#log.append(asOneChange(records));
    return models.map(({ name }) => this.#state.models.versions(name)[0]!);
  }

  /** Lets a version serve. Throws `not-found`, `bad-model`, and `model-refused` where its gates are closed. */
  async promote(name: string, version: number, request: PromoteRequest, by: string): Promise<ModelVersion> {
    const found = this.read(name, version);
    if (found.status === 'serving') return found;
    const closed = closedGates(found);
    if (closed.length > 0 && request.force !== true)
      throw refused(`${name} version ${version}`, closed, 'Serve it all the same with force');
    return this.#serve(found, { status: 'serving', ...reasonOf(request) }, by);
  }

  /** Brings back what served before, with what served beside it: the embedding, the heads. Throws `not-found` where nothing did, `bad-model`. */
  async rollback(name: string, request: RollbackRequest, by: string): Promise<ModelVersion> {
    const { models } = this.#state;
    this.list(name);
    const before = models.before(name);
    if (before === undefined) throw new RialtoError('not-found', nothingBefore(name, models.serving(name)));
    return this.#serve(before, { status: 'serving', rollback: true, ...reasonOf(request) }, by);
  }

  /** Tries a version out, or gives it up. Throws `not-found`, `bad-request`, `bad-model`. */
  async tryOut(name: string, version: number, request: TryOutRequest, by: string): Promise<ModelVersion> {
    const { status, share, guardrails } = request;
    const found = this.read(name, version);
    if (found.status === 'serving' && status === 'retired' && withoutModel(name) !== undefined)
      return this.#withdraw(found, request, by);
    if (found.status === 'serving')
      throw new RialtoError('bad-request', `${name} version ${version} serves: promote another, or roll it back`);
    const tried = status === 'shadow' || status === 'canary';
    if (tried && canaryOf(name) === undefined)
      throw new RialtoError(
        'bad-request',
        `${name} cannot be a ${status}: only rankers can, each with what serves beside it`,
      );
    if (guardrails !== undefined && status !== 'canary')
      throw new RialtoError('bad-request', `guardrails are a canary's: a ${status} is shown to nobody`);
    if (status === 'canary' && share === 1)
      throw new RialtoError('bad-request', 'a canary of everybody is a promotion: promote it');
    if (tried && !(share !== undefined && share > 0 && share <= 1))
      throw new RialtoError('bad-request', `a ${status} needs a share above 0 and at most 1, not ${share}`);
    const { bytes, card } = await this.#publication(found);
    if (tried) this.#check(name, bytes);
    const experiment =
      status === 'canary' ? canaryExperiment(this.#state, name, { version, share: share!, guardrails }) : undefined;
    const change: ModelChange = { status, version, ...(tried && { share: share! }), ...reasonOf(request) };
    const kept = status === 'canary' ? bytes : new Uint8Array(0);
    const at = this.#clock.now();
    const others = tried ? this.list(name).filter((one) => one.status === status && one.version !== version) : [];
    const given = others.map((other): ModelRecord => {
      const reason = `version ${version} is the ${status}`;
      const change = { status: 'candidate', version: other.version, reason } as const;
      return { kind: 'model', at, by, name, bytes: new Uint8Array(0), card: {}, change };
    });
    const ended =
      found.status === 'canary' ? stoppedCanary(this.#state, name, request.reason ?? `now ${status}`) : undefined;
    const entity = experiment ?? ended;
    const record: ModelRecord = { kind: 'model', at, by, name, bytes: kept, card, change };
    await this.#log.append([
      ...asOneChange([...given, record]),
      ...(entity ? [{ kind: 'experiment' as const, at, by, entity }] : []),
    ]);
    return this.read(name, version);
  }

  async #serve(version: ModelVersion, change: ModelChange, by: string): Promise<ModelVersion> {
    const { models } = this.#state;
    const at = this.#clock.now();
    const records: ModelRecord[] = [];
    for (const { name, version: companion, reason } of companionsFor(version, models)) {
      if (companion === undefined) records.push(withdrawal(models.serving(name)!, reason, { at, by }));
      // A companion is promoted, not rolled back: what it replaces need not be what served just before it.
      else records.push(await this.#served(companion, { status: 'serving', reason }, { at, by }));
    }
    const beside = besideOf(version.name, models);
    records.push(await this.#served(version, { ...change, ...(beside && { beside }) }, { at, by }));
    const reason = `version ${version.version} serves`;
    const entity = version.status === 'canary' ? stoppedCanary(this.#state, version.name, reason) : undefined;
    await this.#log.append([
      ...asOneChange(records),
      ...(entity ? [{ kind: 'experiment' as const, at, by, entity }] : []),
    ]);
    return this.read(version.name, version.version);
  }

  /** The record by which a version comes to serve, with its bytes. Throws `bad-model`. */
  async #served(version: ModelVersion, change: ModelChange, { at, by }: Act): Promise<ModelRecord> {
    const { name, bytes, card } = await this.#publication(version);
    this.#check(name, bytes);
    return { kind: 'model', at, by, name, bytes, card, change: { ...change, version: version.version } };
  }

  async #withdraw({ name, version }: ModelVersion, { reason }: TryOutRequest, by: string): Promise<ModelVersion> {
    const found = this.read(name, version);
    await this.#log.append([withdrawal(found, reason ?? withoutModel(name)!, { at: this.#clock.now(), by })]);
    return this.read(name, version);
  }

  /** Throws `id-taken` where placements that name the model would get a declared ranker or a canary; to be asked before a long training, too. */
  checkName(name: string): void {
    const named = rankerNameOf(name);
    if (named === undefined) return;
    if (isCanary(named))
      throw new RialtoError(
        'id-taken',
        `canaries are served by the name ${JSON.stringify(named)}: publish the model under another name`,
      );
    if (presentRanker(named, this.#state.market) !== undefined)
      throw new RialtoError(
        'id-taken',
        `a ranker of the id ${JSON.stringify(named)} is declared: publish the model under another name, and name it in the ranker's \`model\``,
      );
  }

  #check(name: string, bytes: Uint8Array): void {
    readModel(name, bytes, this.#state.market.listings.size);
  }

  async #publication({ name, version, offset, digest }: ModelVersion): Promise<ModelRecord> {
    for await (const { records } of this.#log.read(0, offset, offset + 1)) {
      const record = records[0];
      if (record?.kind === 'model' && digestOf(record.bytes) === digest) return record;
    }
    throw new RialtoError('bad-model', `the log no longer holds ${name} version ${version} at offset ${offset}`);
  }
}

const refused = (what: string, reasons: readonly string[], remedy: string): RialtoError =>
  new RialtoError('model-refused', `${what} is not served: ${reasons.join('; ')}. ${remedy}`, { reasons });

interface Act {
  readonly at: number;
  readonly by: string;
}

/** What serves, serving no longer, and nothing in its place. */
function withdrawal({ name, version }: ModelVersion, reason: string, { at, by }: Act): ModelRecord {
  const change = { status: 'retired', version, withdrawn: true, reason } as const;
  return { kind: 'model', at, by, name, bytes: new Uint8Array(0), card: {}, change };
}

function nothingBefore(name: string, serving: ModelVersion | undefined): string {
  if (serving === undefined) return `nothing of ${name} serves: promote a version of it`;
  const without = withoutModel(name);
  const back = without === undefined ? '' : `: rialto models retire ${name} ${serving.version} ends it: ${without}`;
  return `nothing of ${name} served before version ${serving.version}${back}`;
}

/** What there is where nothing serves under the name; undefined of models that something has to serve as. */
function withoutModel(name: string): string | undefined {
  if (headsNameOf(name) !== undefined) return 'priors serve';
  return name === SOURCES_MODEL ? 'placements have their own sources' : undefined;
}

const reasonOf = ({ reason }: { readonly reason?: string }): { reason?: string } =>
  reason === undefined ? {} : { reason };

function unknownModel(name: string, names: readonly string[]): RialtoError {
  const known = names.length === 0 ? 'none has been published' : `there are ${names.join(', ')}`;
  return new RialtoError('not-found', `there is no model ${JSON.stringify(name)}: ${known}`);
}

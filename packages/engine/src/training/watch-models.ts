/**
 * How the ranker that serves does now: a sample of the latest decisions is looked at again, each with the state that made it, and compared
 * with what the ranker was trained on and with what buyers clicked. A shadow scores the same candidates beside it. Nothing of this touches
 * the decisions themselves: the log is read, in another process or thread.
 */
import type { ModelVersion } from '@rialto/sdk';
import { hashUnit } from '../base/hash.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { experimentOf } from '../delivery/canary.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { DECISIONS_MIN } from '../delivery/serving-models.ts';
import type { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { type Distribution, sharesOf, stabilityIndex } from '../learning/drift.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { RankerModel } from '../ranking/ranker.ts';
import { type CanaryReading, CanaryWatch } from './canary-watch.ts';
import { type ClickCalibration, type ClickedPage, clickCalibration } from './click-calibration.ts';
import { FeatureSample } from './feature-sample.ts';
import { type Reconsidered, reconsider } from './reconsider.ts';
import { DECISIONS_MAX, RECORDS_MAX, someDecisions } from './traffic-sample.ts';

export interface WatchInput {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  /** How much of the log's end is looked at. */
  readonly recordsMax?: number;
  readonly decisionsMax?: number;
}

export interface ModelWatch {
  readonly version?: number;
  readonly decisions: number;
  /**
   * What drift is against: the decisions of the time when it was trained, or, where there were none, the orders held out from its training. Those are
   * another crowd than visitors are, so that they raise no alert.
   */
  readonly driftAgainst: 'traffic' | 'orders';
  /** PSI of each feature, the highest first; none where the card does not know it. */
  readonly drift: readonly { readonly feature: string; readonly psi: number }[];
  readonly calibration?: ClickCalibration;
  /** Days from the last order trained on to the log's end. */
  readonly ageDays?: number;
  readonly shadow?: ShadowWatch;
  /** Of every canary that enough buyers met. */
  readonly canaries: readonly WatchedCanary[];
  readonly alerts: readonly string[];
}

export interface WatchedCanary extends CanaryReading {
  readonly model: string;
  readonly version: number;
}

export interface ShadowWatch {
  readonly version: number;
  readonly decisions: number;
  /** Of the items shown, how many the shadow would show too. */
  readonly agreement: number;
  /** Mean distance of its scores from those that served, both less their mean. */
  readonly scoreDrift: number;
}

const RANKER = 'ranker';
/** How the ids of their experiments begin. */
const CANARIES = experimentOf('');
const CLICKS_MIN = 500;
const PSI_MAX = 0.25;
const CALIBRATION_ERROR_MAX = 0.25;
const AGE_DAYS_MAX = 30;

export async function watchModels(input: WatchInput): Promise<ModelWatch> {
  const { log, recordsMax = RECORDS_MAX, decisionsMax = DECISIONS_MAX } = input;
  const end = log.end()[0]!;
  const begin = Math.max(0, end - recordsMax);
  const kept = await someDecisions(log, begin, end, decisionsMax);
  const checkpoints = input.checkpoints && { checkpoints: input.checkpoints };
  const state = await rebuild({ log, ...checkpoints, offset: begin });
  const canaries = new Map<string, CanaryWatch>();
  const looker = new Looker(log, state, new Set(kept.map(({ id }) => id)));
  let next = 0;
  const lookHere = async (): Promise<void> => {
    for (; kept[next]?.stateOffset === state.offset; next++) await looker.look(kept[next]!);
  };
  await lookHere();
  for await (const { records } of log.read(0, begin, end)) {
    for (const record of records) {
      if (record.kind === 'decision') noteExposures(record, canaries);
      if (record.kind === 'event' && record.event.type === 'click' && record.event.bot !== true) {
        for (const canary of canaries.values()) canary.clicked(record.claims?.decisionId);
        looker.clicked(record.claims?.decisionId, record.event.listing);
      }
      applyRecord(state, record);
      if (kept[next]?.stateOffset === state.offset) await lookHere();
    }
  }
  return { ...looker.watch(), canaries: readingsOf(state, canaries) };
}

function noteExposures(record: DecisionRecord, canaries: Map<string, CanaryWatch>): void {
  for (const { experiment } of record.exposures ?? [])
    if (experiment.startsWith(CANARIES) && !canaries.has(experiment))
      canaries.set(experiment, new CanaryWatch(experiment));
  for (const canary of canaries.values()) canary.decided(record);
}

function readingsOf({ models }: State, canaries: ReadonlyMap<string, CanaryWatch>): WatchedCanary[] {
  return models.names.flatMap((model): WatchedCanary[] => {
    const tried = models.versions(model).find(({ status }) => status === 'canary');
    const reading = tried && canaries.get(experimentOf(model))?.reading();
    return reading === undefined ? [] : [{ model, version: tried!.version, ...reading }];
  });
}

interface Page {
  readonly decision: string;
  readonly listings: readonly string[];
  readonly scores: readonly number[];
}

class Looker {
  readonly #log: Log;
  readonly #state: State;
  readonly #ids: ReadonlySet<string>;
  readonly #workspace = new Workspace();
  readonly #features = new FeatureSample();
  readonly #pages: Page[] = [];
  readonly #clicks = new Set<string>();
  #shadow: { readonly version: ModelVersion; readonly ranker: RankerModel } | undefined;
  #compared = { decisions: 0, agreement: 0, scoreDrift: 0 };
  #decisions = 0;

  constructor(log: Log, state: State, ids: ReadonlySet<string>) {
    this.#log = log;
    this.#state = state;
    this.#ids = ids;
  }

  clicked(decision: string | undefined, listing: string | undefined): void {
    if (decision !== undefined && this.#ids.has(decision)) this.#clicks.add(`${decision}/${listing}`);
  }

  /** The state is the one that made the decision. */
  async look(record: DecisionRecord): Promise<void> {
    await this.#readShadow();
    this.#decisions++;
    reconsider(this.#state, record, this.#workspace, (page) => {
      // What is ranked by another than the one that serves says nothing of it.
      if (page.placement.ranker !== undefined) return;
      this.#features.add(this.#workspace);
      this.#notePage(record.id, page);
      this.#compare(record, page);
    });
  }

  async #readShadow(): Promise<void> {
    const version = this.#state.models.versions(RANKER).find(({ status }) => status === 'shadow');
    if (version?.version === this.#shadow?.version.version) return;
    this.#shadow = undefined;
    this.#compared = { decisions: 0, agreement: 0, scoreDrift: 0 };
    if (version === undefined) return;
    for await (const { records } of this.#log.read(0, version.offset, version.offset + 1)) {
      const record = records[0];
      if (record?.kind !== 'model') continue;
      const ranker = new RankerModel();
      ranker.replace(record.bytes);
      this.#shadow = { version, ranker };
    }
  }

  #notePage(decision: string, { decided }: Reconsidered): void {
    const { candidates } = this.#workspace;
    const { ids } = this.#state.market.listings;
    const scores: number[] = [];
    const listings: string[] = [];
    decided.listings.forEach((listing, place) => {
      const candidate = candidates.find(ids.find(listing));
      if (candidate < 0 || (decided.campaigns[place] ?? '') !== '') return;
      scores.push(candidates.score[candidate]!);
      listings.push(listing);
    });
    if (scores.length > 1) this.#pages.push({ decision, listings, scores });
  }

  #compare({ id }: DecisionRecord, { moment, decided }: Reconsidered): void {
    const shadow = this.#shadow;
    if (shadow === undefined || hashUnit(11, id) >= (shadow.version.share ?? 1)) return;
    const { candidates, matrix, evidence } = this.#workspace;
    const { market, signals } = this.#state;
    const open = Array.from({ length: candidates.size }, (_, i) => i).filter(
      (i) => candidates.dropped[i] === undefined,
    );
    if (open.length === 0) return;
    const scoresOf = (): number[] => open.map((i) => candidates.score[i]!);
    const served = scoresOf();
    shadow.ranker.score(matrix, { moment, market, signals, evidence, candidates });
    const shadowed = scoresOf();
    const k = Math.min(open.length, decided.listings.length);
    const top = (scores: readonly number[]): Set<number> =>
      new Set(
        Array.from(scores.keys())
          .sort((a, b) => scores[b]! - scores[a]!)
          .slice(0, k),
      );
    const [mine, theirs] = [top(served), top(shadowed)];
    const [meanServed, meanShadow] = [meanOf(served), meanOf(shadowed)];
    this.#compared.decisions++;
    this.#compared.agreement += [...mine].filter((i) => theirs.has(i)).length / Math.max(1, k);
    this.#compared.scoreDrift += meanOf(
      served.map((score, i) => Math.abs(score - meanServed - (shadowed[i]! - meanShadow))),
    );
  }

  watch(): Omit<ModelWatch, 'canaries'> {
    const { models, logTime } = this.#state;
    const serving = models.serving(RANKER);
    const card = serving?.card ?? {};
    const then = (card['traffic'] ?? card['distributions'] ?? {}) as Readonly<Record<string, Distribution>>;
    const drift = this.#decisions < DECISIONS_MIN ? [] : this.#drift(then);
    const driftAgainst = card['traffic'] === undefined ? 'orders' : 'traffic';
    const pages: ClickedPage[] = this.#pages.map(({ decision, listings, scores }) => ({
      scores,
      clicked: listings.map((listing) => (this.#clicks.has(`${decision}/${listing}`) ? 1 : 0)),
    }));
    const calibration = clickCalibration(pages);
    const to = card['to'];
    const ageDays = typeof to === 'number' ? (logTime - to) / MILLIS_PER_DAY : undefined;
    const { decisions, agreement, scoreDrift } = this.#compared;
    const shadow = this.#shadow &&
      decisions > 0 && {
        version: this.#shadow.version.version,
        decisions,
        agreement: agreement / decisions,
        scoreDrift: scoreDrift / decisions,
      };
    const found: Omit<ModelWatch, 'alerts' | 'canaries'> = {
      ...(serving && { version: serving.version }),
      decisions: this.#decisions,
      driftAgainst,
      drift,
      ...(calibration && { calibration }),
      ...(ageDays !== undefined && { ageDays }),
      ...(shadow && { shadow }),
    };
    return { ...found, alerts: alertsOf(found) };
  }

  #drift(distributions: Readonly<Record<string, Distribution>>): ModelWatch['drift'] {
    return FEATURE_NAMES.flatMap((feature, i) => {
      const then = distributions[feature];
      const now = this.#features.values(i);
      if (then === undefined || now.length === 0) return [];
      return [{ feature, psi: stabilityIndex(then.shares, sharesOf(now, then.edges)) }];
    }).sort((a, b) => b.psi - a.psi);
  }
}

function alertsOf({ driftAgainst, drift, calibration, ageDays }: Omit<ModelWatch, 'alerts' | 'canaries'>): string[] {
  const moved = driftAgainst === 'orders' ? [] : drift.filter(({ psi }) => psi > PSI_MAX);
  const alerts = moved.map(
    ({ feature, psi }) => `${feature} is not what it was in training: PSI ${psi.toFixed(2)}, above ${PSI_MAX}`,
  );
  if (calibration !== undefined && calibration.clicks >= CLICKS_MIN && calibration.error > CALIBRATION_ERROR_MAX)
    alerts.push(`clicks do not go where scores say: off by ${(100 * calibration.error).toFixed(0)} % of the mean`);
  if (ageDays !== undefined && ageDays > AGE_DAYS_MAX)
    alerts.push(`it was trained on orders up to ${ageDays.toFixed(0)} days ago, more than ${AGE_DAYS_MAX}`);
  return alerts;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);

/**
 * The state: everything that decisions rest on. `applyRecord` is the only way in which it changes: the same records in the
 * same order give the same state, byte for byte of its snapshot.
 */
import type { Placement } from '@rialto/sdk';
import { AdBooks } from '../ads/ad-books.ts';
import { Autobid } from '../ads/autobid.ts';
import { Frequency } from '../ads/frequency.ts';
import { LearnedReserves } from '../ads/learned-reserves.ts';
import type { Ledger } from '../ads/ledger.ts';
import { OptimisedCpc } from '../ads/optimised-cpc.ts';
import { Pacing } from '../ads/pacing.ts';
import { SegmentTraffic } from '../ads/segment-traffic.ts';
import { SlotEffects } from '../ads/slot-effects.ts';
import { TrafficForecast } from '../ads/traffic-forecast.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { ClaimBook } from '../engagement/claim-book.ts';
import { ExperimentRegistry } from '../experiments/experiment-registry.ts';
import { Advertised } from '../features/advertised.ts';
import { Signals } from '../features/signals.ts';
import { ThingCounts } from '../features/thing-counts.ts';
import { ModelParts } from '../log/model-parts.ts';
import { Market } from '../market/market.ts';
import { SeenEvents } from '../market/seen-events.ts';
import { Versions } from '../market/versions.ts';
import { ActionHeads } from '../ranking/action-heads.ts';
import { NamedRankers } from '../ranking/named-rankers.ts';
import { RankerModel } from '../ranking/ranker.ts';
import { LearnedSources } from '../retrieval/learned-sources.ts';
import { QueryBook } from '../retrieval/query-book.ts';
import { TextIndex } from '../retrieval/text-index.ts';
import type { BookKeeping } from './keep-books.ts';
import { ModelRegistry } from './model-registry.ts';
import { PacedMarket } from './paced-market.ts';
import { SplitArms } from './split-arms.ts';
import { Tally } from './tally.ts';

/** Live events may be this old when they arrive. */
export const EVENT_AGE_MS_MAX = 7 * MILLIS_PER_DAY;
/** How far a client's clock may be ahead of ours. */
export const EVENT_AHEAD_MS_MAX = 300_000;

/** Changes when a snapshot of the version before cannot be read any more; then the log is folded from its start. */
export const STATE_SCHEMA = 'state-33';

export class State implements Part {
  readonly market = new Market();
  readonly signals = new Signals();
  readonly claims = new ClaimBook();
  readonly advertised = new Advertised();
  readonly texts = new TextIndex();
  readonly queries = new QueryBook();
  readonly things = new ThingCounts();
  readonly ranker = new RankerModel();
  readonly rankers = new NamedRankers();
  readonly models = new ModelRegistry();
  /** Between the records of one append, where no state is saved. */
  readonly modelParts = new ModelParts();
  readonly heads = new ActionHeads();
  readonly learnedSources = new LearnedSources();
  readonly books = new AdBooks();
  readonly traffic = new TrafficForecast();
  readonly segments = new SegmentTraffic();
  readonly frequency = new Frequency();
  readonly pacing = new Pacing();
  readonly autobid = new Autobid();
  readonly optimisedCpc = new OptimisedCpc();
  readonly reserves = new LearnedReserves();
  readonly slotEffects = new SlotEffects();
  readonly pacedMarket = new PacedMarket(this);
  readonly arms = new SplitArms(this);
  /** Ids are remembered for as long as their event could be sent again. */
  readonly seen = new SeenEvents(EVENT_AGE_MS_MAX + EVENT_AHEAD_MS_MAX);
  readonly versions = new Versions();
  readonly experiments = new ExperimentRegistry(this.market.experiments, (row) =>
    this.versions.count('experiment', row),
  );
  readonly tally = new Tally();
  /** What the books are kept with. */
  readonly keeping: BookKeeping = {
    books: this.books,
    campaigns: this.market.campaigns,
    listings: this.market.listings,
  };
  /** Records applied: the offset of the next one. */
  offset = 0;
  /** The latest time that a record was taken in at. */
  logTime = 0;

  get ledger(): Ledger {
    return this.books.ledger;
  }

  /** The one that the placement asks for, or the one that serves. */
  rankerOf({ ranker }: Placement): RankerModel {
    return (ranker === undefined ? undefined : this.rankers.find(ranker)) ?? this.ranker;
  }

  #parts(): Part[] {
    return [
      this.market,
      this.signals,
      this.claims,
      this.advertised,
      this.texts,
      this.queries,
      this.things,
      this.ranker,
      this.rankers,
      this.models,
      this.heads,
      this.learnedSources,
      this.books,
      this.traffic,
      this.segments,
      this.frequency,
      this.pacing,
      this.pacedMarket,
      this.arms,
      this.autobid,
      this.optimisedCpc,
      this.reserves,
      this.slotEffects,
      this.seen,
      this.versions,
      this.experiments,
      this.tally,
    ];
  }

  save(out: SnapshotWriter): void {
    out.json('state', [this.offset, this.logTime]);
    for (const part of this.#parts()) part.save(out);
  }

  load(from: SnapshotReader): void {
    [this.offset, this.logTime] = from.json<[number, number]>('state');
    for (const part of this.#parts()) part.load(from);
  }
}

/**
 * What the log holds: one record for everything that happens. A record is made valid before it is appended, and is never
 * changed after.
 *
 * `at` is when the engine took it in, by its clock. An event also has the time at which it happened, `event.at`.
 */
import type {
  BuyerEvent,
  DecideRequest,
  EntityKind,
  EntityOf,
  Exposure,
  InterleaveMethod,
  ModelStatus,
  Payment,
  Person,
  ThingKind,
  UrgencyClaim,
} from '@rialto/sdk';

export type { EntityKind, EntityOf } from '@rialto/sdk';

/** An entity saved: created or replaced as a whole. `by` says who did it. */
export type SavedRecord = {
  [Kind in EntityKind]: {
    readonly kind: Kind;
    readonly at: number;
    readonly by: string;
    readonly entity: EntityOf[Kind];
  };
}[EntityKind];

/** What a signed token said, once its signature was found good. */
export interface Claims {
  readonly decisionId: string;
  readonly position: number;
  /** Of what is no listing, its id. */
  readonly listing: string;
  readonly placement: string;
  /** Of what is no listing. */
  readonly kind?: ThingKind;
  /** Of ads. */
  readonly campaign?: string;
  /** Of ads: what a click costs, or a view; 0 where orders are paid for. */
  readonly priceMicros?: number;
  /** Of ads that pay by view: what a view costs beside it, in thousandths of a micro. */
  readonly priceThousandths?: number;
  /** Of ads: when the token stops billing. */
  readonly expiresAt?: number;
  /** Of ads: what is paid for; clicks where absent. */
  readonly billing?: 'view' | 'order';
  /** Of ads that pay by order: hundredths of a per cent of its value. */
  readonly commissionBasisPoints?: number;
  /** Of ads shown while an experiment splits budgets: whose part pays. */
  readonly arm?: number;
}

export interface EventRecord {
  readonly kind: 'event';
  readonly at: number;
  readonly event: BuyerEvent & { readonly at: number };
  readonly claims?: Claims;
  /** Of exposures: the experiment's version, and which of its units this was. */
  readonly exposure?: Pick<Exposure, 'version' | 'unit'>;
  /** The token was there but its signature was not ours. */
  readonly forged?: true;
  /** History loaded from a file: may be of any age. */
  readonly imported?: true;
}

/** What one placement of a decision showed. Parallel arrays: [items]. */
export interface DecidedRecord {
  readonly placement: string;
  readonly listings: readonly string[];
  /** Campaign ids, '' for organic items. */
  readonly campaigns: readonly string[];
  /** Price of a click, 0 for organic items. */
  readonly pricesMicros: readonly number[];
  /** Claims that were made, with the id of the listing; absent where none was asked for. */
  readonly signals?: readonly LoggedSignal[];
  /** Of placements that rank something else than listings: what was shown, in order. */
  readonly things?: readonly LoggedThing[];
  /** The probability of each item at its place given those before it; absent where nothing was drawn. */
  readonly propensities?: readonly number[];
  /** The latency budget had run out: the cheap stage answered. */
  readonly late?: true;
  /** Where an experiment interleaved two rankers. */
  readonly interleaved?: InterleavedRecord;
}

/** How a list was made of two rankings. Arrays are parallel to the items: 0 for ads and pinned items. */
export interface InterleavedRecord {
  readonly experiment: string;
  readonly version: number;
  /** The id of what takes part in the experiment. */
  readonly unit: string;
  readonly method: InterleaveMethod;
  /** Of team draft: the ranker that an item speaks for, 1 or 2, or 0 for neither. */
  readonly teams?: readonly number[];
  /** Places in either ranking, from 1 on; 0 where it is not among its best. */
  readonly first: readonly number[];
  readonly second: readonly number[];
}

export interface LoggedThing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly score: number;
}

export interface LoggedSignal extends UrgencyClaim {
  readonly listing: string;
}

export interface DecisionRecord {
  readonly kind: 'decision';
  readonly at: number;
  readonly id: string;
  /** How many records had been applied to the state that decided. */
  readonly stateOffset: number;
  readonly request: DecideRequest;
  readonly placements: readonly DecidedRecord[];
  /** The variants that the page was given; absent where there are none. */
  readonly exposures?: readonly Exposure[];
  /** Requests waited for each other: it was decided in brief. */
  readonly brownout?: true;
}

/** What a model's record does with a version. */
export interface ModelChange {
  readonly status: ModelStatus;
  /** The one that is spoken of, published before; where absent, the record publishes a new one. */
  readonly version?: number;
  readonly reason?: string;
  /** Of decisions for a shadow, of buyers for a canary. */
  readonly share?: number;
  /** It served before what serves now, which is taken back. */
  readonly rollback?: true;
  /** It serves no longer, and nothing takes its place. */
  readonly withdrawn?: true;
  /** Versions of the models that served with the one that it takes the place of, by name; 0 where none did. */
  readonly beside?: Readonly<Record<string, number>>;
}

/** A trained model published, which serves from here on, or a change of what one published before does. */
export interface ModelRecord {
  readonly kind: 'model';
  readonly at: number;
  readonly by: string;
  readonly name: string;
  /** The model's own format; it carries its version and checksum. */
  readonly bytes: Uint8Array;
  /** Absent where a new version serves at once. */
  readonly change?: ModelChange;
  /** What it was trained on and how it did: data range, metrics, digest. */
  readonly card: Readonly<Record<string, unknown>>;
  /** Of several that are one change: which, from 0. */
  readonly part?: { readonly index: number; readonly of: number };
}

/** Money that a shop paid in, or, negative, got back. Counts once by its id. */
export interface PaymentRecord {
  readonly kind: 'payment';
  readonly at: number;
  readonly by: string;
  readonly payment: Payment;
}

/** Money that somebody wants to be given back of what ads were charged. Counts once by its id. */
export interface RefundRecord {
  readonly kind: 'refund';
  readonly at: number;
  readonly by: string;
  readonly refund: {
    readonly id: string;
    readonly reason: string;
    /** At most so much; all that can be where absent. */
    readonly amountMicros?: number;
    /** Of a campaign's day: the campaign, and days since 1970. */
    readonly campaign?: string;
    readonly day?: number;
    /** Of a decision, or of one item of it. */
    readonly decision?: string;
    readonly item?: Pick<Claims, 'decisionId' | 'placement' | 'listing' | 'position'>;
  };
}

/** Somebody whom the state is to forget, by the id that events name: a buyer or a session. */
export interface ErasureRecord {
  readonly kind: 'erasure';
  readonly at: number;
  readonly by: string;
  readonly who: Person;
}

export type LogRecord =
  | SavedRecord
  | EventRecord
  | DecisionRecord
  | ModelRecord
  | PaymentRecord
  | RefundRecord
  | ErasureRecord;

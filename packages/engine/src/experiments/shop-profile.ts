/** A shop as its own log shows it: what a plan simulates. Sums are of the days that the log was asked for. */

export interface CampaignProfile {
  readonly id: string;
  /** Ads shown, a day on which it was live. */
  readonly viewsADay: number;
  readonly spentADayMicros: number;
  /** Infinite where it has none. */
  readonly budgetADayMicros: number;
  /** Of the days on which it spent, the share that took all but a twentieth of the budget. */
  readonly heldShare: number;
  /** What a view of its ads brought in, mean. */
  readonly perViewMicros: number;
  /** Of its views, the share in its largest region. */
  readonly regionShare: number;
}

export interface ShopProfile {
  readonly days: number;
  /** Decisions that showed an ad. */
  readonly adPagesADay: number;
  readonly pagesADay: number;
  /** Of decisions by hour, UTC. [24] */
  readonly hourShares: readonly number[];
  /** Countries or regions with a hundredth of the decisions at least. */
  readonly regions: number;
  readonly campaigns: readonly CampaignProfile[];
  readonly buyers: {
    /** Of the whole time. */
    readonly count: number;
    readonly clicksMean: number;
    readonly clicksVariance: number;
    readonly ordersMean: number;
    readonly ordersVariance: number;
    readonly pagesMean: number;
  };
}

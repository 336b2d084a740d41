/** How often things happened in all: what the metrics page and the live view show. A part of the state, so exact. */
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export class Tally implements Part {
  decisions = 0;
  events = 0;
  impressions = 0;
  clicks = 0;
  views = 0;
  searches = 0;
  cartAdds = 0;
  orderLines = 0;
  /** What all order lines came to. */
  orderMicros = 0;
  returns = 0;
  exposures = 0;
  adImpressions = 0;
  adClicks = 0;
  tokensForged = 0;
  tokensExpired = 0;
  tokensReplayed = 0;
  /** Of what is paid for: clicks, or impressions. */
  clicksOverBudget = 0;
  /** Ad events that were no buyer's interest: bots, floods and what else docs/money.md lists. */
  adEventsInvalid = 0;
  /** Lines of orders that followed an ad, within some window. */
  orderLinesAttributed = 0;
  /** Models that came to serve, and those that this version could not serve. */
  modelsServed = 0;
  modelsRefused = 0;

  save(out: SnapshotWriter): void {
    out.json('tally', { ...this });
  }

  load(from: SnapshotReader): void {
    Object.assign(this, from.json<Partial<Tally>>('tally'));
  }
}

/**
 * The part of the log's fold that money follows from: campaigns, the ledger, and which events were counted before. It goes
 * through the engine's own ledger by the same steps as the state (`delivery/apply.ts`), and a test keeps the two equal, so
 * that reports say what the state says. Kept between refreshes as a checkpoint in the lake.
 */
import type { Campaign } from '@rialto/sdk';
import { Ledger } from '../ads/ledger.ts';
import { isAd } from '../ads/token.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { millis } from '../base/units.ts';
import { settleAd } from '../delivery/settle-ad.ts';
import { EVENT_AGE_MS_MAX } from '../delivery/state.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';
import { Campaigns } from '../market/campaigns.ts';
import { SeenEvents } from '../market/seen-events.ts';
import type { Charge } from './history-rows.ts';

const NOWHERE = () => -1;

export class ChargeFold implements Part {
  readonly ledger = new Ledger();
  readonly #campaigns = new Campaigns();
  readonly #shops = new Interner('shops');
  readonly #seen = new SeenEvents(EVENT_AGE_MS_MAX);
  #logTime = 0;
  /** Records applied. */
  offset = 0;

  /** The click that the record settled, if it did. */
  apply(record: LogRecord): Charge | undefined {
    this.offset++;
    this.#logTime = Math.max(this.#logTime, record.at);
    this.ledger.advance(millis(record.at));
    if (record.kind === 'event') return this.#applyEvent(record);
    if (record.kind === 'campaign') this.#putCampaign(record.entity);
    return undefined;
  }

  /** Without its listings: money does not ask for them. */
  #putCampaign(campaign: Campaign): void {
    this.#campaigns.put(
      { ...campaign, listings: [] },
      {
        listingOf: NOWHERE,
        shopOf: (id) => this.#shops.intern(id),
        wordsOf: () => [],
      },
    );
  }

  #applyEvent(record: EventRecord): Charge | undefined {
    const { event, claims } = record;
    if (this.#seen.has(event.id)) return undefined;
    this.#seen.add(event.id, this.#logTime, record.imported === true);
    if (claims === undefined || !isAd(claims)) return undefined;
    const campaign = this.#campaigns.documents.ids.find(claims.campaign);
    const settlement = settleAd(this.ledger, this.#campaigns, { record, claims, campaign });
    if (settlement === undefined) return undefined;
    const shop = campaign < 0 ? undefined : this.#shops.text(this.#campaigns.shop.data[campaign]!);
    return { record, claims, shop, settlement };
  }

  save(out: SnapshotWriter): void {
    out.json('fold', [this.offset, this.#logTime]);
    for (const part of [this.ledger, this.#campaigns, this.#shops, this.#seen]) part.save(out);
  }

  load(from: SnapshotReader): void {
    [this.offset, this.#logTime] = from.json<[number, number]>('fold');
    for (const part of [this.ledger, this.#shops, this.#seen]) part.load(from);
    this.#campaigns.load(from);
  }
}

/** Rows as campaigns, one a row: the listings and the placements are lists, split at `|` or `;`. */
import type { Campaign } from '@rialto/sdk';
import { campaignSchema } from '../wire/campaign-schema.ts';
import type { ColumnMapping, Field } from './column-mapping.ts';
import { EntitySink } from './entity-sink.ts';
import { parseId, parseList } from './field-values.ts';
import type { IntakeContext, RowTaker } from './intake-engine.ts';
import { idIn, missing, momentIn, moneyIn, present, refusalAmong } from './mapped-cells.ts';
import { OccurrenceCounts } from './occurrence-counts.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row } from './row.ts';

export const CAMPAIGN_FIELDS: readonly Field[] = [
  { name: 'id', required: true, alias: ['campaign', 'campaignId'] },
  { name: 'shop', required: true, alias: ['shopId'] },
  { name: 'listings', required: true },
  { name: 'bid', required: true, or: 'bidMicros' },
  { name: 'bidMicros' },
  { name: 'dailyBudget', required: true, or: 'dailyBudgetMicros' },
  { name: 'dailyBudgetMicros' },
  { name: 'status' },
  { name: 'startsAt' },
  { name: 'endsAt' },
  { name: 'placements' },
];

export class CampaignRows implements RowTaker {
  readonly #context: IntakeContext;
  readonly #sink: EntitySink<'campaign'>;
  readonly #ids = new OccurrenceCounts();

  constructor(context: IntakeContext) {
    this.#context = context;
    this.#sink = new EntitySink('campaign', campaignSchema, context);
  }

  take(row: Row): Promise<void> | undefined {
    const { counts, mapping, rejects } = this.#context;
    const campaign = this.#campaign(row.cells, mapping);
    if (campaign instanceof Refusal) {
      rejects.add(row, campaign);
      return undefined;
    }
    if (this.#ids.add(campaign.id) > 1) {
      rejects.add(
        row,
        new Refusal('repeated-id', `the file has had campaign ${campaign.id} before; the first one counts`),
      );
      return undefined;
    }
    counts.entities++;
    return this.#sink.add(campaign, row);
  }

  finish(): Promise<void> {
    return this.#sink.finish();
  }

  #campaign(cells: Cells, mapping: ColumnMapping): Campaign | Refusal {
    const id = idIn(mapping, cells, 'id') ?? missing('id');
    const shop = idIn(mapping, cells, 'shop') ?? missing('shop');
    const listings = mapping.value(cells, 'listings') ?? missing('listings');
    const bidMicros = moneyIn(mapping, cells, 'bid', this.#context.currency) ?? missing('bid');
    const dailyBudgetMicros = moneyIn(mapping, cells, 'dailyBudget', this.#context.currency) ?? missing('dailyBudget');
    const startsAt = momentIn(mapping, cells, 'startsAt');
    const endsAt = momentIn(mapping, cells, 'endsAt');
    const refusal = refusalAmong(id, shop, listings, bidMicros, dailyBudgetMicros, startsAt, endsAt);
    if (refusal !== undefined) return refusal;
    const placements = mapping.value(cells, 'placements');
    return present({
      id,
      shop,
      listings: parseList(listings).map(parseId),
      bidMicros,
      dailyBudgetMicros,
      status: mapping.text(cells, 'status')?.toLowerCase(),
      startsAt,
      endsAt,
      placements: placements === undefined ? undefined : parseList(placements),
    }) as unknown as Campaign;
  }
}

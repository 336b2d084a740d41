/**
 * Rows as campaigns, one a row: the listings and the placements are lists, split at `|` or `;`. What is made of parts (bidding,
 * schedule, targeting, …) is an object in JSON lines, and JSON text in a file of columns.
 */
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
  { name: 'bid' },
  { name: 'bidMicros' },
  { name: 'dailyBudget' },
  { name: 'dailyBudgetMicros' },
  { name: 'weeklyBudget' },
  { name: 'weeklyBudgetMicros' },
  { name: 'dayMultiple' },
  { name: 'lifetimeBudget' },
  { name: 'lifetimeBudgetMicros' },
  { name: 'objective' },
  { name: 'commissionBasisPoints' },
  { name: 'status' },
  { name: 'startsAt' },
  { name: 'endsAt' },
  { name: 'placements' },
  { name: 'bidding' },
  { name: 'bidAdjustments' },
  { name: 'schedule' },
  { name: 'frequencyCap' },
  { name: 'targeting' },
];

/** Fields made of parts. */
const OBJECTS = ['bidding', 'bidAdjustments', 'schedule', 'frequencyCap', 'targeting'] as const;
const BUDGETS = ['dailyBudget', 'weeklyBudget', 'lifetimeBudget'] as const;

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
    const { currency } = this.#context;
    const listings = mapping.value(cells, 'listings') ?? missing('listings');
    const placements = mapping.value(cells, 'placements');
    const fields = {
      id: idIn(mapping, cells, 'id') ?? missing('id'),
      shop: idIn(mapping, cells, 'shop') ?? missing('shop'),
      listings: listings instanceof Refusal ? listings : parseList(listings).map(parseId),
      objective: mapping.text(cells, 'objective')?.toLowerCase(),
      bidMicros: moneyIn(mapping, cells, 'bid', currency),
      commissionBasisPoints: numberIn(mapping, cells, 'commissionBasisPoints'),
      ...Object.fromEntries(BUDGETS.map((name) => [`${name}Micros`, moneyIn(mapping, cells, name, currency)])),
      dayMultiple: numberIn(mapping, cells, 'dayMultiple'),
      status: mapping.text(cells, 'status')?.toLowerCase(),
      startsAt: momentIn(mapping, cells, 'startsAt'),
      endsAt: momentIn(mapping, cells, 'endsAt'),
      placements: placements === undefined ? undefined : parseList(placements),
      ...Object.fromEntries(OBJECTS.map((name) => [name, objectIn(mapping, cells, name)])),
    };
    const refusal = refusalAmong(...Object.values(fields)) ?? whatIsMissing(fields);
    return refusal ?? (present(fields) as unknown as Campaign);
  }
}

/** The two that files most often lack, by names that say so; the schema tells of all else. */
function whatIsMissing(fields: Readonly<Record<string, unknown>>): Refusal | undefined {
  const bidsByItself = fields.bidding !== undefined || fields.objective === 'cost-per-sale';
  if (fields.bidMicros === undefined && !bidsByItself) return missing('bid');
  return BUDGETS.every((name) => fields[`${name}Micros`] === undefined) ? missing('dailyBudget') : undefined;
}

function numberIn(mapping: ColumnMapping, cells: Cells, field: string): number | Refusal | undefined {
  const text = mapping.text(cells, field);
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value)
    ? value
    : new Refusal('bad-campaign', `${field} is ${JSON.stringify(text)}, which is not a number`);
}

function objectIn(mapping: ColumnMapping, cells: Cells, field: string): unknown {
  const value = mapping.value(cells, field);
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return new Refusal('bad-campaign', `${field} is ${JSON.stringify(value.slice(0, 60))}, which is not JSON`);
  }
}

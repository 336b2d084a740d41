/**
 * The lake's tables: the contract with whoever writes SQL. `docs/lake.md` says the same, and a test keeps the two equal.
 *
 * `history` tables hold what happened and only ever grow. `current` tables hold the newest version of each entity; their columns
 * but the first four are fields of the entity, under the field's name in camelCase where nothing else is said.
 * Money is integer micros, times are UTC. A change here that older files do not fit needs a new number in `manifest.ts`.
 */
import type { EntityKind } from '../log/record.ts';
import { CURRENT_TABLES } from './current-tables.ts';
import { column, type LakeTable } from './lake-column.ts';

const OFFSET = column(
  'log_offset',
  'BIGINT',
  "The record's offset in the log: unique, and the order in which things took effect.",
);

export const HISTORY_TABLES = {
  events: {
    note: 'One row an event: what buyers did.',
    columns: [
      OFFSET,
      column('event_id', 'VARCHAR', "The sender's id of the event."),
      column(
        'type',
        'VARCHAR',
        '`impression`, `click`, `view`, `cart-add`, `cart-remove`, `favourite`, `hide`, `search`, `purchase`, `return` or `exposure`.',
      ),
      column('happened_at', 'TIMESTAMP', 'When it happened, as the sender says.'),
      column('received_at', 'TIMESTAMP', 'When the engine took it in.'),
      column('buyer', 'VARCHAR', 'The signed-in buyer.'),
      column('session', 'VARCHAR', 'The visit, or the anonymous device.'),
      column('listing', 'VARCHAR', 'What it was about.'),
      column('placement', 'VARCHAR', 'The placement, as the sender says.'),
      column('order_id', 'VARCHAR', 'The order of a purchase or return: lines of one order share it.'),
      column('quantity', 'INTEGER', 'Pieces; NULL means 1.'),
      column('price_micros', 'BIGINT', 'Of one piece.'),
      column('query', 'VARCHAR', 'What was searched for.'),
      column('country', 'VARCHAR', "The buyer's."),
      column('imported', 'BOOLEAN', 'Loaded from a file.'),
      column('forged', 'BOOLEAN', 'It came with a token that was not ours; nothing was billed.'),
      column('decision_id', 'VARCHAR', 'From its token: the decision that showed the item.'),
      column('shown_placement', 'VARCHAR', 'From its token: where the item was shown.'),
      column('shown_listing', 'VARCHAR', 'From its token: the listing that was shown.'),
      column('position', 'INTEGER', 'From its token: at which position, from 0.'),
      column('campaign', 'VARCHAR', "From an ad's token: the campaign."),
      column(
        'click_price_micros',
        'BIGINT',
        "From an ad's token: what a click, or a view, costs. What was charged is in `charges`.",
      ),
      column('token_expires_at', 'TIMESTAMP', "From an ad's token: when it stops billing."),
      column('token', 'VARCHAR', 'The token itself, where the log kept it.'),
      column('bot', 'BOOLEAN', 'Known to come from a machine.'),
      column('billing', 'VARCHAR', "From an ad's token: what is paid for, `view`, `click` or `order`."),
      column(
        'commission_basis_points',
        'INTEGER',
        "From an ad's token: of an order's value, where orders are paid for.",
      ),
      column('experiment', 'VARCHAR', 'Of exposures: the experiment.'),
      column('variant', 'VARCHAR', 'Of exposures: the variant.'),
      column('language', 'VARCHAR', 'Of searches: of the query, where it was said.'),
      column('results', 'BIGINT', 'Of searches: how many listings were found, where it was said.'),
      column('shown_kind', 'VARCHAR', 'From its token, of what is no listing: `query`, `review`, `shop` or `module`.'),
      column('shown_thing', 'VARCHAR', 'From its token, of what is no listing: its id; of a query its text.'),
      column(
        'value_micros',
        'BIGINT',
        'Of purchases: what all pieces came to, where no price was sent at the price of the listing then.',
      ),
    ],
  },
  decisions: {
    note: 'One row a decision: what a page asked for.',
    columns: [
      OFFSET,
      column('decision_id', 'VARCHAR', 'Its id, as the page got it.'),
      column('decided_at', 'TIMESTAMP', 'When it was made.'),
      column('state_offset', 'BIGINT', 'How many records had been applied to the state that decided.'),
      column('buyer', 'VARCHAR', 'The signed-in buyer.'),
      column('session', 'VARCHAR', 'The visit, or the anonymous device.'),
      column('placements', 'VARCHAR[]', 'The placements asked for.'),
      column('listing', 'VARCHAR', 'The listing whose page was open.'),
      column('query', 'VARCHAR', 'What was searched for.'),
      column('category', 'VARCHAR', 'The category that was open.'),
      column('cart', 'VARCHAR[]', 'Listings in the cart.'),
      column('country', 'VARCHAR', "The buyer's."),
      column('language', 'VARCHAR', 'Of the query.'),
      column('region', 'VARCHAR', "The buyer's, within the country."),
      column('device', 'VARCHAR', '`desktop`, `mobile`, `tablet`, `app`, `web`, `ios` or `android`.'),
      column('audiences', 'VARCHAR[]', 'Segments that the marketplace knows of the buyer.'),
      column('excluded', 'VARCHAR[]', 'Listings that the page did not want.'),
      column('items', 'INTEGER', 'How many items it showed, ads included.'),
      column('ads', 'INTEGER', 'How many of them were ads.'),
    ],
  },
  decision_items: {
    note: 'One row an item shown.',
    columns: [
      OFFSET,
      column('decision_id', 'VARCHAR', 'The decision that showed it.'),
      column('decided_at', 'TIMESTAMP', 'When that was made.'),
      column('placement', 'VARCHAR', 'Where it was shown.'),
      column('position', 'INTEGER', "Its place among the placement's items, from 0."),
      column('kind', 'VARCHAR', '`listing`, `ad`, `query`, `review`, `shop` or `module`.'),
      column('listing', 'VARCHAR', 'The listing that was shown.'),
      column('campaign', 'VARCHAR', "An ad's campaign."),
      column('price_micros', 'BIGINT', 'What a click on the ad costs.'),
      column(
        'propensity',
        'DOUBLE',
        'The probability with which it was drawn for its place, given the items before it; NULL where nothing was drawn.',
      ),
      column('thing', 'VARCHAR', 'Of what is no listing: its id; of a query its text.'),
    ],
  },
  exposures: {
    note: 'One row for every unit that met a variant: in a decision, or as a client reported it.',
    columns: [
      OFFSET,
      column('experiment', 'VARCHAR', 'The experiment.'),
      column('variant', 'VARCHAR', 'The variant.'),
      column('version', 'INTEGER', "Of the experiment's record."),
      column(
        'unit',
        'VARCHAR',
        'What was assigned: the id of the buyer, session, shop, listing, campaign, or region and period.',
      ),
      column('exposed_at', 'TIMESTAMP', 'When it was decided, or happened, as the sender says.'),
      column('buyer', 'VARCHAR', 'The signed-in buyer.'),
      column('session', 'VARCHAR', 'The visit, or the anonymous device.'),
      column('decision_id', 'VARCHAR', 'The decision; NULL where a client reported it.'),
      column('event_id', 'VARCHAR', 'The event in `events`; NULL where it was a decision.'),
      column(
        'probabilities',
        'VARCHAR',
        'Where a bandit drew the variant: a JSON list of how likely each was, in the order of the experiment; NULL where nothing was drawn.',
      ),
      column('segment', 'VARCHAR', 'Where a bandit that learns by segments drew the variant: in which; else NULL.'),
      column(
        'side',
        'VARCHAR',
        'Of two-sided experiments: `listing` or `campaign` where the unit is one; NULL where it is a buyer or session.',
      ),
    ],
  },
  interleaved_items: {
    note: 'One row an item of a list that was made of two rankings, without ads and pinned items.',
    columns: [
      OFFSET,
      column('decision_id', 'VARCHAR', 'The decision that showed it.'),
      column('decided_at', 'TIMESTAMP', 'When that was made.'),
      column('experiment', 'VARCHAR', 'The experiment.'),
      column('version', 'INTEGER', "Of the experiment's record."),
      column('unit', 'VARCHAR', 'What took part: the id of the buyer or session.'),
      column('method', 'VARCHAR', '`team-draft` or `balanced`.'),
      column('placement', 'VARCHAR', 'Where it was shown.'),
      column('position', 'INTEGER', "Its place among the placement's items, from 0."),
      column('listing', 'VARCHAR', 'What was shown.'),
      column('team', 'INTEGER', 'Of team draft: the ranker that it speaks for, 1 or 2, or 0 for neither.'),
      column('first_place', 'INTEGER', 'Its place in the first ranking, from 1; 0 where it is not among the best.'),
      column('second_place', 'INTEGER', 'The same of the second.'),
    ],
  },
  charges: {
    note: "One row for every event that an ad could pay for, and for every one that was not valid: clicks, impressions of ads that pay by view, and orders of ads that pay by order. Sums of it are the ledger's, to the micro.",
    columns: [
      OFFSET,
      column('charged_at', 'TIMESTAMP', 'When the engine took the event in: what decides on the day.'),
      column('day', 'DATE', 'The UTC day whose budget it counts towards.'),
      column('event_id', 'VARCHAR', 'The event in `events`.'),
      column('type', 'VARCHAR', '`impression`, `click` or `purchase`.'),
      column('billing', 'VARCHAR', 'What the ad pays for: `view`, `click` or `order`.'),
      column('campaign', 'VARCHAR', 'The campaign that it was for.'),
      column('shop', 'VARCHAR', 'Who pays; NULL where the campaign is unknown.'),
      column('listing', 'VARCHAR', 'What was seen, clicked or bought.'),
      column('decision_id', 'VARCHAR', 'The decision that showed the ad; NULL for orders.'),
      column('placement', 'VARCHAR', 'Where it was shown; NULL for orders.'),
      column('position', 'INTEGER', 'At which position, from 0; NULL for orders.'),
      column(
        'price_micros',
        'BIGINT',
        'What the event would cost: by the auction, or by commission. 0 for a click where orders are paid for.',
      ),
      column('charged_micros', 'BIGINT', 'What was charged: the price, or the part of it that the limits had left.'),
      column(
        'over_delivered_micros',
        'BIGINT',
        'The part of the price that the limits had not left: free to the seller.',
      ),
      column(
        'outcome',
        'VARCHAR',
        '`charged`, `over-budget`, `counted` (valid, but not what the ad pays for), `unknown-campaign`, or why it was not valid: docs/money.md has the list.',
      ),
    ],
  },
  refunds: {
    note: 'One row for every amount that was given back.',
    columns: [
      OFFSET,
      column('refunded_at', 'TIMESTAMP', 'When.'),
      column('day', 'DATE', 'The UTC day that it is booked on.'),
      column('refund_id', 'VARCHAR', 'Of a refund that somebody asked for; NULL where the engine gave it by itself.'),
      column('campaign', 'VARCHAR', 'Whose charge it was.'),
      column('shop', 'VARCHAR', 'Who gets it.'),
      column('charged_on', 'DATE', 'The UTC day that was billed.'),
      column('refunded_micros', 'BIGINT', 'How much.'),
      column('reason', 'VARCHAR', '`click-flood`, `return`, or what was said with the refund.'),
      column('refunded_by', 'VARCHAR', 'Who asked for it; `rialto` where the engine gave it by itself.'),
      column('decision_id', 'VARCHAR', 'The decision, where one was named or showed it.'),
    ],
  },
  payments: {
    note: 'One row a payment of a shop.',
    columns: [
      OFFSET,
      column('recorded_at', 'TIMESTAMP', 'When it was recorded: what decides on the day.'),
      column('day', 'DATE', 'The UTC day that it is booked on.'),
      column('payment_id', 'VARCHAR', "The marketplace's id of it."),
      column('shop', 'VARCHAR', 'Who paid.'),
      column('paid_micros', 'BIGINT', 'How much; negative where the shop got it back.'),
      column('paid_at', 'TIMESTAMP', 'When it was made, where that was said.'),
      column('note', 'VARCHAR', 'What was said with it.'),
      column('recorded_by', 'VARCHAR', 'By whom.'),
    ],
  },
  attributions: {
    note: 'One row for every line of an order, or return of one, and every window in which an ad is credited with it.',
    columns: [
      OFFSET,
      column('booked_at', 'TIMESTAMP', 'When the engine took the order or return in.'),
      column('day', 'DATE', 'The UTC day that it counts on.'),
      column('event_id', 'VARCHAR', 'The purchase or return in `events`.'),
      column('order_id', 'VARCHAR', 'The order.'),
      column('listing', 'VARCHAR', 'What was bought.'),
      column('campaign', 'VARCHAR', 'The campaign that is credited.'),
      column('advertised_listing', 'VARCHAR', 'The listing that it had shown.'),
      column('window_days', 'INTEGER', '1, 7, 14 or 30: choose one, or orders count several times.'),
      column('via', 'VARCHAR', '`click`, or `view` where nothing was clicked.'),
      column(
        'match',
        'VARCHAR',
        '`listing`: what was advertised was bought; `shop`: something else of its shop (halo).',
      ),
      column('orders', 'INTEGER', '1 for the first line of an order, -1 where all of it came back, else 0.'),
      column('units', 'INTEGER', 'Pieces; negative for returns.'),
      column('value_micros', 'BIGINT', 'What they cost; negative for returns.'),
    ],
  },
  entity_changes: {
    note: 'One row for every version of every entity: who changed what, and when.',
    columns: [
      OFFSET,
      column('changed_at', 'TIMESTAMP', 'When it was saved.'),
      column('changed_by', 'VARCHAR', 'By whom: the name of the API key, `import`, or `rialto` itself.'),
      column(
        'kind',
        'VARCHAR',
        '`listing`, `shop`, `campaign`, `placement`, `review`, `settings`, `experiment` or `ranker`.',
      ),
      column('id', 'VARCHAR', "The entity's; `settings` for the settings."),
      column('entity', 'JSON', 'The whole entity, as it was from here on.'),
    ],
  },
  models: {
    note: 'One row for every model that was published.',
    columns: [
      OFFSET,
      column('name', 'VARCHAR', '`ranker`, `ranker:NAME` or `embedding`.'),
      column('published_at', 'TIMESTAMP', 'From when on it serves.'),
      column('published_by', 'VARCHAR', 'By whom.'),
      column('model_bytes', 'BIGINT', 'Its size.'),
      column('card', 'JSON', 'What it was trained on and how it did.'),
    ],
  },
} as const satisfies Record<string, LakeTable>;

export type HistoryTable = keyof typeof HISTORY_TABLES;
export type CurrentTable = keyof typeof CURRENT_TABLES;
export type TableName = HistoryTable | CurrentTable;

/** The table of an entity's current versions. */
export const CURRENT_TABLE_OF: Readonly<Record<EntityKind, CurrentTable>> = {
  listing: 'listings',
  shop: 'shops',
  campaign: 'campaigns',
  placement: 'placements',
  review: 'reviews',
  settings: 'settings',
  experiment: 'experiments',
  ranker: 'rankers',
};

export const LAKE_TABLES: Readonly<Record<TableName, LakeTable>> = { ...HISTORY_TABLES, ...CURRENT_TABLES };
export const HISTORY_NAMES = Object.keys(HISTORY_TABLES) as HistoryTable[];
export const TABLE_NAMES = Object.keys(LAKE_TABLES) as TableName[];

/**
 * The lake's tables: the contract with whoever writes SQL. `docs/lake.md` says the same, and a test keeps the two equal.
 *
 * `history` tables hold what happened and only ever grow. `current` tables hold the newest version of each entity; their columns
 * but the first four are fields of the entity, under the field's name in camelCase where nothing else is said.
 * Money is integer micros, times are UTC. A change here that older files do not fit needs a new number in `manifest.ts`.
 */
import type { EntityKind } from '../log/record.ts';

export type ColumnType =
  | 'BIGINT'
  | 'INTEGER'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'VARCHAR'
  | 'TIMESTAMP'
  | 'DATE'
  | 'JSON'
  | 'VARCHAR[]'
  | 'INTEGER[]'
  | 'MAP(VARCHAR, VARCHAR)';

export interface LakeColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly note: string;
  /** Of a current table: the entity's field, where its name is not the column's in camelCase. */
  readonly field?: string;
}

export interface LakeTable {
  readonly note: string;
  readonly columns: readonly LakeColumn[];
}

const column = (name: string, type: ColumnType, note: string, field?: string): LakeColumn => ({
  name,
  type,
  note,
  ...(field !== undefined && { field }),
});

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
        '`impression`, `click`, `view`, `cart-add`, `cart-remove`, `favourite`, `hide`, `search`, `purchase` or `return`.',
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
        "From an ad's token: what a click costs. What was charged is in `charges`.",
      ),
      column('token_expires_at', 'TIMESTAMP', "From an ad's token: when it stops billing."),
      column('token', 'VARCHAR', 'The token itself, where the log kept it.'),
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
      column('device', 'VARCHAR', '`web`, `ios` or `android`.'),
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
      column('kind', 'VARCHAR', '`listing` or `ad`.'),
      column('listing', 'VARCHAR', 'What was shown.'),
      column('campaign', 'VARCHAR', "An ad's campaign."),
      column('price_micros', 'BIGINT', 'What a click on the ad costs.'),
    ],
  },
  charges: {
    note: "One row for every click on an ad that came with a good token. Sums of it are the ledger's, to the micro.",
    columns: [
      OFFSET,
      column('clicked_at', 'TIMESTAMP', 'When the engine took the click in: what decides on the day.'),
      column('day', 'DATE', 'The UTC day whose budget it counts towards.'),
      column('event_id', 'VARCHAR', 'The click in `events`.'),
      column('campaign', 'VARCHAR', 'The campaign that it was for.'),
      column('shop', 'VARCHAR', 'Who pays; NULL where the campaign is unknown.'),
      column('listing', 'VARCHAR', 'What was clicked.'),
      column('decision_id', 'VARCHAR', 'The decision that showed the ad.'),
      column('placement', 'VARCHAR', 'Where it was shown.'),
      column('position', 'INTEGER', 'At which position, from 0.'),
      column('price_micros', 'BIGINT', 'What the auction said that a click costs.'),
      column(
        'charged_micros',
        'BIGINT',
        "What was charged: the price, or the part of it that the day's budget had left.",
      ),
      column(
        'over_delivered_micros',
        'BIGINT',
        'The part of the price that the budget had not left: free to the seller.',
      ),
      column('outcome', 'VARCHAR', '`charged`, `over-budget`, `expired`, `replayed` or `unknown-campaign`.'),
    ],
  },
  entity_changes: {
    note: 'One row for every version of every entity: who changed what, and when.',
    columns: [
      OFFSET,
      column('changed_at', 'TIMESTAMP', 'When it was saved.'),
      column('changed_by', 'VARCHAR', 'By whom: the name of the API key, `import`, or `rialto` itself.'),
      column('kind', 'VARCHAR', '`listing`, `shop`, `campaign`, `placement`, `review` or `settings`.'),
      column('id', 'VARCHAR', "The entity's; `settings` for the settings."),
      column('entity', 'JSON', 'The whole entity, as it was from here on.'),
    ],
  },
  models: {
    note: 'One row for every model that was published.',
    columns: [
      OFFSET,
      column('name', 'VARCHAR', '`ranker` or `embedding`.'),
      column('published_at', 'TIMESTAMP', 'From when on it serves.'),
      column('published_by', 'VARCHAR', 'By whom.'),
      column('model_bytes', 'BIGINT', 'Its size.'),
      column('card', 'JSON', 'What it was trained on and how it did.'),
    ],
  },
} as const satisfies Record<string, LakeTable>;

const VERSION = [
  column('log_offset', 'BIGINT', 'The record that made this version.'),
  column('changed_at', 'TIMESTAMP', 'When it was saved.'),
  column('changed_by', 'VARCHAR', 'By whom.'),
] as const;
const ID = column('id', 'VARCHAR', 'Its id.');

export const CURRENT_TABLES = {
  listings: {
    note: 'What is on sale, as it is now.',
    columns: [
      ...VERSION,
      ID,
      column('title', 'VARCHAR', 'Its title.'),
      column('price_micros', 'BIGINT', 'Of one piece.'),
      column('description', 'VARCHAR', 'Its description.'),
      column('category', 'VARCHAR', 'From the widest to the narrowest, joined by ` > `.'),
      column('shop', 'VARCHAR', 'Who sells it.'),
      column('brand', 'VARCHAR', 'Its brand.'),
      column('tags', 'VARCHAR[]', 'Its tags.'),
      column('attributes', 'MAP(VARCHAR, VARCHAR)', "The marketplace's own: `attributes['colour']`."),
      column(
        'availability',
        'VARCHAR',
        '`in-stock`, `out-of-stock`, `preorder`, `backorder` or `removed`; NULL means `in-stock`.',
      ),
      column('language', 'VARCHAR', "Of the texts; NULL means the marketplace's."),
      column('url', 'VARCHAR', 'Its page.'),
      column('image_url', 'VARCHAR', 'Its picture.'),
    ],
  },
  shops: {
    note: 'Who sells.',
    columns: [...VERSION, ID, column('name', 'VARCHAR', 'Its name.'), column('country', 'VARCHAR', 'Where it is.')],
  },
  campaigns: {
    note: 'What sellers advertise, as it is now.',
    columns: [
      ...VERSION,
      ID,
      column('shop', 'VARCHAR', 'Who pays.'),
      column('listings', 'VARCHAR[]', 'What it advertises.'),
      column('bid_micros', 'BIGINT', 'The most that a click may cost.'),
      column('daily_budget_micros', 'BIGINT', 'The most that a UTC day may cost.'),
      column('status', 'VARCHAR', '`active` or `paused`; NULL means `active`.'),
      column('starts_at', 'TIMESTAMP', 'Inclusive.'),
      column('ends_at', 'TIMESTAMP', 'Exclusive.'),
      column('placements', 'VARCHAR[]', 'Where it may be shown; NULL means anywhere.'),
    ],
  },
  placements: {
    note: 'Where on the pages something is decided.',
    columns: [
      ...VERSION,
      ID,
      column('slots', 'INTEGER', 'How many items it shows.'),
      column('ad_slots', 'INTEGER[]', 'Which positions ads may take.'),
      column('sources', 'JSON', 'Where candidates come from.'),
      column('rules', 'JSON', 'Its business rules.'),
      column('reserve_micros', 'BIGINT', 'The lowest price of a click.'),
    ],
  },
  reviews: {
    note: 'What buyers say of listings.',
    columns: [
      ...VERSION,
      ID,
      column('listing', 'VARCHAR', 'What it is about.'),
      column('rating', 'DOUBLE', '1 to 5.'),
      column('title', 'VARCHAR', 'Its title.'),
      column('text', 'VARCHAR', 'Its text.'),
      column('buyer', 'VARCHAR', 'Who wrote it.'),
      column('written_at', 'TIMESTAMP', 'When it was written.', 'at'),
      column('language', 'VARCHAR', "Of the text; NULL means the marketplace's."),
    ],
  },
  settings: {
    note: 'Facts about the whole marketplace: one row, or none while nobody has set them (then USD and en hold).',
    columns: [
      ...VERSION,
      column('currency', 'VARCHAR', 'ISO 4217: what micros are millionths of.'),
      column('language', 'VARCHAR', 'What texts without a language of their own are taken to be in.'),
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
};

export const LAKE_TABLES: Readonly<Record<TableName, LakeTable>> = { ...HISTORY_TABLES, ...CURRENT_TABLES };
export const HISTORY_NAMES = Object.keys(HISTORY_TABLES) as HistoryTable[];
export const TABLE_NAMES = Object.keys(LAKE_TABLES) as TableName[];

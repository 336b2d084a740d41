/**
 * What the API's page fills in where somebody tries a route out: one example of each body, by the name of its schema. All are of one small shop,
 * and each can be sent to an engine that has those above it.
 */
export const API_EXAMPLES: Readonly<Record<string, unknown>> = {
  Settings: { currency: 'EUR', language: 'en' },
  Shop: { id: 'potter', name: 'The Potter', country: 'DE' },
  Listing: {
    id: 'mug-blue',
    title: 'Stoneware mug, blue',
    priceMicros: 18_500_000,
    shop: 'potter',
    category: 'Home > Kitchen > Mugs',
    tags: ['handmade', 'dishwasher safe'],
    attributes: { margin: '0.35' },
    stock: { quantity: 12 },
  },
  Review: { id: 'review-1', listing: 'mug-blue', rating: 5, text: 'The glaze is lovely and it keeps tea hot.' },
  Ranker: {
    id: 'gifts',
    objective: 'purchase + 0.3*cart - 0.5*hide',
    rules: [{ rule: 'max-per-shop', max: 3 }],
    diversity: { strength: 0.3 },
  },
  RankerTrialRequest: {
    rankers: [{ id: 'gifts', objective: 'purchase + 0.3*cart - 0.5*hide' }],
    placements: [{ id: 'home', ranker: 'gifts' }],
    hours: 24,
  },
  Placement: {
    id: 'gift-page',
    slots: 12,
    adSlots: [0, 5],
    ranker: 'gifts',
    sources: [
      { source: 'similar', limit: 100 },
      { source: 'popular', limit: 200 },
    ],
  },
  Campaign: {
    id: 'potter-mugs',
    shop: 'potter',
    listings: ['mug-blue'],
    bidMicros: 250_000,
    dailyBudgetMicros: 10_000_000,
  },
  CampaignDraft: { shop: 'potter', listings: ['mug-blue'], bidMicros: 250_000, dailyBudgetMicros: 10_000_000 },
  Experiment: {
    id: 'fewer-ads',
    unit: 'buyer',
    variants: [
      { name: 'control', weight: 0.5 },
      { name: 'fewer', weight: 0.5, changes: { home: { adSlots: [7] } } },
    ],
  },
  EventsRequest: {
    events: [
      { id: 'event-1', type: 'view', buyer: 'buyer-1', listing: 'mug-blue' },
      { id: 'event-2', type: 'cart-add', buyer: 'buyer-1', listing: 'mug-blue' },
      { id: 'event-3', type: 'purchase', buyer: 'buyer-1', listing: 'mug-blue', order: 'order-1', quantity: 2 },
    ],
  },
  EventsResponse: { accepted: 3, duplicates: 0, rejected: [] },
  DecideRequest: { buyer: 'buyer-1', placements: ['home'], context: { country: 'DE', device: 'mobile' } },
  DecideResponse: {
    decisionId: 'bnyh-sVZRCGUbBe67',
    placements: [
      {
        placement: 'home',
        items: [
          { kind: 'listing', id: 'mug-blue', position: 0, token: 'AQAiYm55aC1zVlpSQ0dVYkJlNjcMODUxMjNBCGhvbWU' },
          {
            kind: 'ad',
            id: 'mug-blue',
            position: 1,
            token: 'gQIiYm8wMi1YcnNNdGU5OW5pemYGbXVnCGhvbWUEYzE',
            campaign: 'potter-mugs',
          },
        ],
      },
    ],
  },
  ErrorAnswer: { error: { code: 'not-found', message: 'there is no listing "mug-7"' }, requestId: '3f1c9a20-4k' },
};

/**
 * What campaigns got for their money in a simulated market: genuine clicks on their ads, and what these are worth by the world's
 * truth: expected conversions and their value, known at the click, where the purchases themselves come days later and by chance.
 */
export interface Outcome {
  clicks: number;
  conversions: number;
  valueMicros: number;
}

export class MarketOutcomes {
  readonly #of = new Map<string, Outcome>();

  /** A buyer clicked an ad of the campaign. */
  clicked(campaign: string, conversionRate: number, priceMicros: number): void {
    const outcome = this.#of.get(campaign) ?? nothing();
    outcome.clicks++;
    outcome.conversions += conversionRate;
    outcome.valueMicros += conversionRate * priceMicros;
    this.#of.set(campaign, outcome);
  }

  of(campaign: string): Outcome {
    return this.#of.get(campaign) ?? nothing();
  }

  /** Hands out what there was, and begins anew. */
  take(): MarketOutcomes {
    const past = new MarketOutcomes();
    for (const [campaign, outcome] of this.#of) past.#of.set(campaign, outcome);
    this.#of.clear();
    return past;
  }
}

const nothing = (): Outcome => ({ clicks: 0, conversions: 0, valueMicros: 0 });

/**
 * Listings that come to a market while it runs: a share of them is not there at first, and is listed, and advertised by its shop's
 * campaign, in an hour of its own. Nothing is known of them then but what their kind is like.
 */

import type { Campaign } from '@rialto/sdk';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import type { World } from './world.ts';
import type { WorldListing } from './world-listings.ts';

const SHARE = 0.05;

export class Newcomers {
  readonly #waiting: { readonly at: number; readonly listing: WorldListing }[] = [];
  readonly #away = new Set<string>();

  constructor(
    world: World,
    { seed, start, end }: { readonly seed: number; readonly start: number; readonly end: number },
  ) {
    const rng = new Rng(hash32(`${seed}/newcomers`));
    const hours = Math.floor((end - start) / MILLIS_PER_HOUR);
    for (const listing of world.listings) {
      if (rng.unit() >= SHARE) continue;
      this.#waiting.push({ at: start + MILLIS_PER_HOUR * (1 + rng.below(hours)), listing });
      this.#away.add(listing.entity.id);
    }
  }

  /** The world without those that are still to come; a campaign keeps one listing at least. */
  without(world: World): World {
    for (const { listings } of world.campaigns)
      if (listings.every((id) => this.#away.has(id))) this.#away.delete(listings[0]);
    return {
      ...world,
      listings: world.listings.filter(({ entity }) => !this.#away.has(entity.id)),
      campaigns: world.campaigns.map((campaign) => this.present(campaign)),
      reviews: world.reviews.filter(({ listing }) => !this.#away.has(listing)),
    };
  }

  /** The campaign with those of its listings that are there. */
  present(campaign: Campaign): Campaign {
    return { ...campaign, listings: campaign.listings.filter((id) => !this.#away.has(id)) };
  }

  /** Lists what is due, and advertises it. `campaigns` name all their listings. Returns how many came. */
  async arrive(at: number, engine: Engine, campaigns: readonly Campaign[]): Promise<number> {
    const due = this.#waiting.filter((one) => one.at <= at && this.#away.has(one.listing.entity.id));
    if (due.length === 0) return 0;
    await engine.save(
      'listing',
      due.map(({ listing }) => listing.entity),
      'sellers',
    );
    const come = new Set(due.map(({ listing }) => listing.entity.id));
    for (const id of come) this.#away.delete(id);
    const touched = campaigns.filter(({ listings }) => listings.some((id) => come.has(id)));
    if (touched.length > 0)
      await engine.save(
        'campaign',
        touched.map((campaign) => this.present(campaign)),
        'sellers',
      );
    return due.length;
  }
}

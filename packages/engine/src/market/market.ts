/** What exists in the marketplace and who deals with what: the tables, saved and loaded as one. */
import type { Experiment, Placement, Ranker, Settings, Shop } from '@rialto/sdk';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Buyers } from './buyers.ts';
import { Campaigns } from './campaigns.ts';
import { Documents } from './documents.ts';
import { ErasedPeople } from './erased-people.ts';
import { Interactions } from './interactions.ts';
import { Listings } from './listings.ts';
import { Reviews } from './reviews.ts';

const DEFAULT_SETTINGS: Settings = { currency: 'USD', language: 'en' };

export class Market implements Part {
  readonly listings = new Listings();
  readonly shops = new Documents<Shop>('shops');
  readonly placements = new Documents<Placement>('placements', { keepParsed: true });
  readonly experiments = new Documents<Experiment>('experiments', { keepParsed: true });
  readonly rankers = new Documents<Ranker>('ranker-records', { keepParsed: true });
  readonly reviews = new Reviews();
  readonly campaigns = new Campaigns();
  readonly buyers = new Buyers();
  readonly erased = new ErasedPeople();
  readonly interactions = new Interactions();
  #settings: Settings = DEFAULT_SETTINGS;

  settings(): Settings {
    return this.#settings;
  }

  setSettings(settings: Settings): void {
    this.#settings = settings;
  }

  /** Rows by id, made if new: for entities that name others. */
  readonly listingOf = (id: string): number => this.listings.ids.find(id);
  readonly shopOf = (id: string): number => this.listings.shopIds.intern(id);

  save(out: SnapshotWriter): void {
    for (const part of [
      this.listings,
      this.shops,
      this.placements,
      this.experiments,
      this.rankers,
      this.reviews,
      this.campaigns,
      this.buyers,
      this.erased,
      this.interactions,
    ])
      part.save(out);
    out.json('settings', this.#settings);
  }

  load(from: SnapshotReader): void {
    for (const part of [this.listings, this.shops, this.placements, this.experiments]) part.load(from);
    for (const part of [this.rankers, this.reviews]) part.load(from);
    for (const part of [this.buyers, this.erased, this.interactions, this.campaigns]) part.load(from);
    this.#settings = from.json<Settings>('settings');
  }
}

import type { BuyerEvent, DecideRequest } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';

/** TEMPORARY. */
export async function openTestEngine(): Promise<Engine> {
  const kinds = new Map<string, Map<string, unknown>>();
  const of = (k: string) => kinds.get(k) ?? kinds.set(k, new Map()).get(k)!;
  of('settings').set('settings', { currency: 'EUR', language: 'en' });
  of('placement').set('home', { id: 'home', slots: 12, sources: [{ source: 'popular', limit: 100 }] });
  const seen = new Map<string, BuyerEvent>();
  const counters = { decisions: 0, adRevenueMicros: 0 };
  return {
    seen,
    offset: 3,
    counters,
    decide(r: DecideRequest) {
      counters.decisions++;
      for (const p of r.placements) if (!of('placement').has(p)) throw new RialtoError('unknown-placement', `no placement ${p}`);
      return { decisionId: 'd1', placements: r.placements.map((placement) => ({ placement, items: [] })) };
    },
    async ingest(events: BuyerEvent[]) {
      let accepted = 0, duplicates = 0;
      const rejected: unknown[] = [];
      events.forEach((e, index) => {
        if (seen.has(e.id)) duplicates++;
        else if (e.listing && !of('listing').has(e.listing)) rejected.push({ index, id: e.id, reason: 'unknown-listing', message: `no ${e.listing}` });
        else { seen.set(e.id, e); accepted++; }
      });
      return { accepted, duplicates, rejected };
    },
    async save(kind: string, entities: { id: string }[]) {
      let saved = 0, unchanged = 0;
      for (const e of entities) {
        const id = e.id ?? 'settings';
        if (JSON.stringify(of(kind).get(id)) === JSON.stringify(e)) unchanged++;
        else { of(kind).set(id, e); saved++; }
      }
      return { saved, unchanged, rejected: [] };
    },
    read: (kind: string, id: string) => of(kind).get(id),
    list: (kind: string, { after = '', limit }: { after?: string; limit: number }) => {
      const ids = [...of(kind).keys()].sort().filter((i) => i > after);
      const items = ids.slice(0, limit).map((i) => of(kind).get(i));
      return ids.length > limit ? { items, next: ids[limit - 1] } : { items };
    },
    async explain(id: string) { throw new RialtoError('not-found', `no decision ${id}`); },
    async close() {},
  } as unknown as Engine;
}

/** Experiments over HTTP, and the official GrowthBook client against the running server. */
import { GrowthBook, setPolyfills } from '@growthbook/growthbook';
import { type BuyerEvent, type Experiment, RialtoClient } from '@rialto/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { assign } from '../experiments/assign.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { eventsOf, NOW, openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

const IDS = 100_000;

const colour: Experiment = {
  id: 'button-colour',
  status: 'running',
  unit: 'buyer',
  feature: 'colour',
  fallback: 'grey',
  coverage: 0.8,
  layer: { name: 'looks', from: 0.1, to: 0.9 },
  condition: { 'attributes.plan': { $in: ['free', 'pro'] } },
  variants: [
    { name: 'control', weight: 0.3, value: 'blue' },
    { name: 'treatment', weight: 0.7, value: 'green' },
  ],
};

let engine: Engine;
let server: RunningServer;
let client: RialtoClient;
const log = new MemoryLog();

beforeAll(async () => {
  engine = await openTestEngine(log);
  server = await startServer(engine, {
    port: 0,
    apiKeys: new Map([['ann', 'secret']]),
    publishableKeys: ['pk_shop'],
  });
  client = new RialtoClient({ url: server.url, key: 'secret' });
  await client.experiments.put(colour);
});
afterAll(() => server.stop());

const features = (headers: Record<string, string> = {}, key = 'pk_shop'): Promise<Response> =>
  fetch(`${server.url}/api/features/${key}`, { headers });

describe('the features of a client key', () => {
  test('come with a tag, for any origin', async () => {
    const answer = await features();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('x-sse-support')).toBe('enabled');
    expect(await answer.json()).toMatchObject({ features: { colour: { defaultValue: 'grey' } } });
    const again = await features({ 'if-none-match': answer.headers.get('etag')! });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  test('are refused to strangers', async () => {
    expect((await features({}, 'pk_other')).status).toBe(401);
    expect((await fetch(`${server.url}/sub/pk_other`)).status).toBe(401);
  });

  test(`give the official client the variants of the server, for ${IDS} ids`, async () => {
    const growthbook = new GrowthBook({ apiHost: server.url, clientKey: 'pk_shop' });
    await growthbook.init({ timeout: 5_000, skipCache: true });
    const compiled = engine.state.experiments.find(colour.id)!;
    const given = { grey: 0, blue: 0, green: 0 };
    const units = {
      session: undefined,
      shop: undefined,
      listing: undefined,
      campaign: undefined,
      'region-time': undefined,
      'two-sided': undefined,
    };
    let different = 0;
    for (let i = 0; i < IDS; i++) {
      const attributes = { buyer: `buyer ${i}`, attributes: { plan: ['free', 'pro', 'old'][i % 3] } };
      void growthbook.setAttributes(attributes);
      const theirs = growthbook.getFeatureValue('colour', 'none') as keyof typeof given;
      const variant = assign(compiled, { at: NOW, units: { ...units, buyer: attributes.buyer }, attributes });
      const ours = variant < 0 ? 'grey' : colour.variants[variant]!.value;
      if (ours !== theirs) different++;
      given[theirs]++;
    }
    growthbook.destroy();
    expect(different).toBe(0);
    // Two thirds of the plans, 0.8 of the layer, 0.8 of them covered, 3 to 7.
    const covered = (2 / 3) * 0.8 * 0.8;
    expect(given.blue / IDS).toBeCloseTo(0.3 * covered, 2);
    expect(given.green / IDS).toBeCloseTo(0.7 * covered, 2);
  });

  test('exposures that it tracks arrive as events', async () => {
    const sent: Promise<unknown>[] = [];
    const shop = new RialtoClient({ url: server.url, key: 'pk_shop' });
    const growthbook = new GrowthBook({
      apiHost: server.url,
      clientKey: 'pk_shop',
      attributes: { buyer: 'buyer 7', attributes: { plan: 'free' } },
      trackingCallback: (experiment, result) => {
        const event: BuyerEvent = {
          id: `${experiment.key}:${result.hashValue}:${result.key}`,
          type: 'exposure',
          buyer: result.hashValue,
          experiment: experiment.key,
          variant: result.key,
        };
        sent.push(shop.sendEvents([event]));
      },
    });
    await growthbook.init({ timeout: 5_000, skipCache: true });
    for (let i = 0; i < 40; i++) {
      await growthbook.setAttributes({ buyer: `buyer ${i}`, attributes: { plan: 'free' } });
      growthbook.getFeatureValue('colour', 'none');
    }
    growthbook.destroy();
    expect(sent.length).toBeGreaterThan(10);
    expect(await sent[0]).toMatchObject({ accepted: 1, rejected: [] });
    await Promise.all(sent);
    const exposures = (await eventsOf(log)).filter(({ type }) => type === 'exposure');
    expect(exposures).toHaveLength(sent.length);
    const status = await client.experiments.status(colour.id);
    expect(status.exposures.reduce((sum, { count }) => sum + count, 0)).toBe(sent.length);
    const unknown = await shop.sendEvents([
      { id: 'x', type: 'exposure', buyer: 'b', experiment: 'nothing', variant: 'a' },
      { id: 'y', type: 'exposure', buyer: 'b', experiment: colour.id, variant: 'purple' },
    ]);
    expect(unknown.rejected.map(({ reason }) => reason)).toEqual(['unknown-experiment', 'unknown-variant']);
  });

  test('the official client hears of changes by itself', async () => {
    setPolyfills({ EventSource: FetchEventSource });
    const growthbook = new GrowthBook({ apiHost: server.url, clientKey: 'pk_shop', attributes: { buyer: 'b' } });
    await growthbook.init({ timeout: 5_000, skipCache: true, streaming: true });
    expect(growthbook.isOn('new-search')).toBe(false);
    await client.experiments.put({
      id: 'new-search',
      status: 'running',
      unit: 'buyer',
      variants: [{ name: 'on', weight: 1, value: true }],
    });
    await expect.poll(() => growthbook.isOn('new-search'), { timeout: 5_000 }).toBe(true);
    await client.experiments.stop('new-search', { reason: 'too slow' });
    await expect.poll(() => growthbook.isOn('new-search'), { timeout: 5_000 }).toBe(false);
    growthbook.destroy();
  });
});

/** Node has none yet: as much of an EventSource as the client needs. */
class FetchEventSource {
  readonly #listeners = new Map<string, ((event: { data: string; type: string }) => void)[]>();
  readonly #abort = new AbortController();
  onerror: (() => void) | undefined;
  onopen: (() => void) | undefined;

  constructor(url: string) {
    void this.#read(url).catch(() => {});
  }

  addEventListener(type: string, listener: (event: { data: string; type: string }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(url: string): Promise<void> {
    const answer = await fetch(url, { signal: this.#abort.signal });
    this.onopen?.();
    let waiting = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      waiting += chunk;
      const events = waiting.split('\n\n');
      waiting = events.pop()!;
      for (const event of events) {
        const type = /^event: (.*)$/m.exec(event)?.[1];
        const data = /^data: (.*)$/m.exec(event)?.[1];
        for (const listener of this.#listeners.get(type ?? '') ?? []) listener({ type: type!, data: data! });
      }
    }
  }
}

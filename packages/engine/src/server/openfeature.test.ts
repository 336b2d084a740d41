/** OpenFeature's official SDKs with Rialto's providers, against the running server. */
import { OpenFeature as ServerOpenFeature } from '@openfeature/server-sdk';
import { OpenFeature as WebOpenFeature } from '@openfeature/web-sdk';
import { type Experiment, RialtoServerProvider, RialtoWebProvider } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

const EXPERIMENTS: readonly Experiment[] = [
  {
    id: 'colours',
    feature: 'colour',
    status: 'running',
    unit: 'buyer',
    condition: { country: 'DE', 'attributes.plan': 'pro' },
    variants: [
      { name: 'control', weight: 0.5, value: 'blue' },
      { name: 'treatment', weight: 0.5, value: 'green' },
    ],
  },
  { id: 'limits', status: 'running', unit: 'session', variants: [{ name: 'on', weight: 1, value: { items: 3 } }] },
  { id: 'later', status: 'draft', unit: 'buyer', variants: [{ name: 'on', weight: 1, value: true }] },
];

let engine: Engine;
let server: RunningServer;
beforeAll(async () => {
  engine = await openTestEngine();
  await engine.save('experiment', EXPERIMENTS, 'test');
  server = await startServer(engine, { port: 0, publishableKeys: ['pk'], apiKeys: new Map([['ann', 'secret']]) });
});
afterAll(() => server.stop());

const context = (i: number) => ({ targetingKey: `b${i}`, session: `s${i}`, country: 'DE', plan: 'pro' });
const exposed = (): number => engine.state.tally.exposures;

test('servers evaluate for the context of each call', async () => {
  await ServerOpenFeature.setProviderAndWait(new RialtoServerProvider({ url: server.url, key: 'pk' }));
  const client = ServerOpenFeature.getClient();
  const before = exposed();
  const colours = new Set<string>();
  for (let i = 0; i < 30; i++) {
    const details = await client.getStringDetails('colour', 'grey', context(i));
    expect(details).toMatchObject({ reason: 'SPLIT', flagMetadata: { experiment: 'colours', version: 1 } });
    expect(details.variant).toBe(details.value === 'blue' ? 'control' : 'treatment');
    colours.add(details.value);
  }
  expect(colours).toEqual(new Set(['blue', 'green']));
  expect(await client.getStringValue('colour', 'grey', { ...context(1), plan: 'free' })).toBe('grey');
  expect(await client.getObjectValue('limits', {}, context(1))).toEqual({ items: 3 });
  expect(await client.getBooleanDetails('later', false, context(1))).toMatchObject({
    value: false,
    reason: 'DISABLED',
  });
  expect(await client.getBooleanDetails('colour', true, context(1))).toMatchObject({
    value: true,
    errorCode: 'TYPE_MISMATCH',
  });
  expect(await client.getBooleanDetails('none', true, context(1))).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
  await ServerOpenFeature.close();
  expect(exposed() - before).toBe(30);
});

test('browsers evaluate once for each context, as the server does', async () => {
  const before = exposed();
  await WebOpenFeature.setContext(context(100));
  await WebOpenFeature.setProviderAndWait(new RialtoWebProvider({ url: server.url, key: 'pk' }));
  const client = WebOpenFeature.getClient();
  const ofServer = new RialtoServerProvider({ url: server.url, key: 'pk', reportExposures: false });
  for (let i = 100; i < 120; i++) {
    await WebOpenFeature.setContext(context(i));
    const theirs = await ofServer.resolveStringEvaluation('colour', 'grey', context(i));
    expect(client.getStringValue('colour', 'grey')).toBe(theirs.value);
    client.getStringValue('colour', 'grey');
  }
  await WebOpenFeature.close();
  expect(exposed() - before).toBe(20);
});

import { afterEach, describe, expect, it, test } from 'vitest';
import { millis } from '../base/units.ts';
import { openMarket } from '../delivery/market.fixture.ts';
import { isBotAgent } from './bot-agent.ts';
import { createServer } from './create-server.ts';

const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36';

describe('a user agent', () => {
  it.each([
    GOOGLEBOT,
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'Mozilla/5.0 (compatible; GPTBot/1.0; +https://openai.com/gptbot)',
    CHROME.replace('Chrome/', 'HeadlessChrome/'),
    'Twitterbot/1.0',
  ])('%s is a bot', (agent) => expect(isBotAgent(agent)).toBe(true));

  it.each([
    CHROME,
    'okhttp/4.9.3',
    'node',
    'curl/8.4.0',
    'analytics-node/2.1.0',
    'Shop/3 CFNetwork/1408 Darwin/22.5',
    '',
    undefined,
  ])('%s is none', (agent) => expect(isBotAgent(agent)).toBe(false));
});

let close = async (): Promise<unknown> => undefined;
afterEach(() => close());

test('what bots click is counted in the books, neither billed nor learned from; what the sender calls a bot too; and Segment tells of the browser', async () => {
  const { engine, clock } = await openMarket();
  const app = createServer(engine);
  close = () => app.close();
  const ads = Array.from({ length: 4 }, () => {
    const { placements } = engine.decide({ placements: ['home'], buyer: 'ada' });
    return placements[0]!.items.find(({ campaign }) => campaign === 'spring')!;
  });
  clock.set(millis(clock.now() + 1000));
  const click = (i: number) => ({
    id: `c${i}`,
    type: 'click',
    buyer: `b${i}`,
    listing: ads[i]!.id,
    token: ads[i]!.token,
  });
  const send = (agent: string, event: object) =>
    app.inject({ method: 'POST', url: '/v1/events', headers: { 'user-agent': agent }, payload: { events: [event] } });
  await send(GOOGLEBOT, click(0));
  await send(CHROME, { ...click(1), bot: true });
  const track = {
    event: 'Product Clicked',
    messageId: 'm1',
    anonymousId: 'b2',
    properties: { product_id: ads[2]!.id, token: ads[2]!.token },
    context: { userAgent: GOOGLEBOT },
  };
  const answer = await app.inject({ method: 'POST', url: '/v1/track', payload: track });
  expect(answer.statusCode).toBe(200);
  const { ledger, tally } = engine.state;
  expect(tally).toMatchObject({ events: 3, adClicks: 3, clicks: 0 });
  expect(ledger.totals.chargedMicros).toBe(0);
  expect([...ledger.days()].map(({ reasons, clicks }) => [reasons.bot, clicks])).toEqual([[3, 3]]);
  await send(CHROME, click(3));
  expect(ledger.totals.chargedMicros).toBeGreaterThan(0);
});

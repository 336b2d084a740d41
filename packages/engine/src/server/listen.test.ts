import { afterEach, describe, expect, test } from 'vitest';
import type { Offset } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { eventsOf, NOW, openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

let server: RunningServer | undefined;

afterEach(() => server?.stop());

const keys = { apiKeys: new Map([['ops', 'sk']]), publishableKeys: ['pk'] };

describe('without a key', () => {
  test('only this machine is listened to, and it is said', async () => {
    server = await startServer(await openTestEngine(), { port: 0 });
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    expect(server.notice).toContain('no key is configured');
  });

  test('names that others may have given this machine are refused', async () => {
    server = await startServer(await openTestEngine(), { port: 0 });
    const ask = (host: string) => server!.app.inject({ url: '/v1/listings', headers: { host } });
    for (const host of ['localhost:4400', '127.0.0.1', '[::1]:4400']) expect((await ask(host)).statusCode).toBe(200);
    expect((await ask('evil.example:4400')).statusCode).toBe(401);
  });

  test.each(['0.0.0.0', '::', '192.168.1.7', 'shop.example', '127.0.0.1.example'])('%s is refused', async (host) => {
    const engine = await openTestEngine();
    await expect(startServer(engine, { host, port: 0 })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/needs keys.*127\.0\.0\.1/),
    });
  });
});

test('with keys any host may be listened on', async () => {
  server = await startServer(await openTestEngine(), { host: '0.0.0.0', port: 0, ...keys });
  expect(server.notice).toBeUndefined();
});

/** A log that keeps nothing until it is let go. */
class HeldLog extends MemoryLog {
  #release: () => void = () => {};
  #held: Promise<void> | undefined;
  waiting = 0;

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
    this.#held = undefined;
  }

  override async append(records: readonly LogRecord[]): Promise<Offset> {
    this.waiting++;
    await this.#held;
    return super.append(records);
  }
}

const post = (url: string, id: string): Promise<Response> =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: [{ id, type: 'view', buyer: 'ann', listing: 'cup', at: NOW }] }),
  });

describe('stopping', () => {
  test('answers what is in flight, then closes the log; what was acknowledged is kept', async () => {
    const log = new HeldLog();
    const running = await startServer(await openTestEngine(log), { port: 0 });
    const before = log.waiting;
    log.hold();
    const answers = ['a', 'b', 'c'].map((id) => post(running.url, id));
    while (log.waiting < before + 3) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopping = performance.now();
    const stopped = running.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(post(running.url, 'late')).rejects.toThrow();
    log.release();
    for (const answer of answers) expect(await (await answer).json()).toMatchObject({ accepted: 1 });
    await stopped;
    expect(performance.now() - stopping).toBeLessThan(5_000);
    expect((await eventsOf(log)).map((event) => event.id).sort()).toEqual(['a', 'b', 'c']);
    await expect(log.append([])).rejects.toMatchObject({ code: 'shutting-down' });
  });

  test('does not wait for ever, and only once', async () => {
    const log = new HeldLog();
    const running = await startServer(await openTestEngine(log), { port: 0, stopTimeoutMs: 100 });
    const before = log.waiting;
    log.hold();
    const answer = post(running.url, 'a').then(
      () => 'answered',
      () => 'cut',
    );
    while (log.waiting === before) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([running.stop(), running.stop()]);
    expect(await answer).toBe('cut');
    log.release();
  });

  test('under load: every event that was acknowledged is in the log, none twice', async () => {
    const log = new MemoryLog();
    const running = await startServer(await openTestEngine(log), { port: 0 });
    const acknowledged: string[] = [];
    let go = true;
    const client = async (name: number): Promise<void> => {
      for (let i = 0; go; i++) {
        const id = `${name}-${i}`;
        try {
          if ((await post(running.url, id)).status === 200) acknowledged.push(id);
        } catch {
          return;
        }
      }
    };
    const clients = Array.from(Array(8).keys(), client);
    while (acknowledged.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    await running.stop();
    go = false;
    await Promise.all(clients);
    const kept = (await eventsOf(log)).map((event) => event.id);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(kept).size).toBe(kept.length);
  });
});

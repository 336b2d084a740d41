/** What every log must do. An implementation's test calls this with what opens an empty log of it. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Log, LogBatch, Offset } from './log.ts';
import { arbitraryRecord, numberedEvent, numberedEvents } from './record.fixture.ts';
import type { LogRecord } from './record.ts';

/** All records of [from, to), after checking that the batches follow one another. */
export async function readAll(log: Log, from: Offset = 0, to?: Offset): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, from, to)) {
    expect(batch.partition).toBe(0);
    expect(batch.first).toBe(from + records.length);
    expect(batch.records.length).toBeGreaterThan(0);
    records.push(...batch.records);
  }
  return records;
}

export function logContract(name: string, open: () => Promise<Log>): void {
  describe(`the contract of a log: ${name}`, () => {
    const opened: Log[] = [];
    const openOne = async (): Promise<Log> => {
      const log = await open();
      opened.push(log);
      return log;
    };
    afterEach(async () => {
      for (const log of opened.splice(0)) await log.close();
    });
    appending(openOne);
    reading(openOne);
    telling(openOne);
    following(openOne);
    closing(openOne);
  });
}

function appending(open: () => Promise<Log>): void {
  test('a new log is empty', async () => {
    const log = await open();
    expect(log.partitions).toBe(1);
    expect(log.end()).toEqual([0]);
    expect(await readAll(log)).toEqual([]);
  });

  test('appends resolve with the offset of their first record, in the order of the calls', async () => {
    const log = await open();
    const first = await log.append(numberedEvents(0, 3));
    const rest = await Promise.all([
      log.append([]),
      log.append(numberedEvents(3, 4)),
      log.append(numberedEvents(4, 9)),
      log.append([]),
    ]);
    expect([first, ...rest]).toEqual([0, 3, 3, 4, 9]);
    expect(log.end()).toEqual([9]);
    expect(await readAll(log)).toStrictEqual(numberedEvents(0, 9));
  });

  test('what nobody waits for becomes durable by itself, and in its order with what somebody waits for', async () => {
    const log = await open();
    expect(await log.append(numberedEvents(0, 2), { patient: true })).toBe(0);
    const appended = [
      log.append(numberedEvents(2, 3), { patient: true }),
      log.append(numberedEvents(3, 5)),
      log.append(numberedEvents(5, 6), { patient: true }),
    ];
    expect(await appended[1]).toBe(3);
    expect(log.end()[0]).toBeGreaterThanOrEqual(5);
    expect(await Promise.all(appended)).toEqual([2, 3, 5]);
    expect(await readAll(log)).toStrictEqual(numberedEvents(0, 6));
  });

  test('nothing is durable before the turn in which it was appended is over', async () => {
    const log = await open();
    const appended = log.append([numberedEvent(0)]);
    expect(log.end()).toEqual([0]);
    await appended;
    expect(log.end()).toEqual([1]);
  });

  test('a large record and many small ones come back', async () => {
    const log = await open();
    const bytes = new Uint8Array(3_000_000).fill(7);
    const large: LogRecord = { kind: 'model', at: 1, by: 'x', name: 'm', bytes, card: {} };
    await log.append([...numberedEvents(0, 5000), large, ...numberedEvents(5000, 9000)]);
    const read = await readAll(log);
    const [model] = read.splice(5000, 1);
    expect(model?.kind === 'model' && Buffer.compare(model.bytes, bytes)).toBe(0);
    expect(read).toStrictEqual(numberedEvents(0, 9000));
  });
}

function reading(open: () => Promise<Log>): void {
  test('any range of any records reads as they were appended', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryRecord, { maxLength: 6 }), { maxLength: 8 }),
        fc.nat(50),
        fc.nat(50),
        async (appends, from, to) => {
          const log = await open();
          await Promise.all(appends.map((records) => log.append(records)));
          const all = appends.flat();
          expect(await readAll(log)).toStrictEqual(all);
          expect(await readAll(log, from)).toStrictEqual(all.slice(from));
          expect(await readAll(log, from, to)).toStrictEqual(all.slice(from, Math.max(from, to)));
          await log.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('reading ends where the log ended when it was asked for', async () => {
    const log = await open();
    await log.append(numberedEvents(0, 2));
    const batches = log.read(0, 0);
    await log.append(numberedEvents(2, 4));
    const records: LogRecord[] = [];
    for await (const batch of batches) records.push(...batch.records);
    expect(records).toStrictEqual(numberedEvents(0, 2));
  });

  test('reading while others append gives a whole prefix', async () => {
    const log = await open();
    const appends = Array.from({ length: 50 }, (_, i) => log.append(numberedEvents(10 * i, 10 * i + 10)));
    for (const append of appends) {
      await append;
      const end = log.end()[0]!;
      expect(await readAll(log)).toStrictEqual(numberedEvents(0, end));
    }
  });

  test('a reader that stops early does no harm', async () => {
    const log = await open();
    await log.append(numberedEvents(0, 10));
    for await (const batch of log.read(0, 0)) if (batch.records.length > 0) break;
    expect(await readAll(log, 9)).toStrictEqual([numberedEvent(9)]);
  });

  test('there is no other partition and no negative offset', async () => {
    const log = await open();
    expect(() => log.read(1, 0)).toThrow(/partition/);
    expect(() => log.read(0, -1)).toThrow(/offset/);
  });
}

function telling(open: () => Promise<Log>): void {
  test('a digest is of all records before its offset, however the log goes on', async () => {
    const [log, other] = [await open(), await open()];
    expect(await log.digest(0, 0)).toBe(await other.digest(0, 0));
    for (let i = 0; i < 40; i += 4) {
      await log.append(numberedEvents(i, i + 4));
      await other.append(i === 20 ? [numberedEvent(99), ...numberedEvents(21, 24)] : numberedEvents(i, i + 4));
    }
    const digests: number[] = [];
    for (let offset = 0; offset <= 40; offset++) {
      digests.push(await log.digest(0, offset));
      expect((await other.digest(0, offset)) === digests[offset], `after ${offset} records`).toBe(offset <= 20);
    }
    expect(new Set(digests).size).toBe(41);
    await log.append(numberedEvents(40, 60));
    for (const offset of [40, 3, 17, 20, 39]) expect(await log.digest(0, offset)).toBe(digests[offset]);
  });

  test('two records in another order have another digest', async () => {
    const [log, other] = [await open(), await open()];
    await log.append([numberedEvent(1), numberedEvent(2), numberedEvent(3)]);
    await other.append([numberedEvent(2), numberedEvent(1), numberedEvent(3)]);
    expect(await other.digest(0, 3)).not.toBe(await log.digest(0, 3));
  });

  test('there is no digest behind the end', async () => {
    const log = await open();
    await log.append([numberedEvent(0)]);
    await expect(log.digest(0, 2)).rejects.toThrow(/up to its end/);
  });
}

function following(open: () => Promise<Log>): void {
  test('followers get the very records, in order, once durable and before the append resolves', async () => {
    const log = await open();
    const seen: LogRecord[] = [];
    log.follow(({ partition, first, records }: LogBatch) => {
      expect(partition).toBe(0);
      expect(first).toBe(seen.length);
      expect(log.end()[0]).toBeGreaterThanOrEqual(first + records.length);
      seen.push(...records);
    });
    const records = numberedEvents(0, 100);
    await Promise.all(
      records.map(async (record, i) => {
        expect(await log.append([record])).toBe(i);
        expect(seen[i]).toBe(record);
      }),
    );
    expect(seen).toHaveLength(100);
  });

  test('a follower that left is told nothing more, and others still are', async () => {
    const log = await open();
    let left = 0;
    let stayed = 0;
    const leave = log.follow(({ records }) => {
      left += records.length;
    });
    log.follow(({ records }) => {
      stayed += records.length;
    });
    await log.append(numberedEvents(0, 2));
    leave();
    await log.append(numberedEvents(2, 5));
    expect([left, stayed]).toEqual([2, 5]);
  });

  test('a follower may append', async () => {
    const log = await open();
    let echoed: Promise<Offset> | undefined;
    log.follow(({ first }) => {
      if (first === 0) echoed = log.append([numberedEvent(1)]);
    });
    await log.append([numberedEvent(0)]);
    expect(await echoed).toBe(1);
    expect(await readAll(log)).toStrictEqual(numberedEvents(0, 2));
  });
}

function closing(open: () => Promise<Log>): void {
  test('closing makes durable what was appended; later appends are refused', async () => {
    const log = await open();
    const appends = [log.append(numberedEvents(0, 2)), log.append(numberedEvents(2, 5))];
    await log.close();
    expect(log.end()).toEqual([5]);
    expect(await Promise.all(appends)).toEqual([0, 2]);
    await expect(log.append([numberedEvent(5)])).rejects.toMatchObject({ code: 'shutting-down' });
    await log.close();
  });
}

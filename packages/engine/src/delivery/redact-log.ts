/**
 * The ids of people who were erased, replaced in the log by pseudonyms that nothing leads back from. Every record of one person gets the
 * same one, so a fold of the log comes to the same state but for the name: what ads cost, who was credited and what anybody was dealt.
 * What hangs on the id's own hash, such as the draw of an experiment, comes out otherwise when a decision is made again, and its explanation
 * says that it is not identical.
 *
 * Left alone are those whose events may still come late, for the state would not know the id again, and those who came back before the books
 * had forgotten their clicks: an order after the erasure is paid by a click before it only where both have one name.
 */
import type { DecideRequest, Exposure } from '@rialto/sdk';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { FileLog } from '../log/file-log.ts';
import type { DecisionRecord, EventRecord, LogRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { EVENT_AGE_MS_MAX, EVENT_AHEAD_MS_MAX } from './state.ts';

const UNITS_OF_PEOPLE: ReadonlySet<string> = new Set(['buyer', 'session', 'two-sided']);
const LATE_MS = EVENT_AGE_MS_MAX + EVENT_AHEAD_MS_MAX;
/** Longer than clicks are remembered that an order may be paid by, which may have come late. */
const GAP_MS = 31 * MILLIS_PER_DAY + LATE_MS;

interface Erased {
  /** The record of the latest erasure that is old enough. */
  readonly offset: number;
  readonly at: number;
  readonly pseudonym: string;
  /** Of events that are to be changed: when the latest was taken in. */
  lastAt: number;
  /** Of events that stay: when the earliest was. */
  backAt: number;
  records: number;
}

/** By `buyerKey`. */
type People = Map<string, Erased>;

interface Changes {
  readonly people: People;
  /** Experiments whose units are people. */
  readonly ofPeople: ReadonlySet<string>;
}

export interface RedactOptions {
  /** One that nobody can guess. */
  readonly pseudonym: () => string;
  /** Called before records change: what was made of them holds the ids, too. */
  readonly dropDerived: () => Promise<void>;
}

export interface RedactionReport {
  /** Whose id is no longer in the log but for what somebody else saved of it. */
  readonly people: number;
  readonly records: number;
  /** Erased too short a time ago. */
  readonly tooEarly: number;
  /** Who came back too soon. */
  readonly cameBack: number;
}

const PSEUDONYM = /^erased-[\w-]{22}$/;

/** From 16 random bytes. */
export const pseudonymOf = (random: Buffer): string => `erased-${random.toString('base64url')}`;

/** Closes the log where it changes it. */
export async function redactLog(log: FileLog, { pseudonym, dropDerived }: RedactOptions): Promise<RedactionReport> {
  const { people, ofPeople, tooEarly } = await findErased(log, pseudonym);
  const first = await examine(log, people);
  const cameBack = [...people].filter(([, { lastAt, backAt }]) => backAt - lastAt <= GAP_MS);
  for (const [key] of cameBack) people.delete(key);
  const records = [...people.values()].reduce((sum, one) => sum + one.records, 0);
  if (people.size > 0) {
    await dropDerived();
    await log.rewrite(first, (record, offset) => redacted(record, offset, { people, ofPeople }));
  }
  return { people: people.size, records, tooEarly, cameBack: cameBack.length };
}

async function findErased(log: FileLog, pseudonym: () => string): Promise<Changes & { readonly tooEarly: number }> {
  const ofPeople = new Set<string>();
  const erasures: { readonly key: string; readonly at: number; readonly offset: number }[] = [];
  let now = 0;
  for await (const { first, records } of log.read(0, 0))
    records.forEach((record, i) => {
      now = Math.max(now, record.at);
      if (record.kind === 'experiment' && UNITS_OF_PEOPLE.has(record.entity.unit)) ofPeople.add(record.entity.id);
      if (record.kind !== 'erasure') return;
      const id = 'buyer' in record.who ? record.who.buyer : record.who.session;
      if (!PSEUDONYM.test(id)) erasures.push({ key: buyerKey(record.who)!, at: record.at, offset: first + i });
    });
  const people: People = new Map();
  for (const { key, at, offset } of erasures) {
    if (at > now - LATE_MS) continue;
    const known = people.get(key)?.pseudonym ?? pseudonym();
    people.set(key, { offset, at, pseudonym: known, lastAt: 0, backAt: Number.POSITIVE_INFINITY, records: 0 });
  }
  const early = new Set(erasures.map(({ key }) => key).filter((key) => !people.has(key)));
  return { people, ofPeople, tooEarly: early.size };
}

/** Takes note of what names whom. Returns the offset of the first record that does. */
async function examine(log: FileLog, people: People): Promise<number> {
  let earliest = Number.POSITIVE_INFINITY;
  if (people.size === 0) return earliest;
  for await (const { first, records } of log.read(0, 0))
    records.forEach((record, i) => {
      for (const key of keysOf(record)) {
        const person = people.get(key);
        if (person === undefined) continue;
        const changes = isOfErasedLife(record, first + i, person);
        if (changes) person.records++;
        if (changes) earliest = Math.min(earliest, first + i);
        if (record.kind !== 'event') continue;
        if (changes) person.lastAt = Math.max(person.lastAt, record.at);
        else person.backAt = Math.min(person.backAt, record.at);
      }
    });
  return earliest;
}

/** Whom the record is of. */
function keysOf(record: LogRecord): string[] {
  switch (record.kind) {
    case 'event':
      return keysIn(record.event);
    case 'decision':
      return keysIn(record.request);
    case 'erasure':
      return [buyerKey(record.who)!];
    case 'review':
      return keysIn(record.entity);
    case 'shop':
      return [...(record.entity.ownerBuyers ?? [])];
    default:
      return [];
  }
}

function keysIn({ buyer, session }: { readonly buyer?: string; readonly session?: string }): string[] {
  const keys: string[] = [];
  if (buyer !== undefined) keys.push(buyerKey({ buyer })!);
  if (session !== undefined) keys.push(buyerKey({ session })!);
  return keys;
}

/** Before the erasure, or reported after it and of before. What an operator saved of an id has no life. */
function isOfErasedLife(record: LogRecord, offset: number, { offset: erasedBy, at }: Erased): boolean {
  if (offset <= erasedBy || record.kind === 'shop' || record.kind === 'review') return true;
  return record.kind === 'event' && record.event.at <= at;
}

function redacted(record: LogRecord, offset: number, { people, ofPeople }: Changes): LogRecord {
  const names = new Map<string, string>();
  for (const key of keysOf(record)) {
    const person = people.get(key);
    if (person !== undefined && isOfErasedLife(record, offset, person)) names.set(key, person.pseudonym);
  }
  return names.size === 0 ? record : renamed(record, names, ofPeople);
}

type Names = ReadonlyMap<string, string>;

function renamed(record: LogRecord, names: Names, ofPeople: ReadonlySet<string>): LogRecord {
  switch (record.kind) {
    case 'event':
      return renamedEvent(record, names);
    case 'decision':
      return renamedDecision(record, names, ofPeople);
    case 'erasure':
      return { ...record, who: 'buyer' in record.who ? { buyer: only(names) } : { session: only(names) } };
    case 'review':
      return { ...record, entity: { ...record.entity, buyer: only(names) } };
    case 'shop':
      // Beside the id: whoever comes back under it must not be billed for looking at his own shop.
      return {
        ...record,
        entity: { ...record.entity, ownerBuyers: [...record.entity.ownerBuyers!, ...names.values()] },
      };
    default:
      return record;
  }
}

const only = (names: Names): string => names.values().next().value!;

function renamedPerson<T extends { readonly buyer?: string; readonly session?: string }>(of: T, names: Names): T {
  const { buyer, session } = of;
  const [newBuyer, newSession] = [
    buyer === undefined ? undefined : names.get(buyerKey({ buyer })!),
    session === undefined ? undefined : names.get(buyerKey({ session })!),
  ];
  return { ...of, ...(newBuyer && { buyer: newBuyer }), ...(newSession && { session: newSession }) };
}

type Person = Pick<DecideRequest, 'buyer' | 'session'>;

/** The unit of an experiment, where it is the person. */
function renamedUnit(unit: string, { buyer, session }: Person, names: Names): string {
  if (unit === buyer) return names.get(buyerKey({ buyer })!) ?? unit;
  return (unit === session && names.get(buyerKey({ session })!)) || unit;
}

/** Ids of events may be made of those of people: our SDK's of exposures are. */
function renamedWithin(text: string, { buyer, session }: Person, names: Names): string {
  let changed = text;
  for (const who of [buyer !== undefined && { buyer }, session !== undefined && { session }]) {
    const name = who && names.get(buyerKey(who)!);
    if (who && name) changed = changed.replaceAll('buyer' in who ? who.buyer : who.session, name);
  }
  return changed;
}

function renamedEvent(record: EventRecord, names: Names): EventRecord {
  const { event, exposure } = record;
  const id = renamedWithin(event.id, event, names);
  return {
    ...record,
    event: { ...renamedPerson(event, names), id },
    ...(exposure && { exposure: { ...exposure, unit: renamedUnit(exposure.unit, event, names) } }),
  };
}

function renamedDecision(record: DecisionRecord, names: Names, ofPeople: ReadonlySet<string>): DecisionRecord {
  const { request, exposures, placements } = record;
  const rename = <T extends Pick<Exposure, 'experiment' | 'unit' | 'side'>>(of: T): T =>
    of.side === undefined && ofPeople.has(of.experiment) ? { ...of, unit: renamedUnit(of.unit, request, names) } : of;
  return {
    ...record,
    request: renamedPerson(request, names),
    placements: placements.map((placement) =>
      placement.interleaved === undefined ? placement : { ...placement, interleaved: rename(placement.interleaved) },
    ),
    ...(exposures && { exposures: exposures.map(rename) }),
  };
}

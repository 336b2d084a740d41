/**
 * One writer per directory, across processes, without a native lock.
 *
 * A writer announces itself by a file whose name says who it is and is never used again, then lists the announcements:
 * if another one's writer lives, it takes its own back and is refused; those of dead writers it deletes. Of two that
 * announce at once, the second to do so sees the first, so there are never two; both may be refused, and try again.
 *
 * Whether a writer lives is known from its process id and start time where it runs in the same process namespace of the
 * same boot. Elsewhere (another container or machine, after a reboot) it is watched: a living one touches its file every
 * second. No clocks are compared. Not for network file systems that cache directory listings.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RialtoError } from '../base/errors.ts';

const HEARTBEAT_MS = 1000;
const WATCH_MS = 6000;
const ATTEMPTS = 4;
const NAME = /^writer-([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}\.lock$/;

interface Writer {
  /** The process namespace that `pid` belongs to. */
  readonly place: string;
  readonly pid: number;
  /** In clock ticks since the boot; 0 where the system does not say. */
  readonly startTicks: number;
}

export class DirectoryLock {
  readonly #path: string;
  readonly #heartbeat: NodeJS.Timeout;
  #held = true;

  private constructor(path: string) {
    this.#path = path;
    this.#heartbeat = setInterval(() => this.#touch(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Takes the lock, or throws `data-locked` naming who holds it. `watchMs` is how long a writer elsewhere is watched. */
  static async acquire(directory: string, watchMs = WATCH_MS): Promise<DirectoryLock> {
    for (let attempt = 1; ; attempt++) {
      const own = announce(directory);
      const holder = await findHolder(directory, own, watchMs);
      if (holder === undefined) return new DirectoryLock(join(directory, own));
      unlinkSync(join(directory, own));
      if (attempt === ATTEMPTS) throw refusal(directory, holder);
      await sleep(10 + randomBytes(1)[0]! / 4);
    }
  }

  /** Whether the lock is still ours: somebody may have deleted the file. */
  get held(): boolean {
    return this.#held;
  }

  release(): void {
    clearInterval(this.#heartbeat);
    this.#held = false;
    removeIfThere(this.#path);
  }

  #touch(): void {
    try {
      writeFileSync(this.#path, note(), { flag: 'r+' });
    } catch {
      this.#held = false;
      clearInterval(this.#heartbeat);
    }
  }
}

function announce(directory: string): string {
  const { place, pid, startTicks } = thisWriter();
  const name = `writer-${place}-${pid}-${startTicks}-${randomBytes(6).toString('hex')}.lock`;
  try {
    writeFileSync(join(directory, name), note(), { flag: 'wx' });
  } catch (error) {
    // On a full disk the name is there without its content, and would be taken for a writer that lives.
    removeIfThere(join(directory, name));
    throw error;
  }
  return name;
}

const note = (): string => `process ${process.pid} on ${hostname()}\n`;

/** The first other writer that lives; deletes the announcements of those that do not. */
async function findHolder(directory: string, own: string, watchMs: number): Promise<string | undefined> {
  for (const name of readdirSync(directory)) {
    if (name === own || !NAME.test(name)) continue;
    if (await lives(directory, name, watchMs)) return name;
    removeIfThere(join(directory, name));
  }
  return undefined;
}

async function lives(directory: string, name: string, watchMs: number): Promise<boolean> {
  const writer = parseName(name);
  if (writer.place === thisWriter().place) {
    if (!processExists(writer.pid)) return false;
    if (writer.startTicks > 0) return startTicksOf(writer.pid) === writer.startTicks;
  }
  return beats(join(directory, name), watchMs);
}

/** Watches a file until it is touched (true), or for `watchMs` or until it goes away (false). */
async function beats(path: string, watchMs: number): Promise<boolean> {
  const before = modifiedAt(path);
  for (let waited = 0; waited < watchMs; waited += HEARTBEAT_MS / 4) {
    await sleep(HEARTBEAT_MS / 4);
    const now = modifiedAt(path);
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function refusal(directory: string, name: string): RialtoError {
  const { pid } = parseName(name);
  const path = join(directory, name);
  const who = readIfThere(path)?.trim() || `process ${pid}`;
  return new RialtoError(
    'data-locked',
    `${directory} is open for writing by ${who}. Stop that process first, or use its HTTP API. If it is certain that it no longer runs, delete ${path}.`,
    { pid, directory, lock: path },
  );
}

function parseName(name: string): Writer {
  const [, place, pid, startTicks] = NAME.exec(name)!;
  return { place: place!, pid: Number(pid), startTicks: Number(startTicks) };
}

let writer: Writer | undefined;

function thisWriter(): Writer {
  writer ??= { place: processNamespace(), pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0 };
  return writer;
}

/** A name for where process ids mean the same: host, boot and process namespace. */
function processNamespace(): string {
  const boot = readIfThere('/proc/sys/kernel/random/boot_id') ?? '';
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // No Linux: the host's name has to do.
  }
  return createHash('sha256').update(`${hostname()}\n${boot}\n${namespace}`).digest('hex').slice(0, 12);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in ticks since the boot; undefined where it is dead, a zombie, or the system does not say. */
function startTicksOf(pid: number): number | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third field on: the name may hold spaces
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

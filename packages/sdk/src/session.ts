/**
 * The id of a visit: the same on every page and in every tab until `idleMs` have passed without an event, then a new one.
 * Kept in localStorage; where that is refused (private windows, sandboxed frames) it lives as long as the page. No cookies.
 */

/** Text that outlives the page, where the browser lets it. */
export interface Store {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** localStorage, or memory where every or some access to it throws. */
export function browserStore(): Store {
  const memory = new Map<string, string>();
  const attempt = <T>(action: (storage: Storage) => T): T | undefined => {
    try {
      return action(globalThis.localStorage);
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? undefined,
    set(key, value) {
      const kept = attempt((storage) => {
        storage.setItem(key, value);
        return true;
      });
      if (kept) memory.delete(key);
      else memory.set(key, value);
    },
    remove(key) {
      memory.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}

const SESSION_KEY = 'rialto.session';

export interface SessionOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly newId: () => string;
  readonly idleMs: number;
}

export class Session {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The visit's id; asking for it keeps the visit going. */
  id(): string {
    const { store, now, newId, idleMs } = this.#options;
    const [known, lastUsed] = (store.get(SESSION_KEY) ?? '').split(' ');
    const alive = known !== undefined && known !== '' && now() - Number(lastUsed) < idleMs;
    const id = alive ? known : newId();
    store.set(SESSION_KEY, `${id} ${now()}`);
    return id;
  }
}

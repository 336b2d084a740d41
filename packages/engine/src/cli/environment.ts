/** What the environment may configure: the one place that reads it. */
import { RialtoError } from '../base/errors.ts';

export interface Keys {
  /** By name: the name is who is said to have changed something. */
  readonly apiKeys: ReadonlyMap<string, string>;
  readonly publishableKeys: readonly string[];
}

/** RIALTO_API_KEYS="name=key,name=key", RIALTO_PUBLISHABLE_KEYS="key,key". */
export function keysFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Keys {
  const apiKeys = new Map<string, string>();
  for (const entry of listOf(environment['RIALTO_API_KEYS'])) {
    const at = entry.indexOf('=');
    if (at < 1 || at === entry.length - 1)
      throw new RialtoError('bad-request', 'RIALTO_API_KEYS must be of the form name=key,name=key');
    const name = entry.slice(0, at);
    if (apiKeys.has(name))
      throw new RialtoError(
        'bad-request',
        `RIALTO_API_KEYS has two keys of the name ${name}; while one replaces the other, give them two names`,
      );
    apiKeys.set(name, entry.slice(at + 1));
  }
  return { apiKeys, publishableKeys: listOf(environment['RIALTO_PUBLISHABLE_KEYS']) };
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

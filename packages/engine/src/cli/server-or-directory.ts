/** Commands that change things where they are: on a running server over HTTP, or in a data directory that no server has open. */
import { RialtoApiError, RialtoClient } from '@rialto/sdk';
import { Command } from 'commander';
import { ERRORS, type ErrorCode, RialtoError } from '../base/errors.ts';
import { openEngine } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import { keysFromEnvironment } from './environment.ts';

export interface PlaceOptions {
  /** Of a running server. */
  readonly url?: string;
  /** Its API key; the first of RIALTO_API_KEYS where absent. */
  readonly key?: string;
  /** The data directory, where there is no `url`. */
  readonly data: string;
}

const WHERE = `
Works on a running server with --url, its API key with --key or RIALTO_API_KEYS; without --url on a data directory, which no
server may have open where something is changed.`;

/** A command with the options of a place, and `--json`. `data` says what the directory is to it. */
export const placeCommand = (
  name: string,
  description: string,
  help: string,
  data = 'the data directory, where no server is running',
): Command =>
  new Command(name)
    .description(description)
    .option('--url <url>', 'of a running server, such as http://localhost:4400')
    .option('--key <key>', "the server's API key")
    .option('--data <dir>', data, './rialto-data')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `${WHERE}\n\n${help}\n`);

interface Places<T> {
  server(client: RialtoClient): Promise<T>;
  directory(engine: Engine): Promise<T>;
}

/** Does the work where the options say. Throws `data-locked` where a server has the directory open; a server's errors are as ours. */
export async function atPlace<T>({ url, key, data }: PlaceOptions, { server, directory }: Places<T>): Promise<T> {
  if (url !== undefined) return onServer(url, key, server);
  // A mistyped directory is refused, not begun.
  const engine = await openEngine(data, { existing: true }).catch((error: unknown) => {
    if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
    const message = `${error.message} Where that process is a server, name it with --url http://HOST:PORT.`;
    throw new RialtoError('data-locked', message);
  });
  try {
    return await directory(engine);
  } finally {
    await engine.close();
  }
}

/** Does the work over HTTP; the server's errors are as ours. */
export async function onServer<T>(
  url: string,
  key: string | undefined,
  work: (client: RialtoClient) => Promise<T>,
): Promise<T> {
  if (!/^https?:\/\//.test(url))
    throw new RialtoError('bad-request', `--url must begin with http:// or https://, not ${JSON.stringify(url)}`);
  const known = key ?? keysFromEnvironment().apiKeys.values().next().value;
  try {
    return await work(new RialtoClient({ url, ...(known !== undefined && { key: known }) }));
  } catch (error) {
    if (!(error instanceof RialtoApiError)) throw error;
    const code = error.code in ERRORS ? (error.code as ErrorCode) : 'bad-request';
    throw new RialtoError(code, error.message);
  }
}

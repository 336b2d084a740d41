/**
 * A listening server and its end. Without keys it listens on loopback only; stopping answers what is in flight, then makes
 * the engine's log durable and closes it.
 */
import type { FastifyInstance } from 'fastify';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { createServer, type ServerOptions } from './create-server.ts';
import { type KeyOptions, Keyring } from './keys.ts';
import { isLoopback } from './loopback.ts';

export interface ListenOptions extends ServerOptions {
  /** 127.0.0.1 where absent. */
  readonly host?: string;
  /** 4400 where absent; 0 takes a free one. */
  readonly port?: number;
  /** How long `stop` waits for requests in flight before it cuts their connections; 10 s where absent. */
  readonly stopTimeoutMs?: number;
}

export interface RunningServer {
  readonly app: FastifyInstance;
  readonly url: string;
  /** What the one who started it should be told. */
  readonly notice?: string;
  /** Stops accepting, answers what is in flight, closes the engine. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

const NO_KEYS = 'no key is configured: everybody on this machine may do everything, and no other machine can connect';

/** A connection whose answer was begun before the stop stays open after it, and would be waited for. */
const HANG_UP_EVERY_MS = 20;

async function shutDown(app: FastifyInstance, engine: Engine, timeoutMs: number): Promise<void> {
  const hangUp = setInterval(() => app.server.closeIdleConnections(), HANG_UP_EVERY_MS);
  const giveUp = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  try {
    await app.close();
  } finally {
    clearInterval(hangUp);
    clearTimeout(giveUp);
    await engine.close();
  }
}

/** Throws `unauthorized` for an address that others reach, with no key configured. Whether there is none. */
export function mayListen(host: string, keys: KeyOptions): boolean {
  const { open } = new Keyring(keys);
  if (open && !isLoopback(host)) {
    const message = `listening on ${host} needs keys: configure an API key and a publishable key, or listen on 127.0.0.1`;
    throw new RialtoError('unauthorized', message, { host });
  }
  return open;
}

export async function startServer(engine: Engine, options: ListenOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 4400, stopTimeoutMs = 10_000 } = options;
  const open = mayListen(host, options);
  const app = createServer(engine, options);
  const url = await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') throw error;
    const message =
      error.code === 'EADDRINUSE'
        ? `port ${port} of ${host} is taken by another program; stop that one, or choose another port with --port, such as --port ${port + 1} (--port 0 takes any free one)`
        : `cannot listen on ${host}, port ${port}: ${error.message}`;
    throw new RialtoError('address-in-use', message, { host, port });
  });
  if (open) app.log.warn(NO_KEYS);
  let stopping: Promise<void> | undefined;
  return {
    app,
    url,
    ...(open ? { notice: NO_KEYS } : {}),
    stop() {
      stopping ??= shutDown(app, engine, stopTimeoutMs);
      return stopping;
    },
  };
}

/** Which methods a path is asked with, so that one asked otherwise is told so and not that there is nothing there. */
import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
}

export class KnownPaths {
  readonly #routes: KnownRoute[] = [];

  /** Learns every route that is added from now on, in whatever scope. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) this.#routes.push({ method: one, pattern: patternOf(url) });
    });
  }

  /** Those of the routes that a path meets, without what comes with GET and with pages of other origins. */
  methodsOf(path: string): string[] {
    const met = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(met)].filter((method) => method !== 'HEAD' && method !== 'OPTIONS').sort();
  }
}

/** Of a route's parameters and its wildcard. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}

/**
 * Whether a user agent is a known bot's: crawlers, monitors, previewers and browsers without a head, by the maintained list of
 * `isbot`. That also knows the names of HTTP libraries, such as okhttp; by such a name alone come apps, and servers that hand on
 * what buyers did, so these are not taken for bots.
 */
import { isbot } from 'isbot';

const BROWSER_OR_BOT = /Mozilla\/|bot|crawl|spider|:\/\//i;
const KNOWN_MAX = 1_000;
const known = new Map<string, boolean>();

export function isBotAgent(userAgent: string | undefined): boolean {
  if (userAgent === undefined || userAgent === '') return false;
  const before = known.get(userAgent);
  if (before !== undefined) return before;
  const bot = BROWSER_OR_BOT.test(userAgent) && isbot(userAgent);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(userAgent, bot);
  return bot;
}

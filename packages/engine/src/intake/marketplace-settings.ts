/**
 * The marketplace's currency and language when a file comes in. A marketplace that has no listings yet takes what the import
 * states; one that has keeps its own, and another currency is refused: there is one to a marketplace.
 */
import type { Settings } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { settingsSchema } from '../wire/settings-schema.ts';
import { validate } from '../wire/validate.ts';
import { IMPORTED_BY, type IntakeEngine } from './intake-engine.ts';
import { nearest } from './nearest-name.ts';

export interface StatedSettings {
  readonly currency?: string | undefined;
  readonly language?: string | undefined;
}

/** Saves what is new, and returns the settings that the import goes by. */
export async function settleSettings(engine: IntakeEngine, stated: StatedSettings): Promise<Settings> {
  const current = engine.read('settings', 'settings')!;
  const currency = stated.currency === undefined ? current.currency : knownCurrency(stated.currency);
  const empty = engine.list('listing', { limit: 1 }).items.length === 0;
  if (!empty && currency !== current.currency) {
    const message = `--currency ${currency}, but the marketplace's prices are in ${current.currency}: convert the file's prices, or load them into another --data directory`;
    throw new RialtoError('currency-mismatch', message, { currency: current.currency });
  }
  const wanted = validate(settingsSchema, { ...current, currency, language: stated.language ?? current.language });
  const settings = empty ? wanted : current;
  if (settings.currency !== current.currency || settings.language !== current.language) {
    await engine.save('settings', [settings], IMPORTED_BY);
  }
  return settings;
}

function knownCurrency(text: string): string {
  const code = text.toUpperCase();
  const known = Intl.supportedValuesOf('currency');
  if (known.includes(code)) return code;
  const guess = nearest(code, known);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  throw new RialtoError('bad-request', `--currency ${JSON.stringify(text)} is not an ISO 4217 code${hint}`, {
    path: 'currency',
  });
}

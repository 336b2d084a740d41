/**
 * Which words of a listing it is found by: its title, and with less weight its tags, brand and category. The description
 * is left out: it is long, and what it says of the listing the title says better.
 */
import type { Listing } from '@rialto/sdk';
import { type Word, wordsOf } from './text-tokens.ts';

export interface ListingTerms {
  readonly title: readonly Word[];
  readonly other: readonly Word[];
}

/** A code in parts, "WD-40" or "AB/123-C": its parts are words already, and its whole is one more way to find it. */
const CODE_IN_PARTS = /[\p{L}\p{N}]+(?:[-/][\p{L}\p{N}]+)+/gu;

function joinedCodes(title: string): string {
  if (!title.includes('-') && !title.includes('/')) return '';
  const codes = title.match(CODE_IN_PARTS) ?? [];
  return codes
    .filter((code) => /\d/.test(code) && /\p{L}/u.test(code))
    .map((code) => code.replace(/[-/]/g, ''))
    .join(' ');
}

const languageOf = ({ language }: Listing, marketLanguage: string): string => language ?? marketLanguage;

/** All that its terms are made of: the same text gives the same terms. `marketLanguage` (BCP 47) is that of listings that name none. */
export function searchedText(listing: Listing, marketLanguage: string): string {
  const { title, tags = [], brand = '', category = '' } = listing;
  return [languageOf(listing, marketLanguage), title, brand, category, ...tags].join('\0');
}

export function listingTerms(listing: Listing, marketLanguage: string): ListingTerms {
  const language = languageOf(listing, marketLanguage);
  const other = [...(listing.tags ?? []), listing.brand ?? '', listing.category ?? '', joinedCodes(listing.title)];
  return { title: wordsOf(listing.title, language), other: wordsOf(other.join(' \n '), language) };
}

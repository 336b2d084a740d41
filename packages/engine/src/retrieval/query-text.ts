/**
 * A search query as it is counted and suggested: in one form for what people type in many ways, and nothing of what looks like
 * somebody's own data (an e-mail address, a telephone or card number, a link), however many have typed it.
 */

/** Longer ones are sentences pasted by accident: nobody would choose them from a list. */
const LENGTH_MAX = 80;
const NOT_SHOWN = /[\p{Cc}\p{Cf}\s]+/gu;
const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu;
const PRIVATE = /@|https?:|www\.|(?:\d[\s\-()./]*){7}/u;
/** As most queries come: what is done to the others would change nothing. */
const PLAIN = /^[a-z]+(?: [a-z]+){0,7}$/;
const ACCENTS = /[\u0300-\u036f]/g;

/** Undefined where it is not to be counted. */
export function queryText(typed: string): string | undefined {
  if (typed.length <= LENGTH_MAX && PLAIN.test(typed)) return typed;
  const text = typed.normalize('NFKC').toLowerCase().replace(NOT_SHOWN, ' ').replace(EDGES, '').trim();
  return text === '' || text.length > LENGTH_MAX || PRIVATE.test(text) ? undefined : text;
}

/** What somebody has typed so far: a space at its end says that the word is whole. */
export function prefixText(typed: string): string {
  return prefixKey(
    typed
      .normalize('NFKC')
      .toLowerCase()
      .replace(NOT_SHOWN, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, ''),
  );
}

/** Without accents, as people type who are in a hurry. */
export function prefixKey(text: string): string {
  return text.normalize('NFD').replace(ACCENTS, '').normalize('NFC');
}

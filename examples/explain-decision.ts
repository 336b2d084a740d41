/** Tells why a decision was what it was, candidate by candidate: Rialto decides again from the state of that moment. */
import { RialtoApiError, RialtoClient } from '@rialto/sdk';

const rialto = new RialtoClient({
  url: process.env['RIALTO_URL'] ?? 'http://127.0.0.1:4400',
  ...(process.env['RIALTO_KEY'] !== undefined && { key: process.env['RIALTO_KEY'] }),
});

/** The decision named on the command line, or a new one. */
const decisionId =
  process.argv[2] ??
  (await rialto.decide({ buyer: 'ines', placements: ['home'], exclude: ['clio-green-vase'] })).decisionId;

try {
  const { at, identical, placements } = await rialto.explainDecision(decisionId);
  console.log(
    `${decisionId} at ${new Date(at).toISOString()}: decided again, ${identical ? 'identical' : 'different'}`,
  );
  for (const { placement, candidates } of placements) {
    console.log(`${placement}: ${candidates.length} candidates`);
    for (const { id, kind, sources, shownAt, dropped, why } of candidates.slice(0, 40)) {
      const fate = shownAt === undefined ? `dropped in ${dropped?.stage}: ${dropped?.reason}` : `shown at ${shownAt}`;
      console.log(`  ${id} (${kind}, from ${sources.join(', ')}) ${fate}`);
      for (const { words } of shownAt === undefined ? [] : (why ?? [])) console.log(`    ${words}`);
    }
  }
} catch (error) {
  if (!(error instanceof RialtoApiError && error.code === 'not-found')) throw error;
  console.error(`there is no decision ${decisionId}`);
  process.exitCode = 1;
}

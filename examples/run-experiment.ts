/** Defines an experiment, shows buyers what their variant makes of the home page, and reads how it stands. */
import { type Experiment, RialtoClient } from '@rialto/sdk';

const rialto = new RialtoClient({
  url: process.env['RIALTO_URL'] ?? 'http://127.0.0.1:4400',
  ...(process.env['RIALTO_KEY'] !== undefined && { key: process.env['RIALTO_KEY'] }),
});

const calmHome: Experiment = {
  id: 'calm-home',
  unit: 'buyer',
  variants: [
    { name: 'control', weight: 0.5, value: { title: 'For you' } },
    // A list replaces the placement's: this variant shows no ads.
    { name: 'calm', weight: 0.5, value: { title: 'Picked for you' }, changes: { home: { adSlots: [] } } },
  ],
};
await rialto.experiments.put(calmHome);
await rialto.experiments.start('calm-home');

for (const buyer of ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn']) {
  const { placements, experiments = [] } = await rialto.decide({ buyer, placements: ['home'] });
  const given = experiments.find(({ experiment }) => experiment === 'calm-home')!;
  const ads = placements[0]!.items.filter(({ kind }) => kind === 'ad').length;
  console.log(`${buyer}: ${given.variant}, "${(given.value as { title: string }).title}", ${ads} ads`);
}

const { exposures } = await rialto.experiments.stop('calm-home', { reason: 'only an example' });
console.log(exposures.map(({ variant, count }) => `${variant} ${count}`).join(', '));

import { buyerFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(1000);

/** How many lines the buyer has bought. */
export const buyerLines = buyerFeature('buyer-lines', 'a buyer of many things', ({ market: { buyers }, moment: { buyer } }) => (buyer < 0 ? 0 : countScale(buyers.lines.data[buyer]!, LOG_MAX)));

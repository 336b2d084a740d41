/** A small world of clicks whose truth is known: the log-odds are a sum of what a shop, a device and a price add. */
import { Rng } from '../base/rng.ts';
import { categoryOf, type LabelledExamples } from './examples.ts';
import { sigmoid } from './logistic.ts';

export interface ClickWorld {
  readonly examples: LabelledExamples;
  /** True probabilities. [rows] */
  readonly truth: Float64Array;
}

const SHOPS = 12;

/** Every 20th price and every 30th device is missing. */
export function clickWorld(rows: number, seed: number): ClickWorld {
  const rng = new Rng(seed);
  const price = new Float32Array(rows);
  const noise = new Float32Array(rows);
  const shop = new Int32Array(rows);
  const device = new Int32Array(rows);
  const labels = new Uint8Array(rows);
  const truth = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const s = rng.below(SHOPS);
    const mobile = rng.unit() < 0.5;
    const x = rng.unit();
    const p = sigmoid(-1.5 + (s % 4) * 0.6 + (mobile ? 0.8 : 0) - (x > 0.5 ? 1.5 : 0));
    price[row] = row % 20 === 7 ? Number.NaN : x;
    noise[row] = rng.normal();
    shop[row] = categoryOf(`shop-${s}`);
    device[row] = row % 30 === 11 ? 0 : categoryOf(mobile ? 'mobile' : 'desktop');
    truth[row] = p;
    labels[row] = rng.unit() < p ? 1 : 0;
  }
  return {
    examples: {
      rows,
      numbers: [
        { name: 'price', values: price },
        { name: 'noise', values: noise },
      ],
      categories: [
        { name: 'shop', values: shop },
        { name: 'device', values: device },
      ],
      labels,
    },
    truth,
  };
}

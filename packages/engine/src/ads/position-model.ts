/**
 * How likely each slot is looked at, told apart from how good the ads in it were (the position-based model: Richardson, Dominowska
 * and Ragno 2007; Wang and others 2018).
 *
 *     clicks_ik ~ Poisson(views_ik × θ_k × γ_i)            ad i in slot k; θ_k how likely it is looked at, γ_i how clickable it is
 *     θ_k = (Σ_i clicks_ik + m u_k) / (Σ_i views_ik γ_i + m)       u_k the usual shape, held as m clicks hold it
 *     γ_i = (Σ_k clicks_ik + s γ̄) / (Σ_k views_ik θ_k + s)         ads that were seen little are taken for average ones
 *
 * in turns until they settle; then θ is made to fall from slot to slot by pooling neighbours that do not (isotonic regression,
 * weighted by what is known of each) and divided by θ_1. What makes θ known is ads that were shown in several slots: where each
 * keeps to its own, the data cannot tell, and the usual shape stays.
 */
const TURNS = 40;
const CLICKS_OF_SHAPE = 20;
const VIEWS_OF_AVERAGE = 50;

/** What was counted of one ad in one slot. Columns, all [cells]. */
export interface PositionCounts {
  readonly slot: Int32Array;
  /** Ads, numbered from 0 on. */
  readonly ad: Int32Array;
  readonly views: Float64Array;
  readonly clicks: Float64Array;
  readonly ads: number;
}

/** θ of each slot, the first 1, none above the one before. `usual` is what holds without data. [slots] */
export function fitPositions(counts: PositionCounts, usual: Float64Array): Float64Array {
  const slots = usual.length;
  const effects = usual.slice();
  const appeal = new Float64Array(counts.ads);
  const known = new Float64Array(slots);
  for (let turn = 0; turn < TURNS; turn++) {
    fitAppeal(counts, effects, appeal);
    const clicks = Float64Array.from(usual, (shape) => CLICKS_OF_SHAPE * shape);
    known.fill(CLICKS_OF_SHAPE);
    for (let cell = 0; cell < counts.slot.length; cell++) {
      const slot = counts.slot[cell]!;
      clicks[slot]! += counts.clicks[cell]!;
      known[slot]! += counts.views[cell]! * appeal[counts.ad[cell]!]!;
    }
    for (let slot = 0; slot < slots; slot++) effects[slot] = clicks[slot]! / known[slot]!;
    scaleToFirst(effects);
  }
  fall(effects, known);
  scaleToFirst(effects);
  return effects;
}

function fitAppeal({ slot, ad, views, clicks }: PositionCounts, effects: Float64Array, appeal: Float64Array): void {
  const looked = new Float64Array(appeal.length);
  appeal.fill(0);
  let [allClicks, allLooked] = [0, 0];
  for (let cell = 0; cell < slot.length; cell++) {
    const exposed = views[cell]! * effects[slot[cell]!]!;
    looked[ad[cell]!]! += exposed;
    appeal[ad[cell]!]! += clicks[cell]!;
    allLooked += exposed;
    allClicks += clicks[cell]!;
  }
  const average = allLooked > 0 ? allClicks / allLooked : 0;
  for (let i = 0; i < appeal.length; i++)
    appeal[i] = (appeal[i]! + VIEWS_OF_AVERAGE * average) / (looked[i]! + VIEWS_OF_AVERAGE);
}

function scaleToFirst(effects: Float64Array): void {
  const first = effects[0] ?? 1;
  for (let slot = 0; slot < effects.length; slot++) effects[slot]! /= first;
}

/** Pools neighbours until none rises: the nearest falling sequence by weighted squares (Ayer and others 1955). */
function fall(values: Float64Array, weights: Float64Array): void {
  const blocks: { value: number; weight: number; length: number }[] = [];
  for (let i = 0; i < values.length; i++) {
    let block = { value: values[i]!, weight: weights[i]!, length: 1 };
    for (let before = blocks.at(-1); before !== undefined && before.value < block.value; before = blocks.at(-1)) {
      const weight = before.weight + block.weight;
      const value = (before.value * before.weight + block.value * block.weight) / weight;
      block = { value, weight, length: before.length + block.length };
      blocks.pop();
    }
    blocks.push(block);
  }
  let at = 0;
  for (const { value, length } of blocks) {
    values.fill(value, at, at + length);
    at += length;
  }
}

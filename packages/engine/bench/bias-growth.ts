/**
 * How near learning from clicks that depend on places comes to learning from the truth of the same impressions, as there are more of
 * them: by the simulator's click model, and by a harsher one. The truth has nearly twice as many clicks, or two and a half times, since nobody clicks what nobody
 * looked at: what is lost shrinks only as both learn what there is to know. The impressions come as a stream, and each is learned from once. How likely places are to be
 * looked at is found on the first batch, and then again from what the model expected of each batch before it learned from it.
 */
import { Rng } from '../src/base/rng.ts';
import { DEFAULT_DEEP, type DeepModel, newDeepModel } from '../src/learning/deep-clicks.ts';
import type { LabelledExamples } from '../src/learning/examples.ts';
import { DEFAULT_FTRL, ftrlLearner } from '../src/learning/ftrl.ts';
import type { ClickModel } from '../src/learning/learner.ts';
import type { Observation } from '../src/learning/observation.ts';
import { ExaminationTally, fitExamination, type PlacedClicks, placesSeen } from '../src/learning/position-bias.ts';
import type { Bench, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';
import { LOOKS, meanNdcg, PLACES, placeAndClick, scoresOf } from './placed-clicks.ts';
import { type TrainingMarket, trainingMarket } from './training-market.ts';

const SIZES = {
  full: { batch: 500_000, batches: 32, fresh: 200_000, earlier: 100_000, bits: 20 },
  small: { batch: 10_000, batches: 4, fresh: 5000, earlier: 1000, bits: 12 },
};
/** Settings were chosen in world 4. */
const WORLD = 3;
/** A batch's impressions are drawn by this and its number. */
const FIRST_SEED = 100;

export const biasGrowthBench: Bench = async ({ small, say }) => {
  const size = small ? SIZES.small : SIZES.full;
  const draw = trainingMarket(WORLD);
  const test = draw(size.fresh, 2);
  const ranker = ftrlLearner({ ...DEFAULT_FTRL, bits: size.bits }).train([draw(size.earlier, 3).examples], { seed: 1 });
  const grown = (looks: Float64Array): Figures[] => grow({ ...size, draw, test, ranker, looks, say });
  return {
    ndcgOfRanker: ndcgOf(scoresOf(ranker, test.examples), test),
    simulator: grown(LOOKS.simulator),
    harsh: grown(LOOKS.harsh),
    machine: machineFacts(),
  };
};

interface Growth {
  readonly batch: number;
  readonly batches: number;
  readonly bits: number;
  readonly draw: (rows: number, seed: number) => TrainingMarket;
  readonly test: TrainingMarket;
  readonly ranker: ClickModel;
  readonly looks: Float64Array;
  readonly say: (line: string) => void;
}

function grow({ batch, batches, bits, draw, test, ranker, looks, say }: Growth): Figures[] {
  const chance = { order: new Rng(5), clicks: new Rng(6), looks };
  const learners = new Learners(bits);
  const sizes: Figures[] = [];
  for (let done = 1; done <= batches; done++) {
    const market = draw(batch, FIRST_SEED + done);
    learners.learn(market.examples, placeAndClick(market, ranker, chance));
    // At powers of two.
    if (done < 2 || (done & (done - 1)) !== 0) continue;
    const figures = { impressions: done * batch, ...learners.figures(test) };
    say(JSON.stringify(figures));
    sizes.push(figures);
  }
  return sizes;
}

const ndcgOf = (scores: Float64Array, { truth }: TrainingMarket): number => rounded(meanNdcg(scores, truth), 4);

/** Three networks of the same settings: on what was true, on what was clicked, and on that with its places. */
class Learners {
  readonly #options: typeof DEFAULT_DEEP;
  readonly #models = new Map<string, DeepModel>();
  readonly #tally = new ExaminationTally(PLACES);
  #examination: Float64Array = new Float64Array(0); // [PLACES]
  #clicks = 0;
  #trueClicks = 0;

  constructor(bits: number) {
    this.#options = { ...DEFAULT_DEEP, bits };
  }

  learn(examples: LabelledExamples, placed: PlacedClicks): void {
    const corrected = this.#models.get('corrected');
    if (corrected === undefined)
      this.#examination = fitExamination(examples, placed, { options: this.#options, seed: 1 });
    else {
      this.#tally.add(placed, scoresOf(corrected, examples));
      this.#examination = this.#tally.examination();
    }
    const { labels, places } = placed;
    this.#train('truth', examples, { labels: examples.labels });
    this.#train('seenOnly', examples, { labels });
    this.#train('corrected', examples, { labels, seen: placesSeen(places, this.#examination) });
    this.#clicks += sumOf(labels);
    this.#trueClicks += sumOf(examples.labels);
  }

  #train(name: string, examples: LabelledExamples, observation: Observation): void {
    const model = this.#models.get(name) ?? newDeepModel(examples, [observation], this.#options, 1);
    this.#models.set(name, model);
    model.learn(examples, [observation]);
  }

  figures(test: TrainingMarket): Figures {
    const ndcg = (name: string): number => ndcgOf(scoresOf(this.#models.get(name)!, test.examples), test);
    const [truth, corrected] = [ndcg('truth'), ndcg('corrected')];
    return {
      clicks: this.#clicks,
      trueClicks: this.#trueClicks,
      ndcgTruth: truth,
      ndcgCorrected: corrected,
      ndcgSeenOnly: ndcg('seenOnly'),
      ratio: rounded(corrected / truth, 4),
      examination: [...this.#examination].map((q) => rounded(q, 3)),
    };
  }
}

const sumOf = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);

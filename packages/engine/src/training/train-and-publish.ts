/**
 * Trains on a data directory in a worker thread and publishes what comes out to the engine that has the directory open: to serve where
 * its gates are open, or as a candidate. Heads whose gates are closed are candidates beside a ranker that serves.
 */
import { RialtoError } from '../base/errors.ts';
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { digestOf, type ReadModel, remember } from '../delivery/model-bytes.ts';
import type { ModelDesk, NewModel } from '../delivery/model-desk.ts';
import type { ActionCard, TrainedActions } from './train-actions.ts';
import type { ModelCard, TrainedModels, TrainingProgress } from './train-models.ts';
import { RANKER_LEARNERS, type RankerLearner } from './train-ranker.ts';
import { cardPath, writeCard } from './write-card.ts';

export interface PublishOptions {
  readonly seed: number;
  /** Who is said to have published. */
  readonly by: string;
  /** As of what serves now where absent, so that a schedule goes on with what was chosen. */
  readonly learner?: RankerLearner;
  /** Only the ranker, under a name: for placements and experiments that ask for it. */
  readonly name?: string;
  /** Keep it as a candidate, whatever its gates say: what serves stays. */
  readonly candidate?: boolean;
  readonly onProgress?: TrainingProgress;
}

export interface Published {
  readonly card: ModelCard;
  /** The ranker's version. */
  readonly version: number;
  /** Of the heads that were published with it, to serve where their gates are open; absent where too little was shown. */
  readonly actions?: ActionCard;
  /** Why its card is not among the files; it serves all the same. */
  readonly unwritten?: string;
}

export type TrainedInWorker = TrainedModels & {
  readonly actions?: TrainedActions;
  /** The embedding, as it is to serve. */
  readonly read: ReadModel;
};

/** Where what was trained on a directory is published: to the engine that has the directory open, or to a server that serves it. */
export interface PublishingPlace {
  readonly models: Pick<ModelDesk, 'checkName' | 'serving' | 'publish'>;
}

/** Throws `id-taken`, `no-data`, and `model-refused` where the gates are closed; a failed training leaves what serves as it is. */
export async function trainAndPublish(
  place: PublishingPlace,
  directory: string,
  { seed, by, learner, name, candidate, onProgress }: PublishOptions,
): Promise<Published> {
  const model = name === undefined ? 'ranker' : `ranker:${name}`;
  place.models.checkName(model);
  const { ranker, embedding, card, actions, read } = await inWorker<TrainedInWorker>(
    workerUrl(import.meta.url, './train-worker.ts'),
    { directory, seed, model, learner: learner ?? learnerOf(place, model) },
    (progress) => {
      const { done, all, what } = progress as { done: number; all: number; what: string };
      onProgress?.(done, all, what);
    },
  );
  remember(embedding, read);
  const { reasons } = card.gates;
  if (reasons.length > 0 && candidate !== true) {
    const message = `the new ${model} is not published, what serves now stays: ${reasons.join('; ')}`;
    throw new RialtoError('model-refused', message, { reasons });
  }
  const heads = actions && digestOf(actions.bytes);
  const models: NewModel[] = [{ name: model, bytes: ranker, card: { ...card, ...(heads && { actions: heads }) }, by }];
  const { orders, from, to, logOffset, graph, listings } = card;
  const described = { orders, from, to, logOffset, seed, listings, ...(graph && { graph }) };
  if (name === undefined) models.unshift({ name: 'embedding', bytes: embedding, card: described, by });
  if (actions !== undefined)
    models.unshift({
      name: model.replace('ranker', 'actions'),
      bytes: actions.bytes,
      card: { ...actions.card, seed },
      by,
      // What serves stays: heads need not be of the ranker's version.
      ...(actions.card.gates.reasons.length > 0 && { status: 'candidate' }),
    });
  const versions = await place.models.publish(models, candidate === true ? 'candidate' : 'serving');
  const published = versions.at(-1)!;
  const unwritten = await writeCard(cardPath(directory, published), published).then(
    () => undefined,
    ({ message }: Error) => message,
  );
  return {
    card,
    version: published.version,
    ...(actions && { actions: actions.card }),
    ...(unwritten !== undefined && { unwritten }),
  };
}

function learnerOf({ models }: PublishingPlace, model: string): RankerLearner {
  const learner = models.serving(model)?.card['learner'];
  return RANKER_LEARNERS.find((known) => known === learner) ?? 'additive';
}

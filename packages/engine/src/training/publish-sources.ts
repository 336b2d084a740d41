/** Learns candidate sources from a data directory in a worker thread and publishes them to the engine that has the directory open. */
import { RialtoError } from '../base/errors.ts';
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { SOURCES_MODEL } from '../retrieval/learned-sources.ts';
import type { StudyProgress } from './study-placements.ts';
import type { PublishingPlace } from './train-and-publish.ts';
import type { SourcesCard, TrainedSources } from './train-sources.ts';

export interface PublishSourcesOptions {
  readonly seed: number;
  /** Who is said to have published. */
  readonly by: string;
  /** Gain that a candidate has to bring; as of what serves now where absent, so that a schedule goes on with what was chosen. */
  readonly cost?: number;
  /** Keep it as a candidate, whatever its gates say: what serves stays. */
  readonly candidate?: boolean;
  readonly onProgress?: StudyProgress;
}

export interface PublishedSources {
  readonly card: SourcesCard;
  readonly version: number;
}

/** Throws `no-data`, and `model-refused` where no placement gains; what serves stays then. */
export async function publishSources(
  place: PublishingPlace,
  directory: string,
  { seed, by, cost, candidate, onProgress }: PublishSourcesOptions,
): Promise<PublishedSources> {
  const { bytes, card } = await inWorker<TrainedSources>(
    workerUrl(import.meta.url, './sources-worker.ts'),
    { directory, seed, cost: cost ?? costOf(place) },
    (progress) => {
      const { done, all, what } = progress as { done: number; all: number; what: string };
      onProgress?.(done, all, what);
    },
  );
  const { reasons } = card.gates;
  if (reasons.length > 0 && candidate !== true) {
    const message = `the new ${SOURCES_MODEL} are not published, what serves now stays: ${reasons.join('; ')}`;
    throw new RialtoError('model-refused', message, { reasons });
  }
  const model = { name: SOURCES_MODEL, bytes, card: { ...card }, by };
  const [published] = await place.models.publish([model], candidate === true ? 'candidate' : 'serving');
  return { card, version: published!.version };
}

function costOf({ models }: PublishingPlace): number {
  const cost = models.serving(SOURCES_MODEL)?.card['cost'];
  return typeof cost === 'number' ? cost : 0;
}

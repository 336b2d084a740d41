/**
 * What features were worth over the candidates of the latest decisions: kept with a ranker that is trained, so that what it is asked about later can be
 * compared with what was asked when it was made. Orders that it learned from are another crowd than visitors are.
 */
import { hashUnit } from '../base/hash.ts';
import { applyRecord } from '../delivery/apply.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { DECISIONS_MIN } from '../delivery/serving-models.ts';
import { Workspace } from '../delivery/workspace.ts';
import type { Distribution } from '../learning/drift.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { FeatureSample } from './feature-sample.ts';
import { reconsider } from './reconsider.ts';

/** How much of the log's end is looked at, and how many of its decisions. */
export const RECORDS_MAX = 200_000;
export const DECISIONS_MAX = 300;

/** Of the decisions of the records [begin, end) so many by chance, by the state that made them. */
export async function someDecisions(log: Log, begin: number, end: number, most: number): Promise<DecisionRecord[]> {
  const all: DecisionRecord[] = [];
  for await (const { records } of log.read(0, begin, end))
    for (const record of records) if (record.kind === 'decision' && record.stateOffset >= begin) all.push(record);
  return all
    .map((record) => ({ record, unit: hashUnit(7, record.id) }))
    .sort((a, b) => a.unit - b.unit)
    .slice(0, most)
    .map(({ record }) => record)
    .sort((a, b) => a.stateOffset - b.stateOffset);
}

/** By feature, of placements that the serving ranker ranks; undefined where too few decisions were made to say. */
export async function sampleTraffic({
  log,
  checkpoints,
}: {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
}): Promise<Record<string, Distribution> | undefined> {
  const end = log.end()[0]!;
  const begin = Math.max(0, end - RECORDS_MAX);
  const kept = await someDecisions(log, begin, end, DECISIONS_MAX);
  if (kept.length < DECISIONS_MIN) return undefined;
  const state = await rebuild({ log, ...(checkpoints && { checkpoints }), offset: begin });
  const workspace = new Workspace();
  const sample = new FeatureSample();
  let next = 0;
  const lookHere = (): void => {
    for (; kept[next]?.stateOffset === state.offset; next++)
      reconsider(state, kept[next]!, workspace, ({ placement }) => {
        if (placement.ranker === undefined) sample.add(workspace);
      });
  };
  lookHere();
  for await (const { records } of log.read(0, begin, kept.at(-1)!.stateOffset))
    for (const record of records) {
      applyRecord(state, record);
      lookHere();
    }
  return sample.values(0).length === 0 ? undefined : sample.distributions();
}

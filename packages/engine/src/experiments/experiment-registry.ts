/**
 * All experiments, compiled, and found by the placements that they concern. What lies in the state is which units are sticky
 * and how many exposures there were; the compiled form follows from the experiments' records, and is made when it is asked for.
 */
import type { Experiment, Exposure } from '@rialto/sdk';
import { float64Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Documents } from '../market/documents.ts';
import { BanditBooks } from './bandit-book.ts';
import { type CompiledExperiment, compileExperiment } from './compiled-experiment.ts';
import { INTERLEAVED } from './interleaving.ts';
import { PlacementPlan } from './placement-plan.ts';
import { StickyBuckets } from './sticky-buckets.ts';

interface Compiled {
  readonly all: readonly CompiledExperiment[];
  readonly byId: ReadonlyMap<string, CompiledExperiment>;
  readonly byPlacement: ReadonlyMap<string, readonly CompiledExperiment[]>;
  /** Those that run or have shipped a variant, and change single items. */
  readonly ofItems: readonly CompiledExperiment[];
  /** Those that concern every placement. */
  readonly everywhere: readonly CompiledExperiment[];
  /** By placement; made when a page asks for it. */
  readonly plans: Map<string, PlacementPlan>;
}

export class ExperimentRegistry implements Part {
  readonly sticky = new StickyBuckets();
  readonly bandits = new BanditBooks();
  readonly #documents: Documents<Experiment>;
  readonly #versionOf: (row: number) => number;
  readonly #counted = new Interner('experiments.exposures.of');
  readonly #counts = float64Column(); // [experiment and variant]
  #compiled: Compiled | undefined;
  /** All but one, as long as the whole is the same. */
  #others: { readonly whole: Compiled; readonly left: string; readonly compiled: Compiled } | undefined;
  /** When an experiment was changed last, by the log's time; 0 where none was. */
  changedAt = 0;

  constructor(documents: Documents<Experiment>, versionOf: (row: number) => number) {
    this.#documents = documents;
    this.#versionOf = versionOf;
  }

  /** To be called after an experiment was put. */
  changed(at: number): void {
    this.#compiled = undefined;
    this.changedAt = at;
  }

  /** In order of first appearance. */
  all(): readonly CompiledExperiment[] {
    return this.#ready().all;
  }

  find(id: string): CompiledExperiment | undefined {
    return this.#ready().byId.get(id);
  }

  /** Those that run or have shipped a variant, and concern the placement. */
  touching(placement: string): readonly CompiledExperiment[] {
    const { byPlacement, everywhere } = this.#ready();
    return byPlacement.get(placement) ?? everywhere;
  }

  /** What concerns the placement at a time; undefined where nothing does. Its memory is that of all pages. */
  planOf(placement: string, at: number): PlacementPlan | undefined {
    const { plans } = this.#ready();
    let plan = plans.get(placement);
    if (plan === undefined || at < plan.from || at >= plan.until) {
      plan = new PlacementPlan(placement, this.touching(placement), at);
      plans.set(placement, plan);
    }
    return plan.experiments.length === 0 ? undefined : plan;
  }

  /** Those that run or have shipped a variant, and change single items. */
  ofItems(): readonly CompiledExperiment[] {
    return this.#ready().ofItems;
  }

  /** Counts an exposure, and keeps the unit where it is if that is asked for. */
  expose({ experiment, variant, unit, probabilities, segment, side }: Exposure, at: number): void {
    const compiled = this.find(experiment);
    // Before the counts are reached for: a new row moves them.
    const row = this.#countRow(compiled, experiment, variant);
    this.#counts.data[row]!++;
    if (compiled !== undefined && stays(compiled, side)) this.sticky.keep(compiled, unit, variant, at);
    if (probabilities === undefined) return;
    const arm = compiled?.variantOf.get(variant);
    // The variants may have changed since it was drawn.
    if (arm !== undefined) compiled!.bandit?.dealt(unit, arm, at, segment);
  }

  /** Counts a list that was made of two rankings. */
  interleaved(experiment: string): void {
    const row = this.#countRow(undefined, experiment, INTERLEAVED);
    this.#counts.data[row]!++;
  }

  /** Found by the experiment's compiled form: making a key of names costs more than all the rest. */
  #countRow(compiled: CompiledExperiment | undefined, experiment: string, variant: string): number {
    const index = compiled?.variantOf.get(variant);
    const known = index === undefined ? -1 : compiled!.countRows[index]!;
    if (known >= 0) return known;
    const row = this.#counted.intern(`${experiment}\n${variant}`);
    this.#counts.resize(Math.max(row + 1, this.#counts.length));
    if (index !== undefined) compiled!.countRows[index] = row;
    return row;
  }

  /** Forgets what somebody was dealt; how many were exposed stays. */
  erase(kind: 'buyer' | 'session', unit: string): void {
    this.sticky.erase(kind, unit);
    this.bandits.erase(kind, unit);
  }

  exposures(experiment: string, variant: string): number {
    const row = this.#counted.find(`${experiment}\n${variant}`);
    return row < 0 ? 0 : this.#counts.data[row]!;
  }

  /** Does the work as if there were no such experiment. What is learned meanwhile is lost: not for applying records. */
  without<T>(id: string, work: () => T): T {
    const whole = this.#ready();
    if (this.#others?.whole !== whole || this.#others.left !== id) {
      const compiled = compileAll(this.#documents, this.#versionOf, this.bandits, id);
      this.#others = { whole, left: id, compiled };
    }
    this.#compiled = this.#others.compiled;
    try {
      return work();
    } finally {
      this.#compiled = whole;
    }
  }

  #ready(): Compiled {
    this.#compiled ??= compileAll(this.#documents, this.#versionOf, this.bandits);
    return this.#compiled;
  }

  save(out: SnapshotWriter): void {
    out.json('experiments', this.changedAt);
    this.sticky.save(out);
    this.bandits.save(out);
    this.#counted.save(out);
    this.#counts.save(out, 'experiments.exposures');
  }

  load(from: SnapshotReader): void {
    this.sticky.load(from);
    this.bandits.load(from);
    this.#counted.load(from);
    this.#counts.load(from, 'experiments.exposures');
    this.changed(from.json<number>('experiments'));
  }
}

function compileAll(
  documents: Documents<Experiment>,
  versionOf: (row: number) => number,
  bandits: BanditBooks,
  left?: string,
): Compiled {
  const byId = new Map<string, CompiledExperiment>();
  const holdouts: CompiledExperiment[] = [];
  const underWay = new Set<string>();
  const compile = (id: string): CompiledExperiment | undefined => {
    const row = documents.ids.find(id);
    if (byId.has(id) || row < 0 || underWay.has(id) || id === left) return byId.get(id);
    underWay.add(id);
    const input = { version: versionOf(row), row, parentOf: compile, holdouts, bandit: bandits.of(id) };
    const compiled = compileExperiment(documents.at(row), input);
    underWay.delete(id);
    byId.set(id, compiled);
    return compiled;
  };
  const rows = Array.from({ length: documents.size }, (_, row) => row).filter(
    (row) => documents.ids.text(row) !== left,
  );
  const holdsOut = (row: number): boolean => documents.at(row).holdsOut !== undefined;
  for (const row of rows.filter(holdsOut)) holdouts.push(compile(documents.ids.text(row))!);
  const all = rows.map((row) => compile(documents.ids.text(row))!);
  // Whose part of the budgets a page spends must be known wherever ads may be.
  const ofItems = all.filter(({ items, running, shipped }) => items !== undefined && (running || shipped >= 0));
  const everywhere = all.filter(({ running, experiment }) => running && experiment.splitsBudgets === true);
  return { all, byId, byPlacement: byPlacement(all, everywhere), ofItems, everywhere, plans: new Map() };
}

function byPlacement(
  all: readonly CompiledExperiment[],
  everywhere: readonly CompiledExperiment[],
): Map<string, CompiledExperiment[]> {
  const found = new Map<string, CompiledExperiment[]>();
  for (const compiled of all) {
    if (compiled.items !== undefined || (!compiled.running && compiled.shipped < 0)) continue;
    for (const placement of placementsOf(compiled.experiment)) {
      const known = found.get(placement);
      if (known) known.push(compiled);
      else found.set(placement, [compiled]);
    }
  }
  for (const list of found.values())
    for (const experiment of everywhere) if (!list.includes(experiment)) list.push(experiment);
  return found;
}

/** Whether a unit that was exposed keeps its variant. Items do by themselves; buyers who are dealt beside them are told by their hash. */
function stays({ experiment, items }: CompiledExperiment, side: Exposure['side']): boolean {
  return items === undefined ? experiment.sticky === true : !items.twoSided || side !== undefined;
}

/** Where an experiment is met: the placements that it changes, and those that carry its value. */
export function placementsOf({ placements = [], variants }: Experiment): ReadonlySet<string> {
  return new Set([...placements, ...variants.flatMap(({ changes = {} }) => Object.keys(changes))]);
}

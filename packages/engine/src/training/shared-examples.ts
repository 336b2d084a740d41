/** Examples in memory that worker threads see without copying it again. */
import type { Examples, LabelledExamples } from '../learning/examples.ts';
import type { Observation } from '../learning/observation.ts';

/** Columns that are shared already are taken as they are. */
export function shareExamples(examples: LabelledExamples): LabelledExamples {
  return { ...shareFeatures(examples), labels: shared(examples.labels) };
}

export function shareFeatures({ rows, numbers, categories, sparse }: Examples): Examples {
  return {
    rows,
    numbers: numbers.map(({ name, values }) => ({ name, values: shared(values) })),
    categories: categories.map(({ name, values }) => ({ name, values: shared(values) })),
    ...(sparse && {
      sparse: { starts: shared(sparse.starts), indices: shared(sparse.indices), values: shared(sparse.values) },
    }),
  };
}

export function shareObservation({ labels, weights, seen, offsets }: Observation): Observation {
  return {
    labels: shared(labels),
    ...(weights && { weights: shared(weights) }),
    ...(seen && { seen: shared(seen) }),
    ...(offsets && { offsets: shared(offsets) }),
  };
}

function shared<T extends Float32Array | Int32Array | Uint8Array>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const make = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new make(new SharedArrayBuffer(values.byteLength));
  copy.set(values as never);
  return copy;
}

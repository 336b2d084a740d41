import type { LabelledExamples } from './examples.ts';

/** About a slot for each coordinate that there can be, within bounds of memory. */
export function slotBits({ rows, numbers, categories, sparse }: LabelledExamples): number {
  const coordinates = rows * (numbers.length + categories.length) + (sparse?.indices.length ?? 0);
  return Math.min(22, Math.max(12, Math.ceil(Math.log2(coordinates))));
}

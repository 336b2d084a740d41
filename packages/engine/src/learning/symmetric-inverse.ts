/**
 * The inverse of a symmetric positive definite matrix in single precision, by the sweep operator in blocks (Goodnight, The
 * American Statistician 1979): for each block K of rows, with D = A_KK⁻¹ and W = A_·K D,
 *
 *     A ← A − W A_K·   outside K,     A_·K ← W,     A_KK ← −D
 *
 * after which A is −A⁻¹. Only the lower triangle is worked on: n³/2 multiplications, nearly all of them in the SIMD kernel.
 */
import { type KernelMemory, type Kernels, kernelMemory, kernelsOver, PANEL } from './simd-kernels.ts';

const BLOCK = PANEL;
const PIVOT_MIN = 1e-12;

/** A square matrix in the kernel's memory; `stride` entries a row, at least `size`. */
export interface DenseMatrix {
  readonly size: number;
  readonly stride: number;
  readonly values: Float32Array; // [stride × stride]
  readonly memory: KernelMemory;
}

/** Zeros, and ones on the part of the diagonal that pads to whole blocks. */
export function denseMatrix(size: number): DenseMatrix {
  const stride = Math.max(BLOCK, Math.ceil(size / BLOCK) * BLOCK);
  const memory = kernelMemory(4 * (stride * stride + 2 * stride * BLOCK + BLOCK * BLOCK));
  const values = new Float32Array(memory.buffer, 0, stride * stride);
  for (let i = size; i < stride; i++) values[i * stride + i] = 1;
  return { size, stride, values, memory };
}

/** Replaces the matrix, of which the lower triangle is read, by its inverse. */
export function invertSymmetric(matrix: DenseMatrix): void {
  const { stride, values, memory } = matrix;
  const kernels = kernelsOver(memory);
  const panels = new Panels(matrix, kernels);
  for (let k = 0; k < stride; k += BLOCK) {
    panels.take(k);
    kernels.downdate(0, 4 * stride, stride, panels.wAddress, panels.uAddress, BLOCK);
    panels.put(k);
  }
  for (let i = 0; i < stride; i++)
    for (let j = 0; j <= i; j++) {
      const value = -values[i * stride + j]!;
      values[i * stride + j] = value;
      values[j * stride + i] = value;
    }
}

/** A_·K and W, packed as the kernel wants them. */
class Panels {
  readonly wAddress: number;
  readonly uAddress: number;
  readonly #matrix: DenseMatrix;
  readonly #kernels: Kernels;
  readonly #w: Float32Array; // [stride / 4 × BLOCK × 4]
  readonly #u: Float32Array; // [stride / 8 × BLOCK × 8]
  readonly #inverse = new Float64Array(BLOCK * BLOCK);
  readonly #shortInverse: Float32Array; // what the kernel reads. [BLOCK × BLOCK]

  constructor(matrix: DenseMatrix, kernels: Kernels) {
    const { stride, memory } = matrix;
    this.#matrix = matrix;
    this.#kernels = kernels;
    this.wAddress = 4 * stride * stride;
    this.uAddress = this.wAddress + 4 * stride * BLOCK;
    this.#w = new Float32Array(memory.buffer, this.wAddress, stride * BLOCK);
    this.#u = new Float32Array(memory.buffer, this.uAddress, stride * BLOCK);
    this.#shortInverse = new Float32Array(memory.buffer, this.uAddress + 4 * stride * BLOCK, BLOCK * BLOCK);
  }

  /** Reads block `k`; its own rows are left zero, so that the kernel passes them by. */
  take(k: number): void {
    const { stride, values } = this.#matrix;
    const inverse = this.#inverse;
    for (let a = 0; a < BLOCK; a++)
      for (let b = 0; b <= a; b++) {
        const value = values[(k + a) * stride + k + b]!;
        inverse[a * BLOCK + b] = value;
        inverse[b * BLOCK + a] = value;
      }
    invertSmall(inverse, BLOCK);
    this.#shortInverse.set(inverse);
    for (let i = 0; i < stride; i++) {
      const inside = i >= k && i < k + BLOCK;
      const u = (i >> 3) * BLOCK * 8 + (i & 7);
      for (let a = 0; a < BLOCK; a++)
        this.#u[u + 8 * a] = inside ? 0 : i < k ? values[(k + a) * stride + i]! : values[i * stride + k + a]!;
    }
    this.#kernels.panel(this.uAddress, this.wAddress, this.#shortInverse.byteOffset, stride);
  }

  put(k: number): void {
    const { stride, values } = this.#matrix;
    for (let i = 0; i < stride; i++) {
      if (i >= k && i < k + BLOCK) continue;
      const w = (i >> 2) * BLOCK * 4 + (i & 3);
      for (let a = 0; a < BLOCK; a++) {
        if (i < k) values[(k + a) * stride + i] = this.#w[w + 4 * a]!;
        else values[i * stride + k + a] = this.#w[w + 4 * a]!;
      }
    }
    for (let a = 0; a < BLOCK; a++)
      for (let b = 0; b < BLOCK; b++) values[(k + a) * stride + k + b] = -this.#inverse[a * BLOCK + b]!;
  }
}

/** In place, by Gauss–Jordan; the pivots of a positive definite matrix need no order. [size × size] */
function invertSmall(a: Float64Array, size: number): void {
  for (let p = 0; p < size; p++) {
    const pivot = 1 / Math.max(a[p * size + p]!, PIVOT_MIN);
    for (let j = 0; j < size; j++) a[p * size + j]! *= pivot;
    a[p * size + p] = pivot;
    for (let i = 0; i < size; i++) {
      if (i === p) continue;
      const factor = a[i * size + p]!;
      if (factor === 0) continue;
      a[i * size + p] = 0;
      for (let j = 0; j < size; j++) a[i * size + j]! -= factor * a[p * size + j]!;
    }
  }
}

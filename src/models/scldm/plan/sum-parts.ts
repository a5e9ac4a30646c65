/** @file Sums that a kernel leaves in pieces: a fixed number on the CPU, whatever the threads; one on a GPU, which orders its sums itself. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { recordSum } from '../../tape/layers.ts';
import type { Tape } from '../../tape/tape.ts';

const PARTS = { cpu: 8, webgpu: 1 } as const;

/** Pieces of a sum on a device. */
export function sumParts({ kind }: Pick<ComputeDevice, 'kind'>): number {
  return PARTS[kind];
}

/** Room for pieces of a matrix, and what records their sum. */
export interface PartSum {
  readonly all: { readonly view: View };
  readonly record: () => Matrix;
}

/** Takes the room; one piece is its own sum. */
export function sumInParts(tape: Tape, parts: number, rows: number, columns: number): PartSum {
  const all = tape.dense(parts, rows * columns);
  if (parts === 1) return { all, record: () => matrix(all.view, rows, columns) };
  const sum = tape.dense(rows, columns);
  return {
    all,
    record: () => {
      recordSum(tape, all, sum.view);
      return sum;
    },
  };
}

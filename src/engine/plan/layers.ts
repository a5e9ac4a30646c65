/** @file Layers as recorded calls: affine maps forward and backward, SiLU, in a few lines each. */
import type { View } from '../kernels/list.ts';
import type { Recorder } from './recorder.ts';

/** A dense matrix in memory, row-major with a stride. */
export interface Matrix {
  readonly view: View;
  readonly rows: number;
  readonly columns: number;
  /** Numbers from one row to the next. */
  readonly stride: number;
}

/** A matrix whose rows follow each other without gaps. */
export function matrix(view: View, rows: number, columns: number): Matrix {
  return { view, rows, columns, stride: columns };
}

/** Columns from … from + count − 1 of a matrix. */
export function columnsOf(whole: Matrix, from: number, count: number): Matrix {
  const address = whole.view.address + from * 4;
  const bytes = whole.view.bytes - from * 4;
  return { view: { address, bytes }, rows: whole.rows, columns: count, stride: whole.stride };
}

/** What a product is finished with. */
export interface Finish {
  readonly bias?: View | null;
  /** Multiplies the entries; lies like `out` with stride `side`. */
  readonly factor?: View | null;
  /** Added last; lies like `out` with stride `side`, or its row rows[i] goes to row i. */
  readonly addend?: View | null;
  readonly side?: number;
  readonly rows?: View | null;
}

function product(
  recorder: Recorder,
  layout: 0 | 1 | 2,
  a: Matrix,
  b: Matrix,
  out: Matrix,
  depth: number,
  finish: Finish,
): void {
  recorder.call('gemm', {
    layout,
    a: a.view,
    lda: a.stride,
    b: b.view,
    ldb: b.stride,
    c: out.view,
    ldc: out.stride,
    m: out.rows,
    n: out.columns,
    k: depth,
    bias: finish.bias ?? null,
    factor: finish.factor ?? null,
    addend: finish.addend ?? null,
    side: finish.side ?? out.stride,
    rows: finish.rows ?? null,
  });
}

/** out = x · weight, finished; weight [in, out]. */
export function affine(
  recorder: Recorder,
  x: Matrix,
  weight: Matrix,
  out: Matrix,
  finish: Finish = {},
): void {
  product(recorder, 0, x, weight, out, x.columns, finish);
}

/** Where the value before a SiLU, SiLU of it, and SiLU's derivative there go; all of one shape and stride. */
export interface SiluOutputs {
  readonly x: Matrix | null;
  readonly y: Matrix;
  readonly slope: Matrix | null;
}

/** x · weight + bias + addend, and SiLU of it, in one pass. */
export function affineSilu(
  recorder: Recorder,
  x: Matrix,
  weight: Matrix,
  out: SiluOutputs,
  finish: Omit<Finish, 'factor'> = {},
): void {
  recorder.call('gemmSilu', {
    layout: 0,
    a: x.view,
    lda: x.stride,
    b: weight.view,
    ldb: weight.stride,
    c: out.x?.view ?? null,
    y: out.y.view,
    slope: out.slope?.view ?? null,
    ldc: out.y.stride,
    m: out.y.rows,
    n: out.y.columns,
    k: x.columns,
    bias: finish.bias ?? null,
    addend: finish.addend ?? null,
    side: finish.side ?? out.y.stride,
    rows: finish.rows ?? null,
  });
}

/** dx = dy · weightᵀ, finished. */
export function affineInputGradient(
  recorder: Recorder,
  dy: Matrix,
  weight: Matrix,
  dx: Matrix,
  finish: Finish = {},
): void {
  product(recorder, 1, dy, weight, dx, dy.columns, finish);
}

/** dWeight = xᵀ · dy, finished. */
export function affineWeightGradient(
  recorder: Recorder,
  x: Matrix,
  dy: Matrix,
  dWeight: Matrix,
  finish: Finish = {},
): void {
  product(recorder, 2, x, dy, dWeight, x.rows, finish);
}

/** dBias = column sums of dy, also into `copy` where another bias has the same gradient. */
export function biasGradient(
  recorder: Recorder,
  dy: Matrix,
  dBias: View,
  copy: View | null = null,
): void {
  recorder.call('columnSums', {
    x: dy.view,
    stride: dy.stride,
    sums: dBias,
    copy,
    rows: dy.rows,
    columns: dy.columns,
  });
}

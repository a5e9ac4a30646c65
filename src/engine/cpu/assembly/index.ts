/**
 * @file The CPU device's kernels behind one entry: a program is a list of calls of 16 words, the kernel's number and its arguments.
 *
 * Numbers are those of src/engine/kernels/list.ts, in its order; 0 is the barrier.
 */
import { drawCounts } from './draws';
import { addScaled, columnSums, combine, exponential, silu, squaredError, sumPartials } from './elementwise';
import { addLabelRows, copy, errorSquares, labelGradient, mixSilu, pathPoint, setLastColumn, siluOfSum } from './flow';
import { gemm } from './gemm';
import { negativeBinomial, softmaxRows, sumBlocks } from './likelihood';
import { batchNormElu, batchNormEluEval, batchNormEluGradient } from './norm';
import { adamw, sumSquares } from './optimiser';
import { rowNormals, timeFeatures } from './random';
import { csrAffine, csrLog, csrTranspose, csrWeightGradient } from './sparse';
import { announce, announcedCalls, announcedProgram, announcedThreads, barrier, nextCommand } from './threads';

const CALL_BYTES: i32 = 64;

function call(kernel: i32, words: usize, thread: i32, threads: i32): void {
  switch (kernel) {
    case 0: return barrier(threads);
    case 1: return gemm(words, thread, threads);
    case 2: return csrLog(words, thread, threads);
    case 3: return csrTranspose(words, thread, threads);
    case 4: return csrAffine(words, thread, threads);
    case 5: return csrWeightGradient(words, thread, threads);
    case 6: return batchNormElu(words, thread, threads);
    case 7: return batchNormEluEval(words, thread, threads);
    case 8: return batchNormEluGradient(words, thread, threads);
    case 9: return softmaxRows(words, thread, threads);
    case 10: return negativeBinomial(words, thread, threads);
    case 11: return sumBlocks(words, thread, threads);
    case 12: return silu(words, thread, threads);
    case 13: return exponential(words, thread, threads);
    case 14: return addScaled(words, thread, threads);
    case 15: return combine(words, thread, threads);
    case 16: return columnSums(words, thread, threads);
    case 17: return squaredError(words, thread, threads);
    case 18: return sumPartials(words, thread, threads);
    case 19: return sumSquares(words, thread, threads);
    case 20: return adamw(words, thread, threads);
    case 21: return rowNormals(words, thread, threads);
    case 22: return timeFeatures(words, thread, threads);
    case 23: return pathPoint(words, thread, threads);
    case 24: return addLabelRows(words, thread, threads);
    case 25: return labelGradient(words, thread, threads);
    case 26: return siluOfSum(words, thread, threads);
    case 27: return mixSilu(words, thread, threads);
    case 28: return setLastColumn(words, thread, threads);
    case 29: return errorSquares(words, thread, threads);
    case 30: return copy(words, thread, threads);
    case 31: return drawCounts(words, thread, threads);
    default: unreachable();
  }
}

function perform(program: usize, calls: i32, thread: i32, threads: i32): void {
  for (let i = 0; i < calls; i++) {
    const at = program + i * CALL_BYTES;
    call(load<i32>(at), at + 4, thread, threads);
  }
  barrier(threads);
}

/** Runs a program on all threads and returns when it is done. */
export function run(program: usize, calls: i32, threads: i32): void {
  announce(program, calls, threads);
  perform(program, calls, 0, threads);
}

/** A helper's life: programs until one at address 0 ends it. */
export function help(thread: i32, seen: i32): void {
  for (;;) {
    seen = nextCommand(seen);
    const program = announcedProgram();
    if (program === 0) return;
    perform(program, announcedCalls(), thread, announcedThreads());
  }
}

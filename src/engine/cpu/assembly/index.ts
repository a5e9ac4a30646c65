/**
 * @file The CPU device's kernels behind one entry: a program is a list of calls of 32 words, the kernel's number and its arguments.
 *
 * Numbers are those of src/engine/kernels/list.ts, in its order; 0 is the barrier.
 */
import { activate, swiglu, swigluGradient } from './activations';
import { attention, attentionGradient } from './attention';
import { countPooling, countPoolingGradient } from './count-pooling';
import { differentialAttention, differentialAttentionGradient } from './differential-attention';
import { drawCounts } from './draws';
import { addScaled, columnSums, combine, exponential, silu, squaredError, sumPartials } from './elementwise';
import { addLabelRows, copy, errorSquares, labelGradient, mixSilu, pathPoint, setLastColumn, siluOfSum } from './flow';
import { gemm, gemmSilu } from './gemm';
import { geneLogits, geneLogitsGradient } from './gene-logits';
import { negativeBinomial, softmaxRows, sumBlocks } from './likelihood';
import { bernoulli, poisson } from './likelihood-counts';
import { batchNormElu, batchNormEluEval, batchNormEluGradient } from './norm';
import { adamw, sumSquares } from './optimiser';
import { rowNormals, timeFeatures } from './random';
import { groupSums, modulate, rowNorm, rowNormFactorGradient, rowNormGradient } from './row-norm';
import {
  addTimes, copyColumns, dotProduct, dropout, gatherRows, gatherRowsGradient, movingAverage, multiplyAdd, rowSums,
  scaleRows, segmentMeans, segmentMeansGradient, softmaxRowsGradient,
} from './rows';
import { csrAffine, csrLog, csrPick, csrTranspose, csrWeightGradient } from './sparse';
import { differentialWeight, differentialWeightGradient, sparseAttention, sparseAttentionGradient } from './sparse-attention';
import { announce, announcedCalls, announcedProgram, announcedThreads, barrier, nextCommand } from './threads';

const CALL_BYTES: i32 = 128;

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
    case 32: return gemmSilu(words, thread, threads);
    case 33: return rowNorm(words, thread, threads);
    case 34: return rowNormGradient(words, thread, threads);
    case 35: return rowNormFactorGradient(words, thread, threads);
    case 36: return modulate(words, thread, threads);
    case 37: return groupSums(words, thread, threads);
    case 38: return activate(words, thread, threads);
    case 39: return swiglu(words, thread, threads);
    case 40: return swigluGradient(words, thread, threads);
    case 41: return softmaxRowsGradient(words, thread, threads);
    case 42: return multiplyAdd(words, thread, threads);
    case 43: return addTimes(words, thread, threads);
    case 44: return scaleRows(words, thread, threads);
    case 45: return copyColumns(words, thread, threads);
    case 46: return gatherRows(words, thread, threads);
    case 47: return gatherRowsGradient(words, thread, threads);
    case 48: return dropout(words, thread, threads);
    case 49: return movingAverage(words, thread, threads);
    case 50: return rowSums(words, thread, threads);
    case 51: return segmentMeans(words, thread, threads);
    case 52: return segmentMeansGradient(words, thread, threads);
    case 53: return dotProduct(words, thread, threads);
    case 54: return bernoulli(words, thread, threads);
    case 55: return poisson(words, thread, threads);
    case 56: return attention(words, thread, threads);
    case 57: return attentionGradient(words, thread, threads);
    case 58: return sparseAttention(words, thread, threads);
    case 59: return sparseAttentionGradient(words, thread, threads);
    case 60: return differentialWeight(words, thread, threads);
    case 61: return differentialWeightGradient(words, thread, threads);
    case 62: return csrPick(words, thread, threads);
    case 63: return geneLogits(words, thread, threads);
    case 64: return geneLogitsGradient(words, thread, threads);
    case 65: return countPooling(words, thread, threads);
    case 66: return countPoolingGradient(words, thread, threads);
    case 67: return differentialAttention(words, thread, threads);
    case 68: return differentialAttentionGradient(words, thread, threads);
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

/** @file Every kernel of the list that the GPU has, by name. */
import type { GpuKernels } from '../kernel.ts';
import { DEEP_KERNELS } from './deep.ts';
import { drawCounts } from './draws.ts';
import { addScaled, combine, copy, exponential, silu } from './elementwise.ts';
import { csrPick } from './feed.ts';
import {
  addLabelRows,
  labelGradient,
  mixSilu,
  pathPoint,
  setLastColumn,
  siluOfSum,
} from './flow.ts';
import { gemm } from './gemm.ts';
import { GENE_GPU_KERNELS } from './genes.ts';
import { negativeBinomial } from './likelihood.ts';
import { batchNormElu, batchNormEluEval, batchNormEluGradient } from './norm.ts';
import { adamw, sumSquares } from './optimiser.ts';
import { rowNormals, timeFeatures } from './random.ts';
import { softmaxRows } from './softmax.ts';
import { csrAffine, csrLog, csrTranspose, csrWeightGradient } from './sparse.ts';
import { columnSums, errorSquares, squaredError, sumBlocks, sumPartials } from './sums.ts';

/** The GPU's kernels. */
export const GPU_KERNELS: GpuKernels = {
  addLabelRows,
  addScaled,
  adamw,
  batchNormElu,
  batchNormEluEval,
  batchNormEluGradient,
  columnSums,
  combine,
  copy,
  csrAffine,
  csrLog,
  csrPick,
  csrTranspose,
  csrWeightGradient,
  drawCounts,
  errorSquares,
  exponential,
  gemm,
  labelGradient,
  mixSilu,
  negativeBinomial,
  pathPoint,
  rowNormals,
  setLastColumn,
  silu,
  siluOfSum,
  softmaxRows,
  squaredError,
  sumBlocks,
  sumPartials,
  sumSquares,
  timeFeatures,
  ...DEEP_KERNELS,
  ...GENE_GPU_KERNELS,
};

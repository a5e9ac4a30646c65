/** @file The kernels of deeper networks (kernels/list-rows.ts and list-attention.ts), by name. */
import type { ATTENTION_KERNELS } from '../../kernels/list-attention.ts';
import type { DIFFERENTIAL_KERNELS } from '../../kernels/list-differential.ts';
import type { ROW_KERNELS } from '../../kernels/list-rows.ts';
import type { GpuKernel } from '../kernel.ts';
import { activate, swiglu, swigluGradient } from './activations.ts';
import { attention, attentionGradient } from './attention.ts';
import { differentialAttention, differentialAttentionGradient } from './differential-attention.ts';
import { gemmSilu } from './gemm.ts';
import { bernoulli, poisson } from './likelihood-counts.ts';
import {
  groupSums,
  modulate,
  rowNorm,
  rowNormFactorGradient,
  rowNormGradient,
} from './row-norm.ts';
import {
  addTimes,
  copyColumns,
  dotProduct,
  dropout,
  gatherRows,
  gatherRowsGradient,
  movingAverage,
  multiplyAdd,
  rowSums,
  scaleRows,
  segmentMeans,
  segmentMeansGradient,
  softmaxRowsGradient,
} from './rows.ts';
import {
  differentialWeight,
  differentialWeightGradient,
  sparseAttention,
  sparseAttentionGradient,
} from './sparse-attention.ts';

type DeepName =
  keyof typeof ROW_KERNELS | keyof typeof ATTENTION_KERNELS | keyof typeof DIFFERENTIAL_KERNELS;

/** Every one of them. */
export const DEEP_KERNELS: { readonly [Name in DeepName]: GpuKernel<Name> } = {
  activate,
  addTimes,
  attention,
  attentionGradient,
  bernoulli,
  copyColumns,
  differentialAttention,
  differentialAttentionGradient,
  differentialWeight,
  differentialWeightGradient,
  dotProduct,
  dropout,
  gatherRows,
  gatherRowsGradient,
  gemmSilu,
  groupSums,
  modulate,
  movingAverage,
  multiplyAdd,
  poisson,
  rowNorm,
  rowNormFactorGradient,
  rowNormGradient,
  rowSums,
  scaleRows,
  segmentMeans,
  segmentMeansGradient,
  softmaxRowsGradient,
  sparseAttention,
  sparseAttentionGradient,
  swiglu,
  swigluGradient,
};

/** @file All cases of the kernels of deeper networks, and of the feeding of steps, for every device. */
import { ATTENTION_CASES } from './attention-cases.ts';
import { DIFFERENTIAL_CASES } from './differential-cases.ts';
import { FEED_CASES } from './feed-cases.ts';
import { GENE_CASES } from './gene-cases.ts';
import { GRAPH_ATTENTION_CASES } from './graph-attention-cases.ts';
import type { KernelCase } from './kernel-bench.ts';
import { LIKELIHOOD_CASES } from './likelihood-cases.ts';
import { NORM_CASES } from './norm-cases.ts';
import { ROW_CASES } from './row-cases.ts';

/** One list. */
export const DEEP_CASES: readonly KernelCase[] = [
  ...NORM_CASES,
  ...ROW_CASES,
  ...LIKELIHOOD_CASES,
  ...ATTENTION_CASES,
  ...DIFFERENTIAL_CASES,
  ...GRAPH_ATTENTION_CASES,
  ...FEED_CASES,
  ...GENE_CASES,
];

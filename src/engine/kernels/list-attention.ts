/** @file The kernels of attention: dense with ragged keys, and sparse by lists of keys; forward and backward. */
import type { KernelTable } from './argument.ts';

/** The sizes that all kernels of attention take, in this order. */
const SIZES = {
  groups: 'int',
  nq: 'int',
  nk: 'int',
  heads: 'int',
  width: 'int',
  sideQ: 'int',
  sideKv: 'int',
} as const;

/**
 * Numbers 56 to 61. Row i of q, out and dq is a query of all heads: head h takes the columns h · width … (h + 1) · width − 1.
 *
 * Scores are q · k / √width + bias. Strides: sideQ of q and dq, sideKv of k, v, dk and dv; out and dOut lie without gaps.
 */
export const ATTENTION_KERNELS = {
  /**
   * Softmax attention within groups; group g has the queries g · nq …, or the same `nq` for all with shared = 1, and the keys
   * starts[g] … starts[g + 1] − 1, or nk each. bias [keys] is added to scores. lse [groups · nq, heads] is kept for the backward. width ≤ 512 on the CPU.
   */
  attention: {
    q: 'in',
    k: 'in',
    v: 'in',
    bias: 'in?',
    starts: 'in?',
    out: 'out',
    lse: 'out?',
    ...SIZES,
    shared: 'int',
  },
  /** Backward of attention. With shared queries dq has rows for every group all the same: add them up with groupSums. */
  attentionGradient: {
    q: 'in',
    k: 'in',
    v: 'in',
    bias: 'in?',
    starts: 'in?',
    out: 'in',
    lse: 'in',
    dOut: 'in',
    dq: 'out',
    dk: 'out',
    dv: 'out',
    ...SIZES,
    shared: 'int',
  },
  /** Query i of every group sees only the keys keys[starts[i]] … of its group; a query without keys gives 0. */
  sparseAttention: {
    q: 'in',
    k: 'in',
    v: 'in',
    starts: 'in',
    keys: 'in',
    out: 'out',
    lse: 'out?',
    ...SIZES,
  },
  /** Backward of sparseAttention: with its lists dq alone; with the queries of every key as lists dk and dv, and no dq. */
  sparseAttentionGradient: {
    q: 'in',
    k: 'in',
    v: 'in',
    starts: 'in',
    keys: 'in',
    out: 'in',
    lse: 'in',
    dOut: 'in',
    dq: 'out?',
    dk: 'out?',
    dv: 'out?',
    ...SIZES,
  },
  /** λ = e^(a₀ · a₁) − e^(a₂ · a₃) + base of differential attention, from vectors [4, width]. */
  differentialWeight: { vectors: 'in', width: 'int', base: 'float', out: 'out' },
  /** Gradient of the vectors from that of λ. */
  differentialWeightGradient: {
    vectors: 'in',
    width: 'int',
    dWeight: 'in',
    dVectors: 'out',
  },
} as const satisfies KernelTable;

/** @file The kernels of differential attention over a graph. */
import type { KernelTable } from './argument.ts';

/**
 * Numbers from 67. A row of x is a token of a group: v, q₁, q₂, k₁, k₂ of all heads, heads · width columns each, `side` numbers from row
 * to row; with crossed = 1 the third and the fourth change places (v, q₁, k₁, q₂, k₂), so that what comes of one source lies together.
 *
 * Token i sees the tokens keys[starts[i]] … of its group, in both maps; who sees a token must be who it sees. Lists of at most 65,536 on the CPU.
 */
export const DIFFERENTIAL_KERNELS = {
  /** out = (A₁ − λ A₂) v with A = softmax(q · k / √width); λ stands at `weight`. The logs of both sums are kept, lse [rows, heads, 2]. */
  differentialAttention: {
    x: 'in',
    starts: 'in',
    keys: 'in',
    weight: 'in',
    out: 'out',
    lse: 'out?',
    groups: 'int',
    tokens: 'int',
    heads: 'int',
    width: 'int',
    side: 'int',
    crossed: 'int',
  },
  /** Backward: dx lies as x does; means [rows, heads, 2] gets Σ A dA of both maps, so that −Σ of the second ones is the gradient of λ. */
  differentialAttentionGradient: {
    x: 'in',
    starts: 'in',
    keys: 'in',
    weight: 'in',
    lse: 'in',
    dOut: 'in',
    dx: 'out',
    means: 'out',
    groups: 'int',
    tokens: 'int',
    heads: 'int',
    width: 'int',
    side: 'int',
    crossed: 'int',
  },
} as const satisfies KernelTable;

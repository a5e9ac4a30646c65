/** @file Both cross-attentions of the set autoencoder in one piece each. */
import type { KernelTable } from './argument.ts';

/**
 * Numbers 63 to 66.
 *
 * Gene logits: a gene's row for a cell is [y | a | b], `width` and twice `gated` numbers: its row of `base` plus weights
 * times the cell's rows of `mix`; weights are the softmax of query · key / √width over the cell's tokens. With ρ = 1 / √(variance
 * of y + 1e-8): logit = y · head + Σ SiLU(ρ a + bias₁) (ρ b + bias₂) · reader.
 *
 * Count pooling: token k is row genes[k] of a table plus logs[k] times its last row. Rows are [values | scores], `width` and `tokens`
 * numbers; with ρ = 1 / √(m₀[gene] + 2 log m₁[gene] + log² m₀[last] + 1e-8), moments [2, rows], query t's score of a token is ρ times its score, its
 * weight the softmax over the cell's tokens, and out = Σ weight · ρ · values + bias; 0 for a cell without tokens.
 * Sizes: GENE_LIMITS.
 */
export const GENE_KERNELS = {
  /** logits [cells, genes]; queries [genes, width], keys [cells · tokens, width], base [genes, side], mix [cells · tokens, side], bias [2 gated]. */
  geneLogits: {
    queries: 'in',
    keys: 'in',
    base: 'in',
    mix: 'in',
    side: 'int',
    bias: 'in',
    reader: 'in',
    head: 'in',
    geneBias: 'in?',
    logits: 'out',
    cells: 'int',
    genes: 'int',
    tokens: 'int',
    width: 'int',
    gated: 'int',
  },
  /**
   * Backward of geneLogits, which is made again. Sums over genes lie in `parts` pieces, one after the other: dKeys, dMix, and
   * sums [parts, width + 3 gated] = Σ dLogit · y, Σ dLogit · gated, gradient of bias. Of base and mix, numbers past a row's end are undefined.
   */
  geneLogitsGradient: {
    queries: 'in',
    keys: 'in',
    base: 'in',
    mix: 'in',
    side: 'int',
    bias: 'in',
    reader: 'in',
    head: 'in',
    dLogits: 'in',
    dQueries: 'out',
    dBase: 'out',
    dKeys: 'out',
    dMix: 'out',
    sums: 'out',
    cells: 'int',
    genes: 'int',
    tokens: 'int',
    width: 'int',
    gated: 'int',
    parts: 'int',
  },
  /** out [cells · tokens, width] from the tokens starts[cell] … of each cell; weights (times ρ) [all, tokens] and ρ [all] are kept for the backward. */
  countPooling: {
    table: 'in',
    side: 'int',
    moments: 'in',
    bias: 'in',
    genes: 'in',
    logs: 'in',
    starts: 'in',
    weights: 'out',
    scales: 'out',
    out: 'out',
    cells: 'int',
    rows: 'int',
    tokens: 'int',
    width: 'int',
  },
  /**
   * Backward of countPooling. Sums over cells lie in `parts` pieces, one after the other: dTable, dMoments, dBias. A GPU adds up gene by
   * gene: gene g is that of the tokens places[geneStarts[g]] …, geneStarts [rows].
   */
  countPoolingGradient: {
    table: 'in',
    side: 'int',
    moments: 'in',
    bias: 'in',
    genes: 'in',
    logs: 'in',
    starts: 'in',
    weights: 'in',
    scales: 'in',
    out: 'in',
    dOut: 'in',
    dTable: 'out',
    dMoments: 'out',
    dBias: 'out',
    cells: 'int',
    rows: 'int',
    tokens: 'int',
    width: 'int',
    parts: 'int',
    geneStarts: 'in',
    places: 'in',
  },
} as const satisfies KernelTable;

/**
 * What these kernels can do. width and gated are multiples of 4, `side` of gene logits of 8; count pooling wants a multiple of 4
 * for tokens too, and rows without gaps.
 */
export const GENE_LIMITS = { tokens: 128, width: 256, side: 4096 } as const;

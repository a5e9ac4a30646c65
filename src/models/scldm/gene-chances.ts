/** @file How often a gene is among those that teach a step. */

/**
 * Chances of genes to be drawn, up to a common factor: the square root of their share of all counts. Genes that are nearly always
 * zero teach little about a cell and cost as much as the others. Whatever the chances, the part's likelihood, given its own total,
 * is right; only the weights of genes in the loss change.
 *
 * @param logShares log of the genes' shares of all counts, [genes]
 */
export function geneChances(logShares: Float32Array): Float64Array {
  return Float64Array.from(logShares, (share) => Math.exp(share / 2));
}

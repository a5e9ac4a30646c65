/** @file Where an autoencoder begins, given the cells it is to learn. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { Random } from '../../numerics/random.ts';
import type { AutoencoderRecipe } from './config.ts';
import { geneLoadings } from './gene-loadings.ts';
import { geneShares } from './gene-shares.ts';
import { initialAutoencoder } from './initial-weights.ts';
import type { AutoencoderShape } from './shapes.ts';

/** First values: random, but for what the recipe takes from the training cells (gene shares, loadings). */
export function firstAutoencoder(
  shape: AutoencoderShape,
  recipe: Pick<AutoencoderRecipe, 'logTheta' | 'geneLoadings'>,
  counts: CsrSource,
  cells: Uint32Array,
  random: Random,
): NamedArray[] {
  const bias = shape.geneBias ? geneShares(counts, cells) : null;
  const arrays = initialAutoencoder(shape, random, recipe.logTheta, bias);
  if (!recipe.geneLoadings) return arrays;
  const table = arrays.find(({ name }) => name === 'genes');
  // Padding's row, where there is one, stays as it is.
  table?.values.set(geneLoadings(counts, cells, shape.width, random.fork(2)));
  return arrays;
}

/** @file Which attributes each cell of a training batch shows to the flow. */
import type { Random } from '../../numerics/random.ts';
import type { FlowRecipe } from '../recipes.ts';

/**
 * Chooses the attributes of every cell of a batch.
 *
 * Recommended: a share `dropout` shows none, a share `allAttributes` shows all, the rest a random proper part of them,
 * so that every combination of attributes is learnt (with one attribute the rest shows it). Faithful (`perBatch`): the
 * whole batch shows none or one attribute.
 * @param attributes how many there are, at most 31
 * @returns one bit mask per cell; bit a is attribute a
 */
export function chooseConditions(
  cells: number,
  attributes: number,
  recipe: Pick<FlowRecipe, 'dropout' | 'perBatch' | 'allAttributes'>,
  random: Random,
): Uint32Array {
  const masks = new Uint32Array(cells);
  if (attributes === 0) return masks;
  if (recipe.perBatch) {
    const shown = random.uniform() < recipe.dropout ? 0 : 1 << random.integer(attributes);
    return masks.fill(shown);
  }
  const all = 2 ** attributes - 1;
  for (let cell = 0; cell < cells; cell++) {
    const u = random.uniform();
    if (u < recipe.dropout) continue;
    const showsAll = attributes === 1 || u < recipe.dropout + recipe.allAttributes;
    masks[cell] = showsAll ? all : properPart(attributes, random);
  }
  return masks;
}

/**
 * Takes away what cells cannot show: attributes of which they are not labelled.
 *
 * @param masks of the cells of a batch, changed in place
 * @param codes category of every cell of the data per attribute, −1 where it is not labelled
 */
export function hideUnlabelled(
  masks: Uint32Array,
  cells: Uint32Array,
  codes: readonly Int32Array[],
): Uint32Array {
  codes.forEach((all, a) => {
    cells.forEach((cell, i) => {
      if (all[cell] < 0) masks[i] &= ~(1 << a);
    });
  });
  return masks;
}

/** A random subset with 1 … n − 1 members: first its size, then who. */
function properPart(n: number, random: Random): number {
  const size = 1 + random.integer(n - 1);
  let mask = 0;
  let left = size;
  for (let a = 0; a < n; a++) {
    if (random.uniform() * (n - a) < left) {
      mask |= 1 << a;
      left--;
    }
  }
  return mask;
}

/**
 * Rows that pick label vectors: one-hot where the mask shows the attribute, else zero.
 *
 * @returns [cells, categories]
 */
export function labelRows(
  codes: ArrayLike<number>,
  masks: Uint32Array,
  attribute: number,
  categories: number,
): Float32Array {
  const rows = new Float32Array(codes.length * categories);
  const bit = 1 << attribute;
  for (let i = 0; i < codes.length; i++) {
    if ((masks[i] & bit) !== 0) rows[i * categories + codes[i]] = 1;
  }
  return rows;
}

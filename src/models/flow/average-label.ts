/** @file A model with one more category in an attribute: the one whose label is the mean of all the others' labels. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { CarriedModel } from './transport.ts';

/**
 * The same model with a last category, called `average`, in the named attribute. Its label is the plain mean over the categories that
 * have training cells, and it counts as seen together with everything that any of them was seen with.
 */
export function averagedModel<Model extends CarriedModel>(model: Model, attribute: string): Model {
  const a = model.attributes.findIndex(({ name }) => name === attribute);
  const { categories, cells } = model.attributes[a];
  const added = categories.length;
  const seen = new Map<string, readonly number[]>();
  for (const { codes } of model.combinations) {
    const averaged = codes.map((code, i) => (i === a ? added : code));
    seen.set(averaged.join(), averaged);
  }
  const extended = {
    name: attribute,
    categories: [...categories, 'average'],
    cells: [...cells, 0],
  };
  return {
    ...model,
    architecture: {
      ...model.architecture,
      categories: model.architecture.categories.map((n, i) => (i === a ? n + 1 : n)),
    },
    attributes: model.attributes.map((own, i) => (i === a ? extended : own)),
    combinations: [
      ...model.combinations,
      ...[...seen.values()].map((codes) => ({ codes, cells: 0 })),
    ],
    flow: model.flow.map((array) => (array.name === `label.${a}` ? withMean(array, cells) : array)),
  };
}

/** Label rows [categories, embedding] with their mean as one more category; a row for "not shown" behind them stays behind. */
function withMean({ name, shape, values }: NamedArray, cells: readonly number[]): NamedArray {
  const width = shape[1];
  const used = cells.flatMap((n, row) => (n > 0 ? [row] : []));
  const mean = Float32Array.from({ length: width }, (_, e) => {
    const sum = used.reduce((total, row) => total + values[row * width + e], 0);
    return sum / used.length;
  });
  const all = new Float32Array(values.length + width);
  const labels = cells.length * width;
  all.set(values.subarray(0, labels));
  all.set(mean, labels);
  all.set(values.subarray(labels), labels + width);
  return { name, shape: [shape[0] + 1, width], values: all };
}

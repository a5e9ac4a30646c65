/** @file Where a figure comes from, in words and as metadata: file, cells, model, seed, weights. */
import { modelFileName } from '../../state/provenance.ts';
import { get } from '../../state/store.ts';

/** How the cells of a figure were made, where they are not those that Guidance steers. */
export interface FigureMade {
  /** End of the caption. */
  readonly words: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Metadata of a figure. "synthetic" is part of it whenever synthetic cells are. */
export function figureProvenance(
  kind: string,
  by: FigureMade | null = null,
): Readonly<Record<string, unknown>> {
  const { data, model, guidance, synthetic } = get();
  const { info } = model;
  const common = {
    program: 'Cellsmith',
    figure: kind,
    made: new Date().toISOString(),
    file: data.summary?.fileName ?? null,
  };
  if (info && by !== null) {
    return {
      ...common,
      synthetic: true,
      model: info.id,
      modelFile: modelFileName(info),
      ...by.facts,
    };
  }
  return {
    ...common,
    ...(info && synthetic.umap !== null
      ? {
          synthetic: true,
          model: info.id,
          modelFile: modelFileName(info),
          seed: synthetic.seed,
          syntheticCells: synthetic.cells,
          guidance: Object.fromEntries(
            info.attributes.map(({ name }) => [
              name,
              guidance.terms[name] ?? { value: null, weight: 1 },
            ]),
          ),
        }
      : {}),
  };
}

/** End of a caption: file, and for synthetic cells the seed and the weights that are not 1. */
export function sourceSentence(by: FigureMade | null = null): string {
  const { data, model, guidance, synthetic } = get();
  const file = data.summary?.fileName ?? 'cells';
  if (by !== null) return `${by.words} ${file}; Cellsmith.`;
  if (!model.info || synthetic.umap === null) return `${file}; Cellsmith.`;
  const set = model.info.attributes.flatMap(({ name }) => {
    const { value = null, weight = 1 } = guidance.terms[name] ?? {};
    return value === null && weight === 1 ? [] : [`${name} ${value ?? 'as in the data'}, weight ${weight}`]; // prettier-ignore
  });
  return [`${file}; Cellsmith, seed ${synthetic.seed}`, ...set].join('; ') + '.';
}

/** File name without ending for a figure of the open file. */
export function figureName(kind: string): string {
  const stem = (get().data.summary?.fileName ?? 'cells').replace(/\.[a-z0-9]+$/i, '');
  return `${stem}-${kind}`.replace(/[^\w.+-]+/g, '-');
}

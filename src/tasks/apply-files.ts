/** @file What the files say that the apply worker saves: one layout for each use. */
import type { OutFile } from '../data/anndata-layout.ts';
import type { ApplyOpen, AugmentAsk, CorrectAsk, CounterfactualAsk, ImputeAsk } from '../protocol/apply.ts'; // prettier-ignore
import type { CategoryColumn, WriteColumn } from '../protocol/dataset.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { withAdded, type AugmentedCells } from './augment.ts';
import { layOutCells, modelProvenance, sameOrigin, type TablesToWrite } from './cells-file.ts';
import type { CorrectedCells } from './correct-batches.ts';
import type { CounterfactualCells } from './counterfactual.ts';
import type { LabelledCells } from './transport.ts';

/** A model and the cells it is used on. */
export interface CellsInUse extends ApplyOpen {
  readonly service: ModelApi;
  readonly info: ModelInfo;
  /** Of the model, in order. */
  readonly genes: readonly string[];
  readonly categorical: Readonly<Record<string, CategoryColumn>>;
  readonly cells: LabelledCells;
  /** Positions of the cells that the model learnt from, and of the others. */
  readonly training: Int32Array;
  readonly heldOutRows: Int32Array;
}

/** The layouts. */
export const applyFiles = {
  /** All cells with `obsm['X_cellsmith']`; X as measured, or corrected counts. */
  corrected(use: CellsInUse, ask: CorrectAsk, done: CorrectedCells): OutFile {
    const counts = done.counts === null ? 'as measured' : 'corrected';
    return layOutCells({
      counts: done.counts ?? use.cells.counts,
      genes: use.genes,
      obsNames: use.cellNames,
      obs: use.columns,
      origin: sameOrigin(done.counts === null ? 'real' : 'corrected', use.cellNames.length),
      latentDim: done.latentDim,
      latents: { X_cellsmith: done.after, X_cellsmith_uncorrected: done.before },
      about: {
        synthetic: done.counts !== null,
        what: `obsm['X_cellsmith'] holds the cells' latents corrected for ${ask.batch}; X holds counts ${counts}`,
        batch: ask.batch,
        to: ask.to ?? 'average',
        keep: [...ask.keep],
        unseen_cells: done.unseenCells,
        ...modelProvenance(use.info),
      },
    });
  },

  /** The changed cells alone, with drawn counts. */
  changed(use: CellsInUse, { set, where }: CounterfactualAsk, made: CounterfactualCells): OutFile {
    const { rows, effect, observed, additive } = made;
    const columns = Object.entries(use.columns).map(([name, column]): [string, WriteColumn] => [
      name,
      pickRows(column, rows),
    ]);
    for (const [name, value] of Object.entries(set)) {
      const codes = new Int32Array(rows.length);
      columns.push([name, { kind: 'categorical', categories: [value], codes }]);
    }
    return layOutCells({
      counts: made.counts,
      genes: use.genes,
      obsNames: Array.from(rows, (i) => use.cellNames[i]),
      obs: Object.fromEntries(columns),
      origin: sameOrigin('counterfactual', rows.length),
      latentDim: made.latentDim,
      latents: { X_cellsmith: made.after, X_cellsmith_before: made.before },
      about: {
        synthetic: true,
        what: 'real cells re-generated under other labels by flow inversion; X holds drawn counts',
        set,
        where,
        extrapolated: made.extrapolated,
        effects: {
          gene: [...use.genes],
          effect: [...effect],
          ...(observed === null ? {} : { observed: [...observed] }),
          ...(additive === null ? {} : { additive: [...additive] }),
        },
        ...modelProvenance(use.info),
      },
    });
  },

  /** Real cells, then the added ones. */
  augmented(use: CellsInUse, ask: AugmentAsk, { sample, counts }: AugmentedCells): OutFile {
    const { info, cells, cellNames } = use;
    const real = cellNames.length;
    const columns = info.attributes.map(({ name, categories }): [string, WriteColumn] => [
      name,
      {
        kind: 'categorical',
        categories,
        codes: Int32Array.from([...cells.codes[name], ...sample.codes[name]]),
      },
    ]);
    const added = Array.from({ length: sample.cells }, (_, i) => `synthetic-${real + i + 1}`);
    return layOutCells({
      counts: withAdded(cells.counts, counts),
      genes: use.genes,
      obsNames: [...cellNames, ...added],
      obs: Object.fromEntries(columns),
      origin: {
        categories: ['real', 'synthetic'],
        codes: new Int32Array(real + sample.cells).fill(1, real),
      },
      latentDim: info.latentDim,
      latents: {},
      about: {
        synthetic: true,
        what: "real cells and, where obs['origin'] says synthetic, generated ones",
        attribute: ask.attribute,
        values: ask.combinations
          ? ask.combinations.map((own) => Object.values(own).join(' × '))
          : [...ask.values],
        seed: ask.seed,
        extrapolated: sample.extrapolated,
        ...modelProvenance(info),
      },
    });
  },

  /** Tables of the file whose layers are the filled genes. */
  imputed(use: CellsInUse, ask: ImputeAsk, referenceCells: number): TablesToWrite {
    return {
      genes: use.genes,
      obsNames: use.cellNames,
      obs: use.columns,
      origin: sameOrigin('real', use.cellNames.length),
      about: {
        synthetic: false,
        what: "X holds counts as measured; layers['imputed'] expected counts, layers['imputed_sd'] their standard errors",
        imputed_genes: ask.genes.length === 0 ? [...use.genes] : [...ask.genes],
        reference_cells: referenceCells,
        passes: ask.passes,
        seed: ask.seed,
        ...modelProvenance(use.info),
      },
    };
  },
};

function pickRows(column: WriteColumn, rows: Int32Array): WriteColumn {
  if (column.kind === 'categorical') return { ...column, codes: rows.map((i) => column.codes[i]) };
  if (column.kind === 'integer') return { ...column, values: rows.map((i) => column.values[i]) };
  return { ...column, values: Float32Array.from(rows, (i) => column.values[i]) };
}

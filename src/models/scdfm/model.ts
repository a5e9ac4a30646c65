/** @file A trained scDFM model: plain data that can be stored. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { ModelAttribute } from '../../protocol/model.ts';
import type { ScreenInfo } from '../../protocol/perturb.ts';
import type { LibraryModel, Whitening } from '../flow/sampled-model.ts';
import type { Combination } from '../training/split.ts';
import type { Components } from './components.ts';
import type { ScdfmArchitecture } from './config.ts';
import type { Reach } from './tokens.ts';

/** Everything a trained model consists of. */
export interface ScdfmModel {
  readonly family: 'scdfm';
  readonly recipe: 'recommended' | 'faithful';
  readonly architecture: ScdfmArchitecture;
  readonly attributes: readonly ModelAttribute[];
  readonly combinations: readonly Combination[];
  readonly whitening: Whitening;
  readonly library: LibraryModel;
  readonly screen: ScreenInfo;
  /** What stands between counts and states: components, what counts are drawn with, and control cells. See `StateArrays`. */
  readonly autoencoder: readonly NamedArray[];
  /** Weights of the velocity network. */
  readonly flow: readonly NamedArray[];
}

/** The arrays of a model beside its network, by name. */
export interface StateArrays {
  /** Components (fast); null where states are expression itself. */
  readonly components: Components | null;
  /** Added to expected log expression before counts are drawn (fast), or the log expression below which a gene is not there, [genes]. */
  readonly offset: Float32Array;
  /** The same from control cells of each context, and last of all contexts, [contexts + 1, genes] (fast); null: the offset serves all. */
  readonly contextOffset: Float32Array | null;
  /** Added for each member of a cell's set, [members seen, genes] (fast); null: nothing is. */
  readonly memberOffset: Float32Array | null;
  /** Changes to cells that are asked for in a context where training never saw their set; null: nothing is changed. */
  readonly carried: CarriedEffects | null;
  /** What perturbations never seen do of what others do. */
  readonly reach: Reach;
  /** Inverse dispersion of each gene's counts, [genes]. */
  readonly theta: Float32Array;
  /** Control cells, whitened states [n, latentDim]. */
  readonly controls: Float32Array;
  /** Mean state of the training's control cells of each context, and last of all, whitened [contexts + 1, latentDim], which the network is shown (pad-lite); null: it is shown the cell that a path begins at. */
  readonly controlMeans: Float32Array | null;
  /** What seen members change in each context beyond their mean change, whitened [contexts · seen, latentDim] (pad-lite); null: nothing is known. */
  readonly contextShifts: Float32Array | null;
  /** Their category per attribute, [n, attributes]; −1 where not labelled. */
  readonly controlCodes: Float32Array;
  /** Their positions among the source file's cells, [n]. */
  readonly controlCells: Float32Array;
}

/** Corrections of what is carried over from other contexts, one for each set and context that training has not together. */
export interface CarriedEffects {
  /** Category of the perturbation column, then of the context's, [combinations, 2]. */
  readonly combinations: Float32Array;
  /** Added to expected log expression in place of the members' offsets, [combinations, genes]. */
  readonly offset: Float32Array;
}

/** Row of a context in the means of control cells; the last one without a context. */
export function meanOfContext(means: Float32Array, dims: number, context: number): Float32Array {
  const row = context < 0 ? means.length / dims - 1 : context;
  return means.subarray(row * dims, (row + 1) * dims);
}

/** Corrections as they are stored. */
export function storeCarried({ combinations, offset }: CarriedEffects): NamedArray[] {
  const n = combinations.length / 2;
  const rows = (name: string, values: Float32Array): NamedArray => ({
    name,
    shape: [n, values.length / n],
    values,
  });
  return [rows('carried_combinations', combinations), rows('carried_offset', offset)];
}

/** The arrays as they are stored. */
export function storeStates(states: Omit<StateArrays, 'carried'>, latentDim: number): NamedArray[] {
  const { components, offset, contextOffset, memberOffset, reach, theta } = states;
  const { controls, controlMeans, contextShifts, controlCodes, controlCells } = states;
  const n = controlCells.length;
  const genes = offset.length;
  return [
    ...(components === null
      ? []
      : [
          { name: 'mean', shape: [genes], values: components.mean },
          { name: 'loadings', shape: [genes, components.dims], values: components.loadings },
        ]),
    { name: 'offset', shape: [genes], values: offset },
    ...offsetRows('context_offset', contextOffset, genes),
    ...offsetRows('member_offset', memberOffset, genes),
    { name: 'reach', shape: [2], values: Float32Array.of(reach.near, reach.mean) },
    { name: 'theta', shape: [genes], values: theta },
    { name: 'controls', shape: [n, latentDim], values: controls },
    ...offsetRows('control_means', controlMeans, latentDim),
    ...offsetRows('context_shifts', contextShifts, latentDim),
    { name: 'control_codes', shape: [n, controlCodes.length / n], values: controlCodes },
    { name: 'control_cells', shape: [n], values: controlCells },
  ];
}

function offsetRows(name: string, values: Float32Array | null, genes: number): NamedArray[] {
  return values === null ? [] : [{ name, shape: [values.length / genes, genes], values }];
}

/** The stored arrays by their meaning. Error: RangeError if one is missing. */
export function readStates(arrays: readonly NamedArray[], genes: number): StateArrays {
  const byName = new Map(arrays.map((a) => [a.name, a]));
  const values = (name: string): Float32Array => {
    const found = byName.get(name);
    if (found === undefined) throw new RangeError(`${name} is missing`);
    return found.values;
  };
  const loadings = byName.get('loadings');
  const [controls, controlCells] = [values('controls'), values('control_cells')];
  const rowsOf = (name: string, width = genes): Float32Array | null => {
    const rows = byName.get(name)?.values ?? null;
    if (rows !== null && rows.length % width !== 0) {
      throw new RangeError(`${name} does not fit the other arrays`);
    }
    return rows;
  };
  const combinations = byName.get('carried_combinations')?.values;
  const offsetOfCarried = rowsOf('carried_offset');
  return {
    components:
      loadings === undefined
        ? null
        : { genes, dims: loadings.shape[1], mean: values('mean'), loadings: loadings.values },
    offset: values('offset'),
    contextOffset: rowsOf('context_offset'),
    memberOffset: rowsOf('member_offset'),
    carried:
      combinations === undefined || offsetOfCarried === null
        ? null
        : { combinations, offset: offsetOfCarried },
    reach: { near: byName.get('reach')?.values[0] ?? 1, mean: byName.get('reach')?.values[1] ?? 0 },
    theta: values('theta'),
    controls,
    controlMeans: rowsOf('control_means', controls.length / controlCells.length),
    contextShifts: rowsOf('context_shifts', controls.length / controlCells.length),
    controlCodes: values('control_codes'),
    controlCells,
  };
}

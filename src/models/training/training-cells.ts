/** @file The cells of an order as every kind of training needs them: which teach, which are held out, their labels and library sizes. */
import type { TrainEvent } from '../../protocol/model.ts';
import { checkTrainingData, largestCells } from './check-data.ts';
import { describeAttribute } from './describe-training.ts';
import { describeLibrary } from '../flow/library.ts';
import { Setbacks } from './setbacks.ts';
import { chooseHeldOut, countCombinations } from './split.ts';
import type { OpenTrainRequest } from './training-data.ts';

/** Cells in their parts. */
export interface TrainingCells {
  /** 1 for held-out cells, [cells]. */
  readonly heldOut: Uint8Array;
  readonly trainingCells: Uint32Array;
  readonly heldOutCells: Uint32Array;
  /** Category of every cell, per attribute; −1 where it is not labelled. */
  readonly codes: readonly Int32Array[];
  readonly setbacks: Setbacks;
}

/** Checks the cells and divides them. Errors: too-few-cells, bad-values. */
export function divideCells(
  request: OpenTrainRequest,
  onEvent: (event: TrainEvent) => void,
): TrainingCells {
  const { data } = request;
  checkTrainingData(data);
  const heldOut = chooseHeldOut(request);
  const every = Uint32Array.from({ length: data.counts.rows }, (_, i) => i);
  return {
    heldOut,
    trainingCells: every.filter((i) => heldOut[i] === 0),
    heldOutCells: every.filter((i) => heldOut[i] === 1),
    codes: data.attributes.map((a) => a.codes),
    setbacks: new Setbacks(
      (at, backTo) => onEvent({ type: 'setback', at, backTo }),
      () => largestCells(data),
    ),
  };
}

/** Natural log of library sizes; of 1 where there are no counts. */
export function logLibraries(sums: ArrayLike<number>): Float64Array {
  return Float64Array.from(sums, (sum) => Math.log(Math.max(1, sum)));
}

/** What a model keeps of the cells that taught it: categories, combinations, library sizes. */
export function describeCells(
  { data }: Pick<OpenTrainRequest, 'data'>,
  { heldOut, trainingCells }: TrainingCells,
  logLibrary: Float64Array,
) {
  const attributes = data.attributes.map((a) => ({
    ...a,
    codes: Int32Array.from(trainingCells, (cell) => a.codes[cell]),
  }));
  const own = Float64Array.from(trainingCells, (cell) => logLibrary[cell]);
  return {
    attributes: attributes.map(describeAttribute),
    combinations: countCombinations(data.attributes, heldOut),
    library: describeLibrary(own, attributes),
    labelled: attributes,
    logLibraries: own,
  };
}

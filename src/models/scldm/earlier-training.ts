/** @file Training that goes on from a model: what must be the same, and what is taken over. */
import type { NamedArray } from '../../engine/named-array.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { TrainedModel } from '../trained-model.ts';
import type { TrainingCells } from '../training/training-cells.ts';
import type { OpenTrainRequest } from '../training/training-data.ts';
import { learntArrays } from './learnt-bias.ts';
import type { ScldmConfig } from './config.ts';

/** Where an earlier training ended. */
export interface EarlierTraining {
  readonly autoencoder: readonly NamedArray[];
  readonly flow: readonly NamedArray[];
  /** Epochs and steps done, and the time they took. */
  readonly epoch: number;
  readonly flowStep: number;
  readonly seconds: number;
}

/** The model's training if the order asks to go on from it, else null. Error: bad-request when it is not the same training. */
export function earlierTraining(
  { settings, data }: OpenTrainRequest,
  present: TrainedModel | null,
  { heldOut }: Pick<TrainingCells, 'heldOut'>,
  { recipe, size, architecture }: ScldmConfig,
): EarlierTraining | null {
  if (settings.goOn !== true) return null;
  const body = present?.body;
  const same =
    body?.family === 'scldm' &&
    body.recipe === recipe &&
    body.size === size &&
    JSON.stringify(body.architecture) === JSON.stringify(architecture) &&
    alike(present?.genes.names ?? [], data.geneNames) &&
    alike(present?.cells.index ?? [], data.cellIndex) &&
    alike(present?.cells.heldOut ?? [], heldOut);
  if (!present || body?.family !== 'scldm' || !same) throw notTheSame();
  const { autoencoderEpoch: epoch, flowStep, seconds } = present.info;
  return { autoencoder: learntArrays(body.autoencoder), flow: body.flow, epoch, flowStep, seconds };
}

function alike<Value>(a: ArrayLike<Value>, b: ArrayLike<Value>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
}

function notTheSame(): StudioError {
  return new StudioError(
    'bad-request',
    'The present model cannot be trained further with these choices.',
    'Kind, size, recipe, seed, cells, genes and attributes must be those that it was trained with. Set them back, or begin anew.',
  );
}

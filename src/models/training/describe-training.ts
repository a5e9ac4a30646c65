/** @file What a finished training says of itself: attributes, combinations, an identifier. */
import type { AttributeData } from '../../protocol/dataset.ts';
import type { ModelAttribute, ModelInfo } from '../../protocol/model.ts';
import type { TrainedModel } from '../trained-model.ts';
import type { OpenTrainRequest } from './training-data.ts';
import { combinationKey } from './split.ts';

const MAX_COMBINATIONS = 100_000;

/** Categories of an attribute with the number of cells in each, and of those that are not labelled, if any. */
export function describeAttribute(attribute: AttributeData): ModelAttribute {
  const cells = new Array<number>(attribute.categories.length).fill(0);
  let unlabelled = 0;
  for (const code of attribute.codes) {
    if (code < 0) unlabelled++;
    else cells[code]++;
  }
  const { name, categories } = attribute;
  return { name, categories, cells, ...(unlabelled > 0 ? { unlabelled } : {}) };
}

/** Training cells of every possible combination (those labelled in every attribute), row-major, or null when there are too many. */
export function combinationTable({
  attributes,
  combinations,
}: Pick<TrainedModel['body'], 'attributes' | 'combinations'>): number[] | null {
  const sizes = attributes.map((a) => a.categories.length);
  const total = sizes.reduce((a, b) => a * b, 1);
  if (total > MAX_COMBINATIONS) return null;
  const byKey = new Map(combinations.map((c) => [combinationKey(c.codes), c.cells]));
  return Array.from({ length: total }, (_, index) => {
    let rest = index;
    const codes = sizes.map(() => 0);
    for (let a = sizes.length - 1; a >= 0; a--) {
      codes[a] = rest % sizes[a];
      rest = Math.floor(rest / sizes[a]);
    }
    return byKey.get(combinationKey(codes)) ?? 0;
  });
}

/** What a training has reached. */
export interface Reached extends Pick<
  ModelInfo,
  | 'model'
  | 'size'
  | 'latentDim'
  | 'screen'
  | 'autoencoderLoss'
  | 'autoencoderEpoch'
  | 'flowLoss'
  | 'flowStep'
  | 'seconds'
  | 'device'
  | 'stoppedEarly'
> {
  /** 1 for held-out cells, [cells]. */
  readonly heldOut: Uint8Array;
  readonly body: TrainedModel['body'];
}

/** The model with its genes, its cells and its history, from the order and what came of it. */
export function describeTrained(
  { data, settings, sourceShape, sourceGenes }: OpenTrainRequest,
  { heldOut, body, model, size, latentDim, screen, ...reached }: Reached,
): TrainedModel {
  const heldOutCells = heldOut.reduce((sum, mark) => sum + mark, 0);
  const trainingCells = heldOut.length - heldOutCells;
  const { geneNames: names, geneIndex: index, cellIndex, fileName, counts, modalities } = data;
  const { autoencoderLoss, autoencoderEpoch, flowLoss, flowStep, seconds, device, stoppedEarly } =
    reached;
  return {
    // In the order of the manifest, so that a file that is read and written again keeps its bytes.
    info: {
      id: modelId(model, settings.seed, trainingCells, autoencoderLoss),
      model,
      ...(size === undefined ? {} : { size }),
      recipe: settings.recipe,
      fileName,
      sourceShape,
      nGenes: counts.cols,
      ...(modalities === undefined ? {} : { modalities }),
      latentDim,
      attributes: body.attributes,
      combinations: combinationTable(body),
      trainingCells,
      heldOutCells,
      split: settings.split,
      ...(screen === undefined ? {} : { screen }),
      seed: settings.seed,
      autoencoderLoss,
      autoencoderEpoch,
      flowLoss,
      flowStep,
      seconds,
      device,
      trainedAt: new Date().toISOString(),
      stoppedEarly,
    },
    genes: { names, index, sourceNames: sourceGenes ?? null },
    cells: { index: cellIndex, heldOut },
    body,
  };
}

/** An identifier that says a little about the model. */
function modelId(model: string, seed: number, cells: number, loss: number): string {
  const stamp = Math.floor(Date.now() / 1000).toString(36);
  return `${model}-${cells}-${seed}-${Math.round(loss * 100).toString(36)}-${stamp}`;
}

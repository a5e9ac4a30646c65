/** @file What a trained model says of itself beside its network: attributes, library sizes, the screen, what stands between counts and states. */
import type { ScreenInfo, ScreenSettings } from '../../protocol/perturb.ts';
import { describeCombinations, describeLibrary } from '../flow/library.ts';
import { describeAttribute } from '../training/describe-training.ts';
import { countCombinations } from '../training/split.ts';
import type { SourceData } from '../training/training-data.ts';
import { networkShape, type ScdfmConfig } from './config.ts';
import type { ScdfmModel } from './model.ts';
import type { PreparedStates } from './prepare.ts';
import type { Screen } from './screen.ts';

/** What a model is described from. */
export interface ModelTask {
  /** With the genes that are modelled. */
  readonly data: SourceData;
  readonly recipe: ScdfmModel['recipe'];
  readonly settings: ScreenSettings;
  readonly config: ScdfmConfig;
  readonly screen: Screen;
  readonly trainingCells: Uint32Array;
  /** 1 for held-out cells. */
  readonly heldOut: Uint8Array;
  readonly states: PreparedStates;
}

/** Everything of a model but its network's weights. */
export function describeModel(task: ModelTask): Omit<ScdfmModel, 'flow'> {
  const { data, recipe, settings, config, screen, trainingCells, heldOut, states } = task;
  const attributes = data.attributes.map((a) => ({
    ...a,
    codes: Int32Array.from(trainingCells, (cell) => a.codes[cell]),
  }));
  const logLibrary = Float64Array.from(trainingCells, (cell) =>
    Math.log(Math.max(1, data.counts.sums[cell])),
  );
  const { tier } = settings;
  const categories = data.attributes.map((a) => a.categories.length);
  const contexts = categories.filter((_, a) => a !== screen.perturbation);
  const extra = screen.members.filter((m) => !data.geneNames.includes(m)).length;
  const members = tier === 'fast' ? screen.members.length : data.counts.cols + extra;
  return {
    family: 'scdfm',
    recipe,
    architecture: {
      genes: data.counts.cols,
      latentDim: states.dims,
      jointLibrary: false,
      categories,
      network: networkShape(config, tier, states.dims, contexts, members),
    },
    attributes: attributes.map(describeAttribute),
    combinations: countCombinations(data.attributes, heldOut),
    whitening: states.whitening,
    library: {
      ...describeLibrary(logLibrary, attributes),
      byCombination: describeCombinations(logLibrary, attributes),
    },
    screen: describeScreen(task),
    autoencoder: states.arrays,
  };
}

function describeScreen({
  data,
  settings,
  config,
  screen,
  trainingCells,
  states,
}: ModelTask): ScreenInfo {
  const { attribute, control, separator, context, tier } = settings;
  const { start, mmdWeight } = config.flow;
  const { categories, codes } = data.attributes[screen.perturbation];
  const seen = new Set(Array.from(trainingCells, (cell) => codes[cell]));
  return {
    attribute,
    control,
    separator,
    context,
    tier,
    start,
    mmdWeight,
    members: states.members,
    seenMembers: screen.members.length,
    seenLabels: categories.filter((_, code) => seen.has(code)),
    graph: [...states.graph],
    graphGiven: settings.edges !== undefined,
  };
}

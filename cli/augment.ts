/** @file `cellsmith augment MODEL FILE`: adds synthetic cells of rare kinds to a file, and checks on request whether they help a classifier. */
import { selectRows } from '../src/numerics/csr.ts';
import type { WriteColumn } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { ModelInfo } from '../src/protocol/model.ts';
import {
  augmentCells,
  rareCombinations,
  withAdded,
  type AugmentedCells,
} from '../src/tasks/augment.ts';
import { checkAugmentation, type AugmentationCheck } from '../src/tasks/check-augmentation.ts';
import { requireAttribute } from '../src/tasks/transport.ts';
import {
  modelProvenance,
  openModelAndCells,
  readSolver,
  readWeights,
  type ModelAndCells,
} from './model-and-cells.ts';
import { writeCells } from './write-cells.ts';
import { requireWeighted } from './columns.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';

/** Options of the command. */
export const augmentRules: OptionRules = {
  values: ['--attribute', '--value', '--combine', '--fewer', '--cells', '--fill', '--weights', '--solver', '--seed', '--out', '--device'], // prettier-ignore
  switches: ['--check'],
};

/** Combinations with fewer training cells are filled, unless another number is given. */
const FEWER = 10;

function nothingToFill(fewer: number): StudioError {
  return new StudioError(
    'bad-request',
    'There is nothing to fill.',
    `No combination has fewer than ${fewer} training cells. Ask for a larger number with --fewer.`,
  );
}

/** What the command prints. */
export interface AugmentReport {
  readonly out: string;
  readonly realCells: number;
  readonly added: Readonly<Record<string, number>>;
  readonly genes: number;
  readonly missingGenes: number;
  /** Some added cell has a combination without a training cell. */
  readonly extrapolated: boolean;
  /** With --check. */
  readonly check: AugmentationCheck | null;
}

/** Runs the command. Errors: those of openModelAndCells, augmentCells and checkAugmentation. */
export async function runAugment(options: Options): Promise<AugmentReport> {
  const out = options.required('--out');
  const attribute = options.required('--attribute');
  const values = options.all('--value');
  const combine = options.text('--combine');
  if ((values.length === 0) === (combine === null)) {
    throw new UsageError('Either --value or --combine is needed.');
  }
  if (combine !== null && (options.has('--check') || options.text('--fill') !== null)) {
    throw new UsageError('--combine goes without --check and --fill.');
  }
  const cells = options.whole('--cells', 1);
  if (cells === null) throw new UsageError('--cells is missing.');
  const opened = await openModelAndCells(options);
  const { service, info, genes, loaded, missingGenes } = opened;
  const weights = readWeights('--weights', options);
  requireWeighted(info, weights);
  const split = options.has('--check') ? await splitOf(opened) : null;
  const fewer = options.whole('--fewer', 1) ?? FEWER;
  const gaps = combine === null ? null : rareCombinations(info, [attribute, combine], fewer);
  if (gaps?.length === 0) throw nothingToFill(fewer);
  const request = {
    attribute,
    values,
    combinations: gaps?.map((gap) => gap.values),
    cells,
    fill: (options.text('--fill') ?? '').split(',').filter((name) => name !== ''),
    weights,
    solver: readSolver(options.text('--solver')),
    seed: options.whole('--seed', 0) ?? 0,
  };
  const added = await augmentCells(service, info, opened.cells, request, split?.training ?? null);
  const check =
    split === null ? null : await checkWith(opened, split, attribute, added, request.seed);
  const { sample } = added;
  const names = gaps?.map((gap) => Object.values(gap.values).join(' × ')) ?? [...values];
  await writeCells(out, {
    counts: withAdded(opened.cells.counts, added.counts),
    genes,
    obsNames: [
      ...loaded.obsNames,
      ...Array.from({ length: sample.cells }, (_, i) => `synthetic-${loaded.nObs + i + 1}`),
    ],
    obs: columns(opened, added),
    origin: {
      categories: ['real', 'synthetic'],
      codes: new Int32Array(loaded.nObs + sample.cells).fill(1, loaded.nObs),
    },
    latentDim: info.latentDim,
    latents: {},
    about: {
      synthetic: true,
      what: "real cells and, where obs['origin'] says synthetic, generated ones",
      attribute,
      values: names,
      seed: request.seed,
      extrapolated: sample.extrapolated,
      ...modelProvenance(info),
    },
  });
  return {
    out,
    realCells: loaded.nObs,
    added: Object.fromEntries(names.map((name) => [name, cells])),
    genes: genes.length,
    missingGenes,
    extrapolated: sample.extrapolated,
    check,
  };
}

/** The model's attributes of real and added cells. */
function columns({ info, cells }: ModelAndCells, { sample }: AugmentedCells) {
  const column = (
    categories: readonly string[],
    real: Int32Array,
    added: Int32Array,
  ): WriteColumn => ({
    kind: 'categorical',
    categories,
    codes: Int32Array.from([...real, ...added]),
  });
  const own = info.attributes.map(({ name, categories }): [string, WriteColumn] => [
    name,
    column(categories, cells.codes[name], sample.codes[name]),
  ]);
  return Object.fromEntries(own);
}

interface Split {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** The model's own split of the file's cells. Error: wrong-file. */
async function splitOf({ service, info, loaded }: ModelAndCells): Promise<Split> {
  const [cells, genes] = info.sourceShape;
  if (loaded.nObs !== cells || loaded.nVars !== genes) throw otherFile(info);
  const { index, heldOut } = await service.cells();
  return {
    training: index.filter((_, i) => heldOut[i] === 0),
    heldOut: index.filter((_, i) => heldOut[i] === 1),
  };
}

function otherFile({ fileName, sourceShape }: ModelInfo): StudioError {
  const [cells, genes] = sourceShape;
  return new StudioError(
    'wrong-file',
    'The check needs the file that the model was trained on.',
    `It tests on cells the model never saw, which only that file tells: ${fileName}, ${cells} cells × ${genes} genes. Leave out --check, or give that file.`,
    { cells, genes },
  );
}

function checkWith(
  { info, cells }: ModelAndCells,
  { training, heldOut }: Split,
  attribute: string,
  added: AugmentedCells,
  seed: number,
): Promise<AugmentationCheck> {
  const { categories } = info.attributes[requireAttribute(info, attribute)];
  const codes = cells.codes[attribute];
  return checkAugmentation({
    training: selectRows(cells.counts, training),
    trainingCodes: training.map((i) => codes[i]),
    heldOut: selectRows(cells.counts, heldOut),
    heldOutCodes: heldOut.map((i) => codes[i]),
    synthetic: added.counts,
    syntheticCodes: added.sample.codes[attribute],
    classes: categories,
    seed,
  });
}

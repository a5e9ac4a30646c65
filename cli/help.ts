/** @file What the commands say of themselves: how each is written, what it does and what its options mean. */

/** One command. */
interface CommandHelp {
  /** What it does, in one line. */
  readonly does: string;
  /** How it is written; several ways where there are several. */
  readonly usage: readonly string[];
  /** Options with their meaning; those that tell themselves are left out. */
  readonly options?: readonly (readonly [option: string, meaning: string])[];
}

const SEED = ['--seed', 'The same seed gives the same cells on the same machine (0).'] as const;
const SOLVER = [
  '--solver',
  'How the flow is followed, and in how many steps; dopri5 takes an error.',
] as const;

const commands: Readonly<Record<string, CommandHelp>> = {
  info: {
    does: 'what is in a file of cells, or in a model: how it was trained and its last verdict',
    usage: ['FILE | MODEL'],
  },
  train: {
    does: 'trains a model on the raw counts of a file',
    usage: [
      `FILE --out MODEL [--attributes a,b] [--genes all|hvg:2000] [--min-cells 3]
       [--model cfgen|scldm|scdfm] [--size S|M|G] [--minutes N] [--from MODEL] [--seed 0] [--device auto|cpu|webgpu]
       [--held-out 0.1] [--held-out-by COLUMN] [--hide a=X,b=Y …] [--epochs N] [--steps N] [--faithful]
       [--modalities rna,atac] [--likelihood atac=bernoulli|poisson|nb …]
       [--counts-on-disk]
       [--perturbation COLUMN --control VALUE [--separator +|none] [--context COLUMN] [--tier fast|pad-lite]
       [--start noisy-control|control|gaussian] [--mmd 0.5] [--modelled-genes N] [--edges PAIRS.csv]
       [--keep VALUE …]]`,
    ],
    options: [
      ['--attributes', 'Columns of obs by which cells are steered: cell type, condition, donor.'],
      ['--genes', 'All genes, or so many of the most variable ones.'],
      ['--min-cells', 'Genes seen in fewer cells are left out.'],
      ['--model', 'scldm for one latent per cell from all genes at once, scdfm for screens.'],
      ['--size, --minutes', 'Of scldm: its size, and how long it may train.'],
      ['--from', 'Of scldm: trains on, from a model of the same genes and attributes.'],
      ['--held-out', 'Share of cells kept apart to judge the model by.'],
      ['--held-out-by', 'Keeps whole categories of this column apart, such as donors.'],
      ['--hide', 'Keeps all cells of a combination apart; may be repeated.'],
      ['--epochs, --steps', 'Most epochs of the autoencoder, cooling included; flow steps.'],
      ['--faithful', "The paper's own settings in place of the recommended ones."],
      ['--counts-on-disk', 'Reads counts from a temporary file instead of holding them.'],
      ['--edges', 'Of scdfm: pairs of genes that are connected, one pair a line.'],
      ['--keep', 'Trains on cells of a value that names no perturbation.'],
    ],
  },
  sample: {
    does: 'generates cells',
    usage: [
      `MODEL --cells N | --like FILE --out CELLS.h5ad [--set a=VALUE:WEIGHT …] [--weights a=1,b=1]
       [--seed 0] [--library chosen|all|NUMBER] [--solver rk4:20|heun:10|ab3:8|dopri5:1e-5] [--device auto|cpu|webgpu]`,
    ],
    options: [
      ['--cells', 'How many.'],
      ['--like', 'One cell for each cell of this file, with its labels.'],
      ['--set', 'Fixes an attribute, with a guidance weight of 1 unless told; may be repeated.'],
      ['--weights', 'Guidance weights alone: 0 ignores an attribute, above 1 exaggerates it.'],
      ['--library', 'Library sizes: as the labels have them, of all cells, or one number.'],
      SOLVER,
      SEED,
    ],
  },
  perturb: {
    does: 'predicts cells with a set of perturbations, by a model of a screen',
    usage: [
      `MODEL --set A+B [--out CELLS.h5ad] [--cells 500] [--where ATTRIBUTE=VALUE …] [--weight 1] [--weights a=1,b=1]
       [--composed] [--seed 0] [--device auto|cpu|webgpu]`,
    ],
    options: [
      ['--set', 'The perturbations: A+B, gene=A+B, or COLUMN=A+B; the control value for none.'],
      ['--out', 'MODEL-A+B-predicted.h5ad in this folder, unless told.'],
      ['--where', 'In cells of this kind; may be repeated.'],
      ['--weights', 'How strongly the values of --where are followed.'],
      ['--composed', 'Asks for the parts of a set and adds them up.'],
      SEED,
    ],
  },
  encode: {
    does: "latents of a file's cells, in obsm['X_cellsmith']",
    usage: ['MODEL FILE --out LATENTS.h5ad [--device auto|cpu|webgpu]'],
  },
  correct: {
    does: 'cells of all batches as cells of one batch, or of an average one',
    usage: [
      `MODEL FILE --batch NAME --out FILE.h5ad [--to VALUE] [--keep a,b] [--counts]
       [--measure LABEL] [--measure-cells 5000] [CARRY]`,
    ],
    options: [
      ['--batch', 'The attribute that tells batches apart.'],
      ['--to', 'The batch that all shall be of; an average one when left out.'],
      ['--keep', 'Attributes that are shown on both ways; all others of the model unless told.'],
      ['--counts', 'X holds counts drawn from the corrected latents.'],
      ['--measure', 'Prints the scIB measures, with this column as the kinds of cells.'],
    ],
  },
  counterfactual: {
    does: 'chosen cells as they would be under another condition, and the effect on every gene',
    usage: [
      'MODEL FILE --set ATTRIBUTE=VALUE --out CELLS.h5ad [--where ATTRIBUTE=VALUE …] [CARRY]',
    ],
    options: [
      ['--set', 'The new value; may be repeated.'],
      ['--where', 'Only cells with this value; may be repeated.'],
    ],
  },
  augment: {
    does: 'a file with more cells of rare kinds',
    usage: [
      `MODEL FILE --attribute NAME --value X [--value Y …] | --combine NAME [--fewer 10] --cells N
       --out FILE.h5ad [--fill a,b]
       [--weights a=1] [--solver rk4:10] [--seed 0] [--check] [--device auto|cpu|webgpu]`,
    ],
    options: [
      ['--value', 'A kind to add cells of; may be repeated.'],
      ['--combine', 'Fills pairs with the values of this attribute that have few training cells.'],
      ['--fill', 'Attributes that are spread evenly over their values in the new cells.'],
      ['--check', 'Tests whether the cells help a classifier; needs the training file.'],
    ],
  },
  impute: {
    does: 'expected counts of genes that a file lacks or measured poorly, with standard errors',
    usage: [
      `MODEL FILE --out FILE.h5ad [--genes a,b] [--kinds a,b] [--reference TRAIN.h5ad] [--passes 6]
       [--seed 0] [--check] [--device auto|cpu|webgpu]`,
    ],
    options: [
      ['--genes', 'Which genes; those that the file lacks, or all, when left out.'],
      ['--kinds', 'Attributes whose values tell kinds of cells apart; all unless told.'],
      ['--reference', 'The training file, for means of real cells where FILE lacks genes.'],
      ['--passes', 'Rounds with half of the molecules, for standard errors.'],
      ['--check', 'Hides counts and compares; needs the training file.'],
    ],
  },
  evaluate: {
    does: 'compares generated cells with real ones, or predictions with what was seen',
    usage: [
      `REAL.h5ad CELLS.h5ad [--train TRAIN.h5ad] [--label a,b] [--seed 0] [--max-cells 3000] [--paper-compat]
       [--modalities rna,atac] [--likelihood atac=bernoulli|poisson|nb …]`,
      `REAL.h5ad PREDICTED.h5ad --perturbation COLUMN --control VALUE [--separator +] [--context COLUMN]
       [--train TRAIN.h5ad] [--seed 0] [--cell-eval [--folds log-means|expm1-means] [--discrimination sizes|signed]]`,
    ],
    options: [
      ['--train', 'The training cells, to look for copies of them and to learn labels from.'],
      ['--label', 'Columns whose categories are compared one by one.'],
      ['--max-cells', 'Cells of each side that are compared at most.'],
      ['--paper-compat', 'The measures as in the published tables.'],
      ['--cell-eval', "cell-eval 0.5.42's numbers, its quirks kept, beside the own scores."],
      [
        '--folds',
        'Fold changes of mean logarithms, as it ships, or of means of their exponentials.',
      ],
      ['--discrimination', 'By sizes of changes, as it ships, or with their signs.'],
    ],
  },
  bench: {
    does: "the engine's speed on this machine beside its baselines",
    usage: [
      `[autoencoder flow sample slider training scldm scdfm] [--threads 2] [--rounds 7] [--device cpu|webgpu] [--short]
       [--processor-time]`,
    ],
    options: [['--processor-time', 'Counts processor time, for a machine that is busy.']],
  },
};

const CARRY = `CARRY: [--weights a=1,b=1] [--weights-to-noise a=1,b=1] [--library kept|carried] [--solver rk4:10|heun:20|dopri5:1e-5] [--seed 0]
       [--device auto|cpu|webgpu]`;

const CARRY_OPTIONS = [
  ['--weights', 'Guidance weights on the way from noise to cells.'],
  ['--weights-to-noise', 'Guidance weights on the way there.'],
  ['--library', "Each cell's own library size, or the one it would have had."],
  SOLVER,
  ['--seed', 'Of the counts that are drawn (0).'],
] as const;

const HEAD = 'cellsmith: trains models of single-cell counts and generates cells';

const COMMON = `--json prints one JSON document on standard output. Progress goes to standard error.
Exit codes: 0 done, 1 a named error, 2 wrong usage, 130 ended by Ctrl-C.
`;

/** Names of all commands. */
export const commandNames: readonly string[] = Object.keys(commands);

const INDENT = `\n${' '.repeat(18)}`;

function linesOf(name: string): string[] {
  return commands[name].usage.map(
    (text) => `  cellsmith ${name} ${text.replaceAll(/\n\s+/g, INDENT)}`,
  );
}

/** How one command is written, with what all have in common; of all commands for any other name. */
export function usageOf(name: string): string {
  if (!Object.hasOwn(commands, name)) return usageOfAll();
  const own = linesOf(name);
  const carry = own.some((line) => line.includes('[CARRY]')) ? [CARRY] : [];
  return [...own, '', ...carry, `cellsmith ${name} --help says what they mean.`, ''].join('\n');
}

/** All commands with what they do, then how each is written. */
function usageOfAll(): string {
  const width = Math.max(...commandNames.map((name) => name.length));
  const list = commandNames.map((name) => `  ${name.padEnd(width)}  ${commands[name].does}`);
  const usage = commandNames.flatMap(linesOf);
  const hint = 'cellsmith COMMAND --help says what the options mean.';
  return [HEAD, '', ...list, '', ...usage, '', CARRY, hint, COMMON].join('\n');
}

/** One command with what it does and what its options mean; all commands for any other name. */
export function helpOf(name: string): string {
  if (!Object.hasOwn(commands, name)) return usageOfAll();
  const { does, options = [] } = commands[name];
  const own = linesOf(name);
  const carries = own.some((line) => line.includes('[CARRY]'));
  const meant = [...options, ...(carries ? CARRY_OPTIONS : [])];
  const width = Math.max(0, ...meant.map(([option]) => option.length));
  const table = meant.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`);
  return [
    `cellsmith ${name}: ${does}`,
    '',
    ...own,
    '',
    ...(carries ? [CARRY, ''] : []),
    ...table,
    ...(table.length > 0 ? [''] : []),
    COMMON,
  ].join('\n');
}

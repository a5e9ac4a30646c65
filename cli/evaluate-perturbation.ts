/** @file `cellsmith evaluate --perturbation COL --control NAME REAL PRED` scores perturbed cells that any tool predicted, beside simple rules. */
import {
  cellEval,
  shippedRules,
  type CellEvalRow,
  type CellEvalRules,
  type GroupedCells,
} from '../src/evaluation/perturb/cell-eval.ts';
import { scoredAsks, scorePerturbations } from '../src/evaluation/perturb/report.ts';
import { CONTROL_KEY, logNormalise, prepareScreen } from '../src/evaluation/perturb/screen.ts';
import { headline, summarise } from '../src/evaluation/perturb/summary.ts';
import { selectColumns, selectRows, stackRows, type CsrMatrix } from '../src/numerics/csr.ts';
import type { CategoryColumn } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { PerturbScores, Predictor, ScoredPrediction } from '../src/protocol/perturb.ts';
import { isUnclear, keyOfMembers, membersOf, proposeSeparator } from '../src/protocol/screen-labels.ts'; // prettier-ignore
import { requireColumn } from './columns.ts';
import { requireFile } from './file-and-device.ts';
import { UsageError, type Options } from './options.ts';
import { readValues, type ReadValues } from './read-values.ts';

/** Options of this form of the command, beside --train and --seed. */
export const perturbationOptions = [
  '--perturbation',
  '--control',
  '--separator',
  '--context',
  '--folds',
  '--discrimination',
];

/** What is printed. */
export interface PerturbationReport {
  readonly real: string;
  readonly predicted: string;
  readonly train: string | null;
  readonly headline: string;
  readonly genes: number;
  /** `log`: a file held logarithms, and all were compared as they are. */
  readonly scale: 'counts' | 'log';
  readonly separator: string | null;
  readonly notPredicted: readonly string[];
  readonly notMeasured: readonly string[];
  /** Values of real cells that name no perturbation (`ambiguous`, `doublet`): neither scored nor known to the rules, unless they were predicted. */
  readonly leftOut: readonly string[];
  /** Means over perturbations, by predictor. */
  readonly means: Readonly<Partial<Record<Predictor, Readonly<Partial<Record<keyof PerturbScores, number>>>>>>; // prettier-ignore
  readonly scores: readonly ScoredPrediction[];
  /** cell-eval 0.5.42's own numbers, with its quirks; null unless asked for. */
  readonly cellEval: { readonly rows: Readonly<Record<string, CellEvalRow>>; readonly pooled: CellEvalRow } | null; // prettier-ignore
}

/** Cells of one file over the common genes with their sets. */
interface Side {
  readonly cells: CsrMatrix;
  readonly labels: CategoryColumn;
  readonly contexts: CategoryColumn | null;
}

/** Runs the command. Errors: those of opening, bad-attribute, bad-request. */
export async function evaluatePerturbation(options: Options): Promise<PerturbationReport> {
  const [realPath, predictedPath] = options.positional.map(requireFile);
  const trainPath = options.text('--train');
  const control = options.required('--control');
  const context = options.text('--context');
  const column = options.required('--perturbation');
  const rules = cellEvalRules(options);
  const files = [await readValues(realPath), await readValues(predictedPath)];
  if (trainPath !== null) files.push(await readValues(requireFile(trainPath)));
  for (const file of files) {
    requireColumn('--perturbation', file, column);
    if (context !== null) requireColumn('--context', file, context);
  }
  const [real] = files;
  const separator =
    options.text('--separator') ?? proposeSeparator(real.columns[column].categories, control);
  const { sides, genes, scale } = await toCommonGenes(files, column, context);
  const screen = { control, separator };
  const predictedSide = sides[1];
  const leftOut = unclearLabels(real.columns[column], predictedSide.labels, screen);
  const [realSide, , trainSide] = sides.map((side) => ({ ...side, labels: without(side.labels, leftOut) })); // prettier-ignore
  requireControl([realSide, ...(trainSide ? [trainSide] : [])], control, column);
  const prepared = await prepareScreen({
    ...joinSides(realSide, trainSide),
    logged: scale === 'log',
    genes,
    heldOut: trainSide ? marks(realSide.cells.rows, trainSide.cells.rows) : new Uint8Array(realSide.cells.rows), // prettier-ignore
    screen,
    seed: options.whole('--seed', 0) ?? 0,
  });
  const own = groupSets(predictedSide, screen);
  const rowsFor = (members: readonly string[], name: string | null): Int32Array =>
    own(keyOfMembers(members), name);
  const used = new Set(predictedSide.labels.codes);
  const predictedKeys = new Map(
    predictedSide.labels.categories
      .filter((_, code) => used.has(code))
      .map((label) => [keyOfMembers(membersOf(label, screen)), label]),
  );
  const asks = scoredAsks(prepared);
  const wanted = asks.filter(({ members, context: name }) => rowsFor(members, name).length > 0);
  if (wanted.length === 0) throw noneInCommon(column);
  const scores = await scorePerturbations(
    prepared,
    ({ members, context: name }) =>
      Promise.resolve(selectRows(predictedSide.cells, rowsFor(members, name))),
    { asks: wanted, logged: scale === 'log', leaveOut: trainSide === undefined, onProgress: tell },
  );
  const measured = new Set(prepared.sets.map(({ key }) => key));
  return {
    real: realPath,
    predicted: predictedPath,
    train: trainPath,
    headline: headline(scores),
    genes: genes.length,
    scale,
    separator,
    notPredicted: prepared.sets.filter(({ key }) => key !== CONTROL_KEY && !predictedKeys.has(key)).map(({ label }) => label), // prettier-ignore
    notMeasured: [...predictedKeys].filter(([key]) => key !== CONTROL_KEY && !measured.has(key)).map(([, label]) => label), // prettier-ignore
    leftOut,
    means: meansOf(scores),
    scores,
    cellEval: rules === null ? null : await asCellEval(realSide, predictedSide, { screen, scale, rules }), // prettier-ignore
  };
}

/** Which of cell-eval's quirks are kept: all of them unless told; null: its numbers are not asked for. Error: UsageError. */
function cellEvalRules(options: Options): CellEvalRules | null {
  const [folds, sizes] = [options.text('--folds'), options.text('--discrimination')];
  if (!options.has('--cell-eval')) {
    if (folds === null && sizes === null) return null;
    throw new UsageError('--folds and --discrimination belong to --cell-eval.');
  }
  if (folds !== null && folds !== 'log-means' && folds !== 'expm1-means') {
    throw new UsageError(`--folds takes log-means or expm1-means, not "${folds}".`);
  }
  if (sizes !== null && sizes !== 'sizes' && sizes !== 'signed') {
    throw new UsageError(`--discrimination takes sizes or signed, not "${sizes}".`);
  }
  return {
    folds: folds ?? shippedRules.folds,
    absolute: sizes === null ? shippedRules.absolute : sizes === 'sizes',
  };
}

/** Values of which nobody knows what they are, of real cells, that nobody predicted. */
function unclearLabels(
  real: CategoryColumn,
  predicted: CategoryColumn,
  screen: { readonly control: string; readonly separator: string | null },
): readonly string[] {
  const [used, made] = [new Set(real.codes), new Set(predicted.codes)];
  return real.categories.filter(
    (label, code) =>
      used.has(code) && isUnclear(label, screen) && !made.has(predicted.categories.indexOf(label)),
  );
}

/** Cells with these values count as cells without a value. */
function without(labels: CategoryColumn, out: readonly string[]): CategoryColumn {
  const gone = new Set(out.map((label) => labels.categories.indexOf(label)));
  return { ...labels, codes: labels.codes.map((code) => (gone.has(code) ? -1 : code)) };
}

function tell(share: number): void {
  process.stderr.write(`scoring: ${Math.round(100 * share)} %\n`);
}

function meansOf(scores: readonly ScoredPrediction[]): PerturbationReport['means'] {
  return Object.fromEntries(
    summarise(scores).map(({ predictor, scores: own }) => [
      predictor,
      Object.fromEntries(Object.entries(own).map(([name, { mean }]) => [name, mean])),
    ]),
  );
}

function marks(ones: number, zeros: number): Uint8Array {
  return new Uint8Array(ones + zeros).fill(1, 0, ones);
}

function requireControl(sides: readonly Side[], control: string, column: string): void {
  const has = sides.some(({ labels }) => {
    const code = labels.categories.indexOf(control);
    return code >= 0 && labels.codes.includes(code);
  });
  if (has) return;
  throw new StudioError(
    'bad-request',
    'There are no control cells.',
    `No real cell has the value ${control} in obs['${column}']. Name the value of untreated cells with --control.`,
    { control },
  );
}

function noneInCommon(column: string): StudioError {
  return new StudioError(
    'bad-request',
    'No perturbation can be compared.',
    `No value of obs['${column}'] has five real cells and a predicted one.`,
    { attribute: column },
  );
}

/**
 * All files over the genes that all have. Counts are compared per 10,000 of those genes; once a file holds logarithms the others are
 * normalised over all their own genes first, as its maker will have done.
 */
async function toCommonGenes(
  files: readonly ReadValues[],
  column: string,
  context: string | null,
): Promise<{ readonly sides: Side[]; readonly genes: string[]; readonly scale: 'counts' | 'log' }> {
  const others = files.slice(1).map((file) => new Set(file.genes));
  const genes = files[0].genes.filter((name) => others.every((own) => own.has(name)));
  if (genes.length < 2) {
    throw new StudioError(
      'bad-request',
      'The files have no genes in common.',
      'Gene names are compared as they are written in var.',
      { genes: genes.length },
    );
  }
  const scale = files.some((file) => file.scale === 'log') ? 'log' : 'counts';
  const sides: Side[] = [];
  for (const file of files) {
    const isTurned = scale === 'log' && file.scale === 'counts';
    const values = isTurned ? await logNormalise(file.values) : file.values;
    const at = new Map(file.genes.map((name, g) => [name, g]));
    sides.push({
      cells: selectColumns(values, genes.map((name) => at.get(name) ?? -1)), // prettier-ignore
      labels: file.columns[column],
      contexts: context === null ? null : file.columns[context],
    });
  }
  return { sides, genes, scale };
}

/** Real cells, then training cells. */
function joinSides(
  real: Side,
  train: Side | undefined,
): { counts: CsrMatrix; labels: CategoryColumn; contexts: CategoryColumn | null } {
  if (train === undefined) return { counts: real.cells, labels: real.labels, contexts: real.contexts }; // prettier-ignore
  return {
    counts: stackRows(real.cells, train.cells),
    labels: joinColumns(real.labels, train.labels),
    contexts: real.contexts && train.contexts ? joinColumns(real.contexts, train.contexts) : null,
  };
}

function joinColumns(first: CategoryColumn, second: CategoryColumn): CategoryColumn {
  const categories = [...new Set([...first.categories, ...second.categories])];
  const table = [first, second].map((own) => own.categories.map((name) => categories.indexOf(name))); // prettier-ignore
  const codes = [first, second].flatMap((own, k) =>
    Array.from(own.codes, (code) => (code < 0 ? -1 : table[k][code])),
  );
  return { categories, codes: Int32Array.from(codes) };
}

/** Rows of a side by set and context. */
function groupSets(
  { labels, contexts }: Side,
  screen: { readonly control: string; readonly separator: string | null },
): (key: string, context: string | null) => Int32Array {
  const keys = labels.categories.map((label) => keyOfMembers(membersOf(label, screen)));
  const rows = Array.from(labels.codes.keys());
  return (key, context) => {
    const wanted = context === null ? -2 : (contexts?.categories.indexOf(context) ?? -2);
    return Int32Array.from(
      rows.filter((i) => {
        const isHere = wanted === -2 || contexts?.codes[i] === wanted;
        return isHere && labels.codes[i] >= 0 && keys[labels.codes[i]] === key;
      }),
    );
  };
}

/** cell-eval's table: every context together, real controls on both sides. */
async function asCellEval(
  real: Side,
  predicted: Side,
  how: {
    readonly screen: { readonly control: string; readonly separator: string | null };
    readonly scale: 'counts' | 'log';
    readonly rules: CellEvalRules;
  },
): Promise<NonNullable<PerturbationReport['cellEval']>> {
  const { screen, scale, rules } = how;
  const [own, other] = [groupSets(real, screen), groupSets(predicted, screen)];
  const used = new Map(
    real.labels.categories.map((label) => [keyOfMembers(membersOf(label, screen)), label]),
  );
  const keys = [...used.keys()].filter(
    (key) => key !== CONTROL_KEY && own(key, null).length > 1 && other(key, null).length > 1,
  );
  const controls = own(CONTROL_KEY, null);
  if (controls.length === 0) {
    throw new UsageError('--cell-eval needs control cells in REAL.');
  }
  const logs = async (cells: CsrMatrix): Promise<CsrMatrix> =>
    scale === 'log' ? cells : logNormalise(cells);
  const realLogs = await logs(real.cells);
  const joined = stackRows(selectRows(realLogs, controls), await logs(predicted.cells));
  const groups: GroupedCells = { logs: realLogs, control: controls, groups: keys.map((key) => own(key, null)) }; // prettier-ignore
  const guessed: GroupedCells = {
    logs: joined,
    control: Int32Array.from({ length: controls.length }, (_, i) => i),
    groups: keys.map((key) => other(key, null).map((row) => row + controls.length)),
  };
  const { rows, pooled } = await cellEval(groups, guessed, rules);
  return {
    rows: Object.fromEntries(keys.map((key, k) => [used.get(key) ?? key, rows[k]])),
    pooled,
  };
}

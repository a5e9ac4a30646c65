/** @file `cellsmith counterfactual MODEL FILE`: chosen cells as they would be under another condition, and the effect on each gene. */
import type { WriteColumn } from '../src/protocol/dataset.ts';
import { makeCounterfactual, type CounterfactualCells } from '../src/tasks/counterfactual.ts';
import type { EffectAgreement } from '../src/tasks/gene-effects.ts';
import {
  carryOptions,
  columnsOf,
  modelProvenance,
  openModelAndCells,
  readCarry,
  splitPair,
} from './model-and-cells.ts';
import { endTransport, showTransport } from './progress-line.ts';
import { sameOrigin, writeCells } from './write-cells.ts';
import { requireWeighted } from './columns.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';

/** Options of the command. */
export const counterfactualRules: OptionRules = {
  values: ['--set', '--where', '--out', '--device', ...carryOptions],
  switches: [],
};

/** What the command prints. */
export interface CounterfactualReport {
  readonly out: string;
  readonly cells: number;
  readonly genes: number;
  readonly missingGenes: number;
  /** The new combination has no training cell. */
  readonly extrapolated: boolean;
  /** Real cells of the new condition that the effect was compared with. */
  readonly realCells: number;
  readonly model: EffectAgreement | null;
  /** Adding the mean difference of the other kinds of cells. */
  readonly additive: EffectAgreement | null;
  /** Genes with the largest effects: change of mean log1p(CP10k), predicted and real. */
  readonly largest: readonly { gene: string; effect: number; observed: number | null }[];
}

const LISTED = 10;

/** Runs the command. Errors: those of openModelAndCells and makeCounterfactual. */
export async function runCounterfactual(options: Options): Promise<CounterfactualReport> {
  const out = options.required('--out');
  const set = readValues(options, '--set');
  if (Object.keys(set).length === 0) throw new UsageError('--set is missing.');
  const where = readValues(options, '--where');
  const opened = await openModelAndCells(options);
  const { service, info, genes, loaded, cells, missingGenes } = opened;
  const carry = readCarry(options);
  requireWeighted(info, carry.weightsToNoise, carry.weightsToCells);
  const request = { set, where, carry };
  const made = await makeCounterfactual(service, info, cells, request, showTransport);
  endTransport();
  const { rows, counts, latentDim, extrapolated } = made;
  await writeCells(out, {
    counts,
    genes,
    obsNames: Array.from(rows, (i) => loaded.obsNames[i]),
    obs: { ...columnsOf(loaded, rows), ...newColumns(set, rows.length) },
    origin: sameOrigin('counterfactual', rows.length),
    latentDim,
    latents: { X_cellsmith: made.after, X_cellsmith_before: made.before },
    about: {
      synthetic: true,
      what: 'real cells re-generated under other labels by flow inversion; X holds drawn counts',
      set,
      where,
      extrapolated,
      effects: effectTable(genes, made),
      ...modelProvenance(info),
    },
  });
  return {
    out,
    cells: rows.length,
    genes: genes.length,
    missingGenes,
    extrapolated,
    realCells: made.realCells,
    ...made.agreement,
    largest: largestEffects(genes, made),
  };
}

function readValues(options: Options, option: string): Record<string, string> {
  return Object.fromEntries(options.all(option).map((text) => splitPair(option, text)));
}

function newColumns(
  set: Readonly<Record<string, string>>,
  cells: number,
): Record<string, WriteColumn> {
  const column = (value: string): WriteColumn => ({
    kind: 'categorical',
    categories: [value],
    codes: new Int32Array(cells),
  });
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name, column(value)]));
}

/** By gene, in the file's order: the predicted effect, the real one and the additive baseline's where they exist. */
function effectTable(genes: readonly string[], made: CounterfactualCells) {
  return {
    gene: genes,
    effect: [...made.effect],
    ...(made.observed === null ? {} : { observed: [...made.observed] }),
    ...(made.additive === null ? {} : { additive: [...made.additive] }),
  };
}

function largestEffects(genes: readonly string[], { effect, observed }: CounterfactualCells) {
  const order = [...effect.keys()].sort((a, b) => Math.abs(effect[b]) - Math.abs(effect[a]));
  const short = (value: number): number => Math.round(value * 1000) / 1000;
  return order.slice(0, LISTED).map((g) => ({
    gene: genes[g],
    effect: short(effect[g]),
    observed: observed === null ? null : short(observed[g]),
  }));
}

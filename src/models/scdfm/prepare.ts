/** @file From counts to what the flow learns: components or expression of all cells, the gene graph, what counts are drawn with, kept controls. */
import type { NamedArray } from '../../engine/named-array.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { ScreenSettings } from '../../protocol/perturb.ts';
import type { Whitening } from '../flow/sampled-model.ts';
import { whiten } from '../flow/sampled-model.ts';
import { whiteningOf } from '../flow/latent-states.ts';
import type { SourceData } from '../training/training-data.ts';
import { calibrate, denseLogs, groupOffsets, thresholds } from './calibrate.ts';
import { fitComponents, projectAll, reproducibleDims, type Components } from './components.ts';
import { COMPONENTS, NEIGHBOURS, type ScdfmConfig } from './config.ts';
import { geneMoments } from './expression.ts';
import { coexpressionEdges, namedEdges, type GeneEdges } from './graph.ts';
import { storeStates } from './model.ts';
import type { Screen } from './screen.ts';
import { memberOffsets } from './set-offsets.ts';
import { contextShifts, meanState, memberShifts } from './shifts.ts';
import { reachableMembers, reachOf } from './tokens.ts';

/** Streams of the training seed. */
const COMPONENT_STREAM = 1;
const CONTROL_STREAM = 3;

/** Control cells that a model keeps. */
const MOST_CONTROLS = 2_048;
/** Training cells that the graph is learnt from. */
const GRAPH_CELLS = 2_000;

/** What is prepared from. */
export interface PrepareTask {
  readonly data: SourceData;
  readonly screen: Screen;
  readonly settings: ScreenSettings;
  readonly trainingCells: Uint32Array;
  /** Components at most. */
  readonly dims: number;
  readonly config: Pick<
    ScdfmConfig,
    'leastHeld' | 'contextOffsets' | 'memberOffsets' | 'knowsMeans' | 'drawsCounts'
  >;
  readonly seed: number;
  readonly breathe: () => Promise<void>;
}

/** States of all cells and what surrounds them. */
export interface PreparedStates {
  /** Whitened, [cells, dims]. */
  readonly states: Float32Array;
  readonly dims: number;
  readonly whitening: Whitening;
  /** Squared scale of each dimension. */
  readonly weights: Float32Array;
  readonly members: readonly string[];
  readonly graph: GeneEdges;
  /** Mean change that each member makes alone, [members + 1, dims]. */
  readonly shifts: Float32Array;
  /** As `storeStates` gives them. */
  readonly arrays: readonly NamedArray[];
}

/** Prepares a training; only training cells decide components, graph and calibration. */
export async function prepareStates(task: PrepareTask): Promise<PreparedStates> {
  const { data, screen, settings, trainingCells, seed, breathe } = task;
  const { counts, geneNames } = data;
  const random = createRandom(seed, COMPONENT_STREAM);
  const { tier } = settings;
  const components = task.config.drawsCounts ? componentsOf(task, random) : null;
  await breathe();
  const raw =
    tier === 'fast' && components !== null
      ? await projectAll(counts, components, breathe)
      : await allLogs(counts, breathe);
  const dims = raw.length / counts.rows;
  const whitening = whiteningOf(raw, dims, trainingCells, tier === 'fast');
  const states = whiten(raw, whitening);
  const graph = graphOf(task);
  await breathe();
  const { offset, theta } =
    components === null
      ? { offset: new Float32Array(dims), theta: new Float32Array(dims).fill(1) }
      : calibrate(counts, trainingCells, components, random.fork(1));
  const contextOffset =
    components !== null && task.config.contextOffsets
      ? groupOffsets(counts, controlGroups(task), components, offset, random.fork(3))
      : null;
  await breathe();
  const memberOffset =
    components !== null && contextOffset !== null && task.config.memberOffsets
      ? memberOffsets({ counts, screen, components, contextOffset, random: random.fork(5) })
      : null;
  const shifts = memberShifts(screen, states, dims);
  const members = reachableMembers(screen.members, geneNames, graph, tier);
  const order = createRandom(seed, CONTROL_STREAM).permutation(screen.controls.length);
  const kept = order
    .subarray(0, MOST_CONTROLS)
    .map((k) => screen.controls[k])
    .sort();
  const { attributes } = data;
  const controls = new Float32Array(kept.length * dims);
  const controlCodes = new Float32Array(kept.length * attributes.length);
  kept.forEach((cell, k) => {
    controls.set(states.subarray(cell * dims, (cell + 1) * dims), k * dims);
    attributes.forEach(({ codes }, a) => (controlCodes[k * attributes.length + a] = codes[cell]));
  });
  const controlCells = Float32Array.from(kept, (cell) => data.cellIndex[cell]);
  const shiftsByContext =
    task.config.knowsMeans && screen.context >= 0
      ? contextShifts(
          screen,
          states,
          dims,
          data.attributes[screen.context].categories.length,
          shifts,
        )
      : null;
  const controlMeans = task.config.knowsMeans ? meansOf(controlGroups(task), states, dims) : null;
  const reach = reachOf(screen.members, shifts, whitening.sd, geneNames, graph);
  const drawn = { offset, contextOffset, memberOffset, theta };
  const stored = {
    components,
    reach,
    ...drawn,
    controls,
    controlMeans,
    contextShifts: shiftsByContext,
    controlCodes,
    controlCells,
  };
  return {
    states,
    dims,
    whitening,
    weights: whitening.sd.map((sd) => sd * sd),
    members,
    graph,
    shifts,
    arrays: storeStates(stored, dims),
  };
}

function componentsOf(
  { data, trainingCells, dims: wanted, config, seed }: PrepareTask,
  random: Random,
): Components {
  const { counts } = data;
  const own = createRandom(seed, COMPONENT_STREAM).fork(4);
  const dims = Math.min(wanted, COMPONENTS);
  const most = reproducibleDims(counts, trainingCells, dims, config.leastHeld, own);
  return fitComponents(counts, trainingCells, most, random);
}

/** Control cells of each context, then of all. */
function controlGroups({ data, screen }: PrepareTask): Uint32Array[] {
  const { context, controls } = screen;
  if (context < 0) return [controls];
  const { categories, codes } = data.attributes[context];
  const own = categories.map((_, code) => controls.filter((cell) => codes[cell] === code));
  return [...own, controls];
}

/** Mean state of each group; groups without a cell have that of the last one, [groups, dims]. */
function meansOf(groups: readonly Uint32Array[], states: Float32Array, dims: number): Float32Array {
  const all = groups[groups.length - 1];
  const means = groups.map((cells) => meanState(states, dims, cells.length === 0 ? all : cells));
  return Float32Array.from(means.flatMap((mean) => Array.from(mean)));
}

/** Log expression of all cells, dense. */
async function allLogs(counts: CsrSource, breathe: () => Promise<void>): Promise<Float32Array> {
  const all = new Float32Array(counts.rows * counts.cols);
  for (let from = 0; from < counts.rows; from += 1024) {
    const length = Math.min(1024, counts.rows - from);
    const rows = Uint32Array.from({ length }, (_, r) => from + r);
    all.set(denseLogs(counts, rows), from * counts.cols);
    await breathe();
  }
  return all;
}

/** A person's edges, or those of co-expression: of all genes (pad-lite), or around the perturbed ones (fast). */
function graphOf({ data, screen, settings, trainingCells, seed }: PrepareTask): GeneEdges {
  const { counts, geneNames } = data;
  if (settings.edges !== undefined) return namedEdges(settings.edges, geneNames);
  const random = createRandom(seed, COMPONENT_STREAM).fork(2);
  const order = random.permutation(trainingCells.length).subarray(0, GRAPH_CELLS);
  const some = order.map((i) => trainingCells[i]).sort();
  const perturbed = screen.members.map((m) => geneNames.indexOf(m)).filter((g) => g >= 0);
  const rows = settings.tier === 'fast' ? perturbed : null;
  if (rows?.length === 0) return [];
  return coexpressionEdges(denseLogs(counts, some), counts.cols, NEIGHBOURS, rows);
}

/** The stored arrays with the levels below which genes of generated cells are not there. */
export function withThresholds(
  { arrays, whitening }: Pick<PreparedStates, 'arrays' | 'whitening'>,
  generated: Float32Array,
  counts: CsrSource,
  trainingCells: Uint32Array,
): NamedArray[] {
  const genes = whitening.mean.length;
  const { zeros } = geneMoments(counts, trainingCells);
  const values = thresholds(generated, zeros);
  return arrays.map((a) => (a.name === 'offset' ? { ...a, shape: [genes], values } : a));
}

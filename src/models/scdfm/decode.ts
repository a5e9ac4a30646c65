/**
 * @file From states to counts.
 *
 * Components: counts are drawn so that their own components are those asked for. Every gene gets the mean count whose expected log
 * expression is what the components say; the same uniform numbers are used again after what the drawn cell's components lack is added.
 * Expression: counts are rounded, and genes below their calibrated threshold are not there.
 */
import { csrFromDense, type CsrMatrix } from '../../numerics/csr.ts';
import { randomAt, type Random } from '../../numerics/random.ts';
import { chooseByWeight, COUNT_STREAM } from '../decoding/draw-blocks.ts';
import type { Components } from './components.ts';
import { countQuantile, ExpectedLogs, THETAS } from './expected-logs.ts';
import { SCALE } from './expression.ts';
import type { StateArrays } from './model.ts';

/** Rounds in which every gene may lose or gain a count. */
const SWEEPS = 4;

/** Standard deviation that a drawn cell's components may have around those asked for. */
const TOLERANCE = 0.5;
const SHARPNESS = 1 / (2 * TOLERANCE ** 2);

/** Steps less probable than e to this are not tried. */
const NEVER = -12;
const HALF = 2 ** 31;

/** Cells between breaths. */
const CELLS_AT_ONCE = 64;

/** Cells whose counts are drawn. */
export interface StatesToDecode {
  /** Not whitened, [cells, dims]. */
  readonly states: Float32Array;
  readonly logLibrary: Float32Array;
  /** Context of each cell, −1 where it is not known; null and left out: of none. */
  readonly contexts?: Int32Array | null;
  /** What each cell's perturbations add to its context's offset, [genes]; null where they add nothing. Left out: for no cell. */
  readonly setOffset?: (cell: number) => Float32Array | null;
  readonly seed: number;
  readonly first: number;
}

/** Draws counts [cells, genes]; cell i's depend on (seed, first + i), its state and its library. Every cell has a count. */
export async function decodeStates(
  arrays: StateArrays,
  { states, logLibrary, contexts, setOffset, seed, first }: StatesToDecode,
  breathe: () => Promise<void>,
): Promise<CsrMatrix> {
  const drawer = arrays.components === null ? rounding(arrays) : drawing(arrays, arrays.components);
  const genes = arrays.offset.length;
  const cells = logLibrary.length;
  const dims = states.length / cells;
  const blocks: CsrMatrix[] = [];
  for (let from = 0; from < cells; from += CELLS_AT_ONCE) {
    const rows = Math.min(CELLS_AT_ONCE, cells - from);
    const dense = new Float32Array(rows * genes);
    for (let r = 0; r < rows; r++) {
      const at = from + r;
      const random = randomAt(seed, COUNT_STREAM, first + at);
      const library = Math.exp(logLibrary[at]);
      const state = states.subarray(at * dims, (at + 1) * dims);
      const place = { context: contexts?.[at] ?? -1, added: setOffset?.(at) ?? null };
      const own = drawer(state, library, place, random);
      if (!own.some((count) => count > 0)) {
        const levels = expectedLevels(arrays, state);
        own[chooseByWeight(levels.map(Math.exp), random.uniform())] = 1;
      }
      dense.set(own, r * genes);
    }
    blocks.push(csrFromDense(rows, genes, dense));
    await breathe();
  }
  return stack(blocks, genes);
}

/** Expected log expression of a state, [genes]. */
function expectedLevels({ components }: StateArrays, state: Float32Array): Float32Array {
  if (components === null) return state;
  const { genes, dims, mean, loadings } = components;
  const levels = Float32Array.from(mean);
  for (let g = 0; g < genes; g++) {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += loadings[g * dims + d] * state[d];
    levels[g] += sum;
  }
  return levels;
}

/** Where a cell is, and what its perturbations add there. */
interface Place {
  readonly context: number;
  readonly added: Float32Array | null;
}

type Drawer = (state: Float32Array, library: number, place: Place, random: Random) => Float32Array;

/** What is added to expected log expression, [genes]; in the context −1 that of all contexts. */
function offsetOf({ offset, contextOffset }: StateArrays, { context, added }: Place): Float32Array {
  if (contextOffset === null) return offset;
  const genes = offset.length;
  const row = context < 0 ? contextOffset.length / genes - 1 : context;
  const own = contextOffset.subarray(row * genes, (row + 1) * genes);
  return added === null ? own : own.map((value, g) => value + added[g]);
}

function drawing(arrays: StateArrays, components: Components): Drawer {
  const { genes } = components;
  const { theta } = arrays;
  const kinds = Array.from(theta, nearestTheta);
  const logs = new ExpectedLogs();
  const lengths = Float64Array.from({ length: genes }, (_, g) => lengthOf(components, g));
  return (state, library, place, random) => {
    const levels = expectedLevels(arrays, state);
    const offset = offsetOf(arrays, place);
    const means = Float64Array.from(levels, (level, g) =>
      logs.mean(level + offset[g], library, kinds[g]),
    );
    const sum = means.reduce((a, b) => a + b, 0);
    const scale = sum > 0 ? library / sum : 0;
    const counts = new Float32Array(genes);
    for (let g = 0; g < genes; g++) {
      means[g] *= scale;
      counts[g] = countQuantile(random.uniform(), means[g], theta[g]);
    }
    const firsts = means.map((mean, g) => addedOdds(0, mean, theta[g]));
    const search = { components, lengths, means, theta, firsts, library, state };
    for (let sweep = 0; sweep < SWEEPS; sweep++) adjust(counts, search, random);
    return counts;
  };
}

interface Search {
  readonly components: Components;
  /** Length of each gene's loadings. */
  readonly lengths: Float64Array;
  /** Mean count of each gene, and its inverse dispersion. */
  readonly means: Float64Array;
  readonly theta: Float32Array;
  /** log P(1) − log P(0) of each gene. */
  readonly firsts: Float64Array;
  readonly library: number;
  /** Components asked for. */
  readonly state: Float32Array;
}

/** What a drawn cell's components lack of those asked for, and its surplus of counts. */
function lacking(
  counts: Float32Array,
  { components, library, state }: Search,
): { rest: Float64Array; surplus: number } {
  const { genes, dims, mean, loadings } = components;
  const rest = Float64Array.from(state);
  let total = 0;
  for (let g = 0; g < genes; g++) {
    total += counts[g];
    const level = Math.log1p((SCALE * counts[g]) / library) - mean[g];
    if (level === 0) continue;
    for (let d = 0; d < dims; d++) rest[d] -= level * loadings[g * dims + d];
  }
  return { rest, surplus: total - library };
}

/** One sweep of Metropolis steps over all genes: one count more or less, by its probability and by how much nearer it brings the components. */
function adjust(counts: Float32Array, search: Search, random: Random): void {
  const { components, lengths, means, theta, firsts, library } = search;
  const { genes, dims, loadings } = components;
  const { rest, surplus: first } = lacking(counts, search);
  let surplus = first;
  let squares = rest.reduce((sum, value) => sum + value * value, 0);
  const spread = 2 * Math.max(1, 0.01 * library) ** 2;
  const levelOf = (count: number): number => Math.log1p((SCALE * count) / library);
  const firstStep = levelOf(1);
  for (let g = 0; g < genes; g++) {
    const word = random.uint32();
    const more = word < HALF;
    const count = counts[g];
    if (!more && count === 0) continue;
    const below = more ? count : count - 1;
    const odds = below === 0 ? firsts[g] : addedOdds(below, means[g], theta[g]);
    const next = more ? count + 1 : count - 1;
    const total = surplus + next - count;
    const chance = (more ? odds : -odds) + (surplus * surplus - total * total) / spread;
    const step = below === 0 ? (more ? firstStep : -firstStep) : levelOf(next) - levelOf(count);
    const length = Math.abs(step) * lengths[g];
    const most = chance + (2 * Math.sqrt(squares) - length) * length * SHARPNESS;
    if (most < NEVER) continue;
    const allowed = Math.log(((more ? word : word - HALF) + 0.5) / HALF);
    if (most < allowed) continue;
    let product = 0;
    for (let d = 0; d < dims; d++) product += rest[d] * loadings[g * dims + d];
    const gain = 2 * step * product - length * length;
    if (chance + gain * SHARPNESS < allowed) continue;
    counts[g] = next;
    surplus = total;
    squares = Math.max(0, squares - gain);
    for (let d = 0; d < dims; d++) rest[d] -= step * loadings[g * dims + d];
  }
}

/** log P(count + 1) − log P(count) of a negative binomial. */
function addedOdds(count: number, mean: number, theta: number): number {
  return Math.log(((count + theta) * mean) / ((count + 1) * (mean + theta)));
}

function lengthOf({ dims, loadings }: Components, gene: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += loadings[gene * dims + d] ** 2;
  return Math.sqrt(sum);
}

/** Rounds up or down by chance, so that the mean is kept. */
function rounding({ offset }: StateArrays): Drawer {
  return (state, library, _, random) =>
    state.map((level, g) => {
      const share = random.uniform();
      if (level <= offset[g]) return 0;
      const count = (Math.expm1(level) * library) / SCALE;
      return Math.max(1, Math.floor(count + share));
    });
}

/** Number of the nearest inverse dispersion in THETAS. */
function nearestTheta(theta: number): number {
  const apart = THETAS.map((own) => Math.abs(Math.log(own / theta)));
  return apart.indexOf(Math.min(...apart));
}

/** Matrices under one another. */
function stack(blocks: readonly CsrMatrix[], cols: number): CsrMatrix {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const entries = blocks.reduce((sum, block) => sum + block.values.length, 0);
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  let [row, at] = [0, 0];
  for (const block of blocks) {
    indices.set(block.indices, at);
    values.set(block.values, at);
    for (let r = 1; r <= block.rows; r++) indptr[row + r] = at + block.indptr[r];
    row += block.rows;
    at += block.values.length;
  }
  return { rows, cols, indptr, indices, values };
}

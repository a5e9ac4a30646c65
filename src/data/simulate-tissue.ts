/** @file A simulated tissue with known truth: cell types × donors × conditions, counts from negative binomials. */
import { csrFromDense, stackRows, emptyCsr, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom, type Random } from '../numerics/random.ts';

/** Size and seed of a simulation. */
export interface TissueSettings {
  readonly cells: number;
  /** At least 60. */
  readonly genes: number;
  readonly seed: number;
  /** Counts per cell are this many times those of a shallow sequencing; 1 when left out. */
  readonly depth?: number;
}

/** Everything from which the counts were drawn. Effects are natural logarithms of expression. */
export interface TissueTruth {
  readonly cellTypes: readonly string[];
  readonly donors: readonly string[];
  readonly conditions: readonly string[];
  /** Share of each cell type. */
  readonly shares: readonly number[];
  /** The type with about 1.5 % of the cells. */
  readonly rareType: string;
  /** Cell type and condition that never occur together. */
  readonly absent: readonly [string, string];
  /** Log expression of each gene before any effect, [genes]. */
  readonly baseline: Float64Array;
  /** [types · genes] */
  readonly typeEffects: Float64Array;
  /** [donors · genes] */
  readonly donorEffects: Float64Array;
  /** Effect of the second condition on each type, [types · genes]. */
  readonly conditionEffects: Float64Array;
  /** Inverse dispersion of each gene, [genes]. */
  readonly theta: Float64Array;
  /** Mean of the log library size of each type, and its standard deviation. */
  readonly logLibraryMean: readonly number[];
  readonly logLibrarySd: number;
}

/** Counts with the labels of each cell (codes into the truth's lists). */
export interface Tissue {
  readonly counts: CsrMatrix;
  readonly geneNames: readonly string[];
  readonly cellNames: readonly string[];
  readonly cellType: Int32Array;
  readonly donor: Int32Array;
  readonly condition: Int32Array;
  readonly truth: TissueTruth;
}

const cellTypes = ['Basal', 'Luminal', 'Fibroblast', 'Endothelial', 'T cell', 'Mast cell'];
const shares = [0.3, 0.25, 0.2, 0.14, 0.095, 0.015];
const donors = ['donor A', 'donor B', 'donor C', 'donor D'];
const conditions = ['control', 'treated'];
const rareType = 5;
const absentPair = [3, 1] as const;
const logLibraryMean = [6.6, 6.8, 6.4, 6.3, 6, 6.5];
const mitochondrialGenes = 8;

/** The sizes of the bundled file. */
export const defaultTissue: TissueSettings = { cells: 1200, genes: 600, seed: 20 };

/** Draws a tissue; the same settings give the same counts everywhere. Throws RangeError for fewer than 60 genes. */
export function simulateTissue(settings: TissueSettings = defaultTissue): Tissue {
  const { cells, genes, seed, depth = 1 } = settings;
  if (genes < 60) throw new RangeError('a simulated tissue needs at least 60 genes');
  const truth = drawTruth(genes, createRandom(seed, 1));
  const random = createRandom(seed, 2);
  const cellType = new Int32Array(cells);
  const donor = new Int32Array(cells);
  const condition = new Int32Array(cells);
  let counts = emptyCsr(0, genes);
  const blockRows = 256;
  for (let first = 0; first < cells; first += blockRows) {
    const rows = Math.min(blockRows, cells - first);
    const dense = new Float32Array(rows * genes);
    for (let row = 0; row < rows; row++) {
      const cell = first + row;
      cellType[cell] = drawCategory(shares, random);
      donor[cell] = random.integer(donors.length);
      condition[cell] = random.integer(conditions.length);
      if (cellType[cell] === absentPair[0] && condition[cell] === absentPair[1])
        condition[cell] = 0;
      const fractions = expressionOf(truth, cellType[cell], donor[cell], condition[cell]);
      const logLibrary =
        truth.logLibraryMean[cellType[cell]] + truth.logLibrarySd * random.normal();
      const library = depth * Math.exp(logLibrary);
      for (let gene = 0; gene < genes; gene++) {
        const mean = library * fractions[gene];
        dense[row * genes + gene] = random.negativeBinomial(mean, truth.theta[gene]);
      }
    }
    counts = stackRows(counts, csrFromDense(rows, genes, dense));
  }
  const digits = String(cells).length;
  return {
    counts,
    geneNames: nameGenes(genes),
    cellNames: Array.from(
      { length: cells },
      (_, i) => `cell_${String(i + 1).padStart(digits, '0')}`,
    ),
    cellType,
    donor,
    condition,
    truth,
  };
}

/** Expected share of each gene in a cell's counts, [genes], summing to 1. */
export function expressionOf(
  truth: TissueTruth,
  type: number,
  donor: number,
  condition: number,
): Float64Array {
  const genes = truth.baseline.length;
  const share = truth.baseline.map((log, gene) =>
    Math.exp(
      log +
        truth.typeEffects[type * genes + gene] +
        truth.donorEffects[donor * genes + gene] +
        condition * truth.conditionEffects[type * genes + gene],
    ),
  );
  const total = share.reduce((sum, value) => sum + value, 0);
  return share.map((value) => value / total);
}

function nameGenes(genes: number): readonly string[] {
  const digits = String(genes).length;
  return Array.from({ length: genes }, (_, gene) =>
    gene < mitochondrialGenes
      ? `MT-SIM${gene + 1}`
      : `SIM${String(gene + 1).padStart(digits, '0')}`,
  );
}

function drawCategory(weights: readonly number[], random: Random): number {
  let rest = random.uniform();
  for (const [category, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return category;
  }
  return weights.length - 1;
}

function drawTruth(genes: number, random: Random): TissueTruth {
  const baseline = Float64Array.from({ length: genes }, () => 1.4 * random.normal());
  const typeEffects = new Float64Array(cellTypes.length * genes);
  const markers = Math.floor(genes / 15);
  for (let type = 0; type < cellTypes.length; type++) {
    addEffects(typeEffects, type, genes, markers, random, () => 1.5 + random.uniform());
  }
  const donorEffects = new Float64Array(donors.length * genes);
  for (let donor = 1; donor < donors.length; donor++) {
    addEffects(donorEffects, donor, genes, markers, random, () => 0.4 * random.normal());
  }
  const shared = new Float64Array(genes);
  addEffects(shared, 0, genes, markers, random, () => (random.uniform() < 0.5 ? -1 : 1));
  const conditionEffects = new Float64Array(cellTypes.length * genes);
  for (let type = 0; type < cellTypes.length; type++) {
    // T cells answer half as strongly: the effect of the condition depends on the type.
    const strength = cellTypes[type] === 'T cell' ? 0.5 : 1;
    conditionEffects.set(
      shared.map((effect) => strength * effect),
      type * genes,
    );
  }
  return {
    cellTypes,
    donors,
    conditions,
    shares,
    rareType: cellTypes[rareType],
    absent: [cellTypes[absentPair[0]], conditions[absentPair[1]]],
    baseline,
    typeEffects,
    donorEffects,
    conditionEffects,
    theta: Float64Array.from({ length: genes }, () => 4 * Math.exp(0.7 * random.normal())),
    logLibraryMean,
    logLibrarySd: 0.35,
  };
}

/** Sets `count` randomly chosen genes of one line of an effect table. */
function addEffects(
  table: Float64Array,
  line: number,
  genes: number,
  count: number,
  random: Random,
  effect: () => number,
): void {
  for (const gene of random.permutation(genes).subarray(0, count)) {
    table[line * genes + gene] = effect();
  }
}

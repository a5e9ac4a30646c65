/** @file A simulated perturbation screen with known truth: single and double perturbations, some pairs additive, some not. */
import { csrFromDense, emptyCsr, stackRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom, type Random } from '../numerics/random.ts';

/** Size and seed of a screen. */
export interface ScreenSimulation {
  /** Cells per perturbation, and of control. */
  readonly cells: number;
  readonly controls: number;
  /** At least 10 per pathway. */
  readonly genes: number;
  /** Pathways of genes; each has `perTarget` genes that can be perturbed. At least 2. */
  readonly pathways: number;
  readonly perTarget: number;
  readonly seed: number;
}

/** How the two members of a pair act together. */
export type PairKind =
  /** Changes add up. */
  | 'additive'
  /** Members of one pathway: together they do no more than the stronger of them (in log expression, gene by gene). */
  | 'buffering'
  /** Members of linked pathways: a third group of genes answers only to both. */
  | 'synergy';

/** Everything from which the counts were drawn; changes are natural logarithms of expression. */
export interface ScreenTruth {
  /** Names of genes that are perturbed; they are genes of the matrix. */
  readonly targets: readonly string[];
  /** Pathway of each target. */
  readonly pathwayOf: readonly number[];
  /** Every pair of targets, as labels `A+B`, and how it acts. */
  readonly pairs: readonly { readonly label: string; readonly members: readonly [string, string]; readonly kind: PairKind }[]; // prettier-ignore
  /** Change of log expression of each gene by label, [genes]. */
  readonly change: Readonly<Record<string, Float64Array>>;
  /** What a pair does beyond the sum of its members, [genes]; zeros for additive pairs. */
  readonly beyond: Readonly<Record<string, Float64Array>>;
  /** Log expression of control cells, [genes], and inverse dispersion, [genes]. */
  readonly baseline: Float64Array;
  readonly theta: Float64Array;
}

/** Counts with a label per cell (code into `labels`). */
export interface SimulatedScreen {
  readonly counts: CsrMatrix;
  readonly geneNames: readonly string[];
  /** Control first, then singles, then pairs. */
  readonly labels: readonly string[];
  readonly label: Int32Array;
  readonly truth: ScreenTruth;
}

/** The control value of a simulated screen. */
export const SCREEN_CONTROL = 'control';

/** 12 targets in 4 pathways: 12 singles and 66 pairs. */
export const defaultScreen: ScreenSimulation = {
  cells: 60,
  controls: 500,
  genes: 160,
  pathways: 4,
  perTarget: 3,
  seed: 7,
};

const LOG_LIBRARY = 7.3;
const LIBRARY_SD = 0.3;

/**
 * Draws a screen; the same settings give the same counts everywhere. Each pathway has its own answering genes, which its targets move up or
 * down with own strengths; every target lowers its own expression. Pairs within a pathway buffer, pairs of the pathways 2k and 2k + 1 are
 * synergistic, the others add up. Cells have one of two states (a second, unrelated programme). Throws RangeError for too few genes.
 */
export function simulateScreen(settings: ScreenSimulation = defaultScreen): SimulatedScreen {
  const { genes, pathways, perTarget, seed, cells, controls } = settings;
  if (genes < 10 * pathways || pathways < 2)
    throw new RangeError('a simulated screen needs two pathways and ten genes for each');
  const geneNames = nameGenes(settings);
  const truth = drawTruth(settings, geneNames, createRandom(seed, 1));
  const labels = [SCREEN_CONTROL, ...truth.targets, ...truth.pairs.map((pair) => pair.label)];
  const random = createRandom(seed, 2);
  const states = Float64Array.from({ length: genes }, (_, g) =>
    g % perTarget === 1 && g % 4 === 0 ? 1.2 : 0,
  );
  const label = Int32Array.from(
    labels.flatMap((_, code) => Array<number>(code === 0 ? controls : cells).fill(code)),
  );
  let counts = emptyCsr(0, genes);
  for (let first = 0; first < label.length; first += 256) {
    const rows = Math.min(256, label.length - first);
    const dense = new Float32Array(rows * genes);
    for (let row = 0; row < rows; row++) {
      const name = labels[label[first + row]];
      drawCell(truth, truth.change[name], states, random, dense.subarray(row * genes, (row + 1) * genes)); // prettier-ignore
    }
    counts = stackRows(counts, csrFromDense(rows, genes, dense));
  }
  return { counts, geneNames, labels, label, truth };
}

function drawCell(
  { baseline, theta }: ScreenTruth,
  change: Float64Array,
  states: Float64Array,
  random: Random,
  out: Float32Array,
): void {
  const state = random.uniform() < 0.5 ? 0 : 1;
  const share = baseline.map((log, g) => Math.exp(log + change[g] + state * states[g]));
  const total = share.reduce((a, b) => a + b, 0);
  const library = Math.exp(LOG_LIBRARY + LIBRARY_SD * random.normal());
  for (let g = 0; g < out.length; g++) {
    out[g] = random.negativeBinomial((library * share[g]) / total, theta[g]);
  }
}

/** Targets first (`P1A` is the first target of pathway 1), then the others. */
function nameGenes({ genes, pathways, perTarget }: ScreenSimulation): string[] {
  const targets = Array.from({ length: pathways * perTarget }, (_, t) => {
    return `P${Math.floor(t / perTarget) + 1}${String.fromCharCode(65 + (t % perTarget))}`;
  });
  const others = Array.from({ length: genes - targets.length }, (_, g) => `SIM${g + 1}`);
  return [...targets, ...others];
}

function drawTruth(
  { genes, pathways, perTarget }: ScreenSimulation,
  geneNames: readonly string[],
  random: Random,
): ScreenTruth {
  const targets = geneNames.slice(0, pathways * perTarget);
  const pathwayOf = targets.map((_, t) => Math.floor(t / perTarget));
  const free = Int32Array.from(
    random.permutation(genes - targets.length),
    (g) => g + targets.length,
  );
  // A third of the free genes answers to nothing; the rest is dealt out to pathways and to links between them.
  const links = Math.floor(pathways / 2);
  const size = Math.floor((free.length * 2) / 3 / (pathways + links));
  const group = (k: number): Int32Array => free.subarray(k * size, (k + 1) * size);
  const baseline = Float64Array.from({ length: genes }, () => 0.7 * random.normal());
  const change: Record<string, Float64Array> = { [SCREEN_CONTROL]: new Float64Array(genes) };
  const signs = Float64Array.from({ length: genes }, () => (random.uniform() < 0.5 ? -1 : 1));
  targets.forEach((name, t) => {
    const own = new Float64Array(genes);
    own[t] = -1.5;
    for (const g of group(pathwayOf[t])) own[g] = signs[g] * (0.5 + random.uniform());
    change[name] = own;
  });
  const beyond: Record<string, Float64Array> = {};
  const pairs = targets.flatMap((a, i) =>
    targets.slice(i + 1).map((b, j) => {
      const [p, q] = [pathwayOf[i], pathwayOf[i + 1 + j]];
      const kind = kindOf(p, q);
      const extra = new Float64Array(genes);
      if (kind === 'buffering') {
        for (const g of group(p)) {
          const [x, y] = [change[a][g], change[b][g]];
          extra[g] = -Math.sign(x) * Math.min(Math.abs(x), Math.abs(y));
        }
      } else if (kind === 'synergy') {
        for (const g of group(pathways + Math.floor(p / 2))) extra[g] = 1.2 * signs[g];
      }
      const label = `${a}+${b}`;
      change[label] = extra.map((value, g) => value + change[a][g] + change[b][g]);
      beyond[label] = extra;
      return { label, members: [a, b] as const, kind };
    }),
  );
  const theta = Float64Array.from({ length: genes }, () => 4 * Math.exp(0.5 * random.normal()));
  return { targets, pathwayOf, pairs, change, beyond, baseline, theta };
}

function kindOf(p: number, q: number): PairKind {
  if (p === q) return 'buffering';
  return Math.floor(p / 2) === Math.floor(q / 2) ? 'synergy' : 'additive';
}

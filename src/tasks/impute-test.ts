/**
 * @file The honest test of imputation: counts of cells that the model never learnt from are hidden from everything that estimates them, and
 * then compared with the estimates; kNN-smoothing and class means get the same cells and the same hidden counts.
 */
import { Pacer } from '../maps/pacer.ts';
import { csrNnz, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom, randomAt } from '../numerics/random.ts';
import type { ModelApi } from '../protocol/api.ts';
import { StudioError } from '../protocol/errors.ts';
import { binByCount, type CountBin } from './impute-by-count.ts';
import { imputeCells, type ImputedBlock } from './impute.ts';
import { ImputeReference } from './impute-reference.ts';
import { spearman } from './spearman.ts';

/** Stream of the choice of what is hidden. */
const MASK_STREAM = 75;
/** Share of all entries that are hidden; of chosen genes one half. */
const SHARE = 0.1;
const CHOSEN_SHARE = 0.5;
const MOST_CELLS = 400;
const FEWEST_CELLS = 20;
/** Correlations within one gene need that many hidden entries, and that many of them with counts. */
const FEWEST_OF_GENE = 20;
const FEWEST_POSITIVE = 5;

/** What is tested. */
export interface ImputationTestRequest {
  /** Cells that the model learnt from, and their kinds; null without kinds. Over the model's genes. */
  readonly training: CsrMatrix;
  readonly trainingKinds: Int32Array | null;
  /** Cells it did not learn from. */
  readonly heldOut: CsrMatrix;
  readonly heldOutKinds: Int32Array | null;
  /** Genes that matter, by their position in the model; null: all. */
  readonly genes: ArrayLike<number> | null;
  readonly seed: number;
}

/** One way of filling. */
export type ImputationMethod = 'combined' | 'model' | 'nearest' | 'kind' | 'overall';

/** How a way of filling did on the hidden entries. */
export interface MethodScore {
  readonly method: ImputationMethod;
  /** Spearman over all hidden entries, over those with a count, and within genes (mean over genes). */
  readonly spearman: number;
  readonly spearmanPositive: number;
  readonly spearmanWithin: number | null;
  /** Mean |log(1 + estimate) − log(1 + count)| over all hidden entries, and over those with a count. */
  readonly error: number;
  readonly errorPositive: number;
}

/** How one chosen gene did. */
export interface GeneScore {
  /** Position in the model. */
  readonly gene: number;
  readonly entries: number;
  /** Spearman of each way; null where too few entries have a count. */
  readonly spearman: Readonly<Partial<Record<ImputationMethod, number>>> | null;
}

/** The outcome. */
export interface ImputationTest {
  readonly trainingCells: number;
  readonly heldOutCells: number;
  /** Hidden entries, and how many of them have a count. */
  readonly entries: number;
  readonly positive: number;
  /** `combined` is what is written. */
  readonly scores: readonly MethodScore[];
  /** Chosen genes; empty without a choice. */
  readonly genes: readonly GeneScore[];
  /** What each way says by the hidden count; the range is that of `combined`. */
  readonly byCount: readonly CountBin<ImputationMethod>[];
}

/** Runs the test. Errors: too-few-cells, bad-request, cancelled. */
export async function testImputation(
  service: ModelApi,
  request: ImputationTestRequest,
  onShare: (share: number) => void = () => undefined,
  pacer = new Pacer(),
): Promise<ImputationTest> {
  const rows = chooseCells(request);
  const full = selectRows(request.heldOut, rows);
  const kinds = request.heldOutKinds;
  const chosen = request.genes === null ? null : marksOf(request.genes, full.cols);
  const unseen = maskOf(chosen, request.seed);
  const counts = hideEntries(full, unseen);
  const { training, trainingKinds } = request;
  const reference = await ImputeReference.prepare(
    { counts: training, kinds: trainingKinds },
    null,
    request.seed,
    pacer,
  );
  const genes = request.genes ?? Uint32Array.from({ length: full.cols }, (_, g) => g);
  const hidden = new HiddenEntries(full, genes, unseen, reference.overall);
  await imputeCells(
    service,
    { counts, kinds: kinds === null ? null : rows.map((i) => kinds[i]), own: null, unseen },
    reference,
    { genes, passes: 0, seed: request.seed },
    (block) => {
      hidden.take(block);
      onShare((block.from + block.cells) / rows.length);
    },
    pacer,
  );
  return {
    trainingCells: training.rows,
    heldOutCells: rows.length,
    ...hidden.score(request.genes),
  };
}

function chooseCells({ heldOut, seed }: ImputationTestRequest): Int32Array {
  if (heldOut.rows < FEWEST_CELLS) {
    throw new StudioError(
      'too-few-cells',
      'Too few held-out cells to test imputation.',
      `The model never saw ${heldOut.rows} of these cells; ${FEWEST_CELLS} are needed. Train a model that holds out more cells.`,
      { cells: heldOut.rows },
    );
  }
  const order = createRandom(seed, MASK_STREAM).permutation(heldOut.rows);
  return Int32Array.from(order.slice(0, MOST_CELLS)).sort();
}

function marksOf(genes: ArrayLike<number>, all: number): Uint8Array {
  const marks = new Uint8Array(all);
  for (let j = 0; j < genes.length; j++) marks[genes[j]] = 1;
  return marks;
}

/** Which entries are hidden: the same for every call with the same cell. @param chosen 1 for genes of which one half is hidden */
export function maskOf(chosen: Uint8Array | null, seed: number) {
  return (cell: number, marks: Uint8Array): void => {
    const random = randomAt(seed, MASK_STREAM, cell);
    for (let g = 0; g < marks.length; g++) {
      const share = chosen?.[g] === 1 ? CHOSEN_SHARE : SHARE;
      marks[g] = random.uniform() < share ? 1 : 0;
    }
  };
}

/** The counts without what is hidden. */
export function hideEntries(
  full: CsrMatrix,
  unseen: (cell: number, marks: Uint8Array) => void,
): CsrMatrix {
  const marks = new Uint8Array(full.cols);
  const indptr = new Uint32Array(full.rows + 1);
  const indices = new Uint32Array(csrNnz(full));
  const values = new Float32Array(csrNnz(full));
  let to = 0;
  for (let r = 0; r < full.rows; r++) {
    unseen(r, marks);
    for (let e = full.indptr[r]; e < full.indptr[r + 1]; e++) {
      if (marks[full.indices[e]] === 1) continue;
      indices[to] = full.indices[e];
      values[to++] = full.values[e];
    }
    indptr[r + 1] = to;
  }
  return { rows: full.rows, cols: full.cols, indptr, indices, values };
}

/** Hidden entries with their truth and their estimates. */
class HiddenEntries {
  private readonly truth: number[] = [];
  private readonly gene: number[] = [];
  private readonly estimates = new Map<ImputationMethod, number[]>();

  constructor(
    private readonly full: CsrMatrix,
    private readonly genes: ArrayLike<number>,
    private readonly unseen: (cell: number, marks: Uint8Array) => void,
    private readonly overall: Float64Array,
  ) {}

  take({ from, cells, model, nearest, kind, combined }: ImputedBlock): void {
    const { cols, indptr, indices, values } = this.full;
    const marks = new Uint8Array(cols);
    const row = new Float32Array(cols);
    const width = this.genes.length;
    for (let r = 0; r < cells; r++) {
      this.unseen(from + r, marks);
      row.fill(0);
      let seenTotal = 0;
      for (let e = indptr[from + r]; e < indptr[from + r + 1]; e++) {
        row[indices[e]] = values[e];
        if (marks[indices[e]] === 0) seenTotal += values[e];
      }
      const seenShare = this.overall.reduce((sum, v, g) => sum + (marks[g] === 0 ? v : 0), 0);
      for (let j = 0; j < width; j++) {
        const g = this.genes[j];
        if (marks[g] === 0) continue;
        this.truth.push(row[g]);
        this.gene.push(g);
        const at = r * width + j;
        this.add('combined', combined[at]);
        this.add('model', model[at]);
        if (nearest !== null) this.add('nearest', nearest[at]);
        const mean = seenShare > 0 ? (this.overall[g] * seenTotal) / seenShare : 0;
        // A cell of a kind that is too small gets the mean of all cells.
        if (kind !== null) this.add('kind', Number.isNaN(kind[at]) ? mean : kind[at]);
        this.add('overall', mean);
      }
    }
  }

  private add(method: ImputationMethod, value: number): void {
    const own = this.estimates.get(method);
    if (own === undefined) this.estimates.set(method, [value]);
    else own.push(value);
  }

  score(
    chosen: ArrayLike<number> | null,
  ): Pick<ImputationTest, 'entries' | 'positive' | 'scores' | 'genes' | 'byCount'> {
    const positive = [...this.truth.keys()].filter((i) => this.truth[i] > 0);
    const byGene = new Map<number, number[]>();
    this.gene.forEach((g, i) => {
      const own = byGene.get(g);
      if (own === undefined) byGene.set(g, [i]);
      else own.push(i);
    });
    const groups = [...byGene.values()].filter((own) => this.fits(own));
    const scores = [...this.estimates].map(([method, values]) => ({
      method,
      spearman: spearman(values, this.truth),
      spearmanPositive: this.within(values, positive),
      spearmanWithin:
        groups.length === 0
          ? null
          : groups.reduce((sum, own) => sum + this.within(values, own), 0) / groups.length,
      error: this.error(values, this.truth.keys()),
      errorPositive: this.error(values, positive),
    }));
    const genes = Array.from(chosen ?? [], (gene): GeneScore => {
      const own = byGene.get(gene) ?? [];
      const each = [...this.estimates].map(([method, values]) => [
        method,
        this.within(values, own),
      ]);
      const entries = own.length;
      const spearmanOf = Object.fromEntries(each) as Partial<Record<ImputationMethod, number>>;
      return { gene, entries, spearman: this.fits(own) ? spearmanOf : null };
    });
    return {
      entries: this.truth.length,
      positive: positive.length,
      scores,
      genes,
      byCount: binByCount(this.truth, this.estimates),
    };
  }

  private fits(own: readonly number[]): boolean {
    const positive = own.filter((i) => this.truth[i] > 0).length;
    return own.length >= FEWEST_OF_GENE && positive >= FEWEST_POSITIVE;
  }

  private within(values: readonly number[], own: readonly number[]): number {
    return spearman(own.map((i) => values[i]), own.map((i) => this.truth[i])); // prettier-ignore
  }

  private error(values: readonly number[], rows: Iterable<number>): number {
    let [sum, n] = [0, 0];
    for (const i of rows) {
      sum += Math.abs(Math.log1p(values[i]) - Math.log1p(this.truth[i]));
      n++;
    }
    return sum / Math.max(1, n);
  }
}

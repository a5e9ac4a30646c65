/** @file The cells of one judgement: which take part, which real cells make up the floor, where everything lies. */
import { logNormalise } from '../maps/log-counts.ts';
import type { Pacer } from '../maps/pacer.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { JudgeRequest } from '../protocol/judge.ts';
import { fewestDraws } from './checks.ts';
import { pickRows, type Cloud } from './distance-table.ts';
import { drawMatched, sharedLabels, splitHalves, takeSome, type Halves } from './draws.ts';
import { fitSpace, projectCells, spaceGenes, type Space } from './space.ts';

const MOST_FITTED = 6000;
const MANY_DRAWS = 40;
/** Up to this many compared cells, twice as many draws cost little. */
const SMALL = 500;

/** One set of cells: counts and, per attribute, categories. */
export interface JudgedSet {
  readonly counts: CsrMatrix;
  readonly codes: readonly Int32Array[];
}

/** The three sets cut to what takes part, and the draws of real cells that make up the floor. */
export interface JudgeCells {
  /** Held-out cells in random order. */
  readonly heldOut: JudgedSet;
  /** Synthetic cells in random order, no more than held-out ones. */
  readonly synthetic: JudgedSet;
  readonly training: JudgedSet;
  /** Joint labels (equal numbers mean the same combination). */
  readonly heldOutLabels: Int32Array;
  readonly trainingLabels: Int32Array;
  readonly halves: Halves;
  /** Rows of the training cells, one list a draw; labels like those of the held-out cells. */
  readonly draws: readonly Int32Array[];
  /** The same out of all training cells, for measures that need no space. */
  readonly countDraws: readonly Int32Array[];
  /** What had to be left out, as sentences. */
  readonly notes: readonly string[];
}

/** Rows of a set, in the order given. */
function pickSet(set: JudgedSet, rows: ArrayLike<number>): JudgedSet {
  return {
    counts: selectRows(set.counts, rows),
    codes: set.codes.map((own) => Int32Array.from({ length: rows.length }, (_, i) => own[rows[i]])),
  };
}

/** Chooses cells and draws. Without training cells there are no draws. */
export function chooseCells(request: JudgeRequest): JudgeCells {
  const { seed, attributes } = request;
  const random = createRandom(seed, 61);
  const training = { counts: request.training, codes: attributes.map((a) => a.training) };
  const halves = splitHalves(request.training.rows, seed);
  const room = training.counts.rows > 0 ? Math.floor((2 / 3) * halves.draw.length) : Infinity;
  const some = Math.min(request.heldOut.rows, request.mostCells, room);
  const pick = (counts: CsrMatrix, codes: Int32Array[], n: number): JudgedSet =>
    pickSet({ counts, codes }, takeSome(random, [...Array(counts.rows).keys()], n));
  const heldOut = pick(request.heldOut, attributes.map((a) => a.heldOut), some); // prettier-ignore
  const synthetic = pick(request.synthetic, attributes.map((a) => a.synthetic), some); // prettier-ignore
  const [heldOutLabels, trainingLabels] = sharedLabels(
    heldOut.codes,
    some,
    training.codes,
    training.counts.rows,
  );
  const coarse = (set: JudgedSet): Int32Array => set.codes[0] ?? new Int32Array(set.counts.rows);
  const size = Math.min(some, synthetic.counts.rows);
  const wanted = {
    labels: heldOutLabels.slice(0, size),
    coarse: coarse(heldOut).slice(0, size),
  };
  const count = training.counts.rows === 0 ? 0 : some <= SMALL ? MANY_DRAWS : fewestDraws;
  const drawFrom = (rows: Int32Array): Int32Array[] => {
    const labels = rows.map((row) => trainingLabels[row]);
    const first = rows.map((row) => coarse(training)[row]);
    return Array.from({ length: count }, () => drawMatched(random, rows, labels, first, wanted));
  };
  const draws = drawFrom(halves.draw);
  const countDraws = drawFrom(Int32Array.from(trainingLabels.keys()));
  const notes: string[] = [];
  if (some < request.heldOut.rows) {
    const why = some === room ? ': the floor needs three training cells for each' : '';
    notes.push(`${some} of ${request.heldOut.rows} held-out cells were compared${why}.`);
  }
  return {
    heldOut,
    synthetic,
    training,
    heldOutLabels,
    trainingLabels,
    halves,
    draws,
    countDraws,
    notes,
  };
}

/** A set with its place in the space. */
export interface PlacedSet extends JudgedSet {
  /** log1p(CP10k) over all genes, and over the space's genes. */
  readonly log: CsrMatrix;
  readonly values: CsrMatrix;
  readonly scores: Cloud;
}

/** All sets in one space, fitted on one half of the training cells (on the held-out cells when there are none). */
export interface PlacedCells {
  readonly space: Space;
  readonly heldOut: PlacedSet;
  readonly synthetic: PlacedSet;
  readonly training: PlacedSet;
}

/** Fits the space and places every set. Error: cancelled. */
export async function placeSets(
  cells: JudgeCells,
  seed: number,
  pacer: Pacer,
): Promise<PlacedCells> {
  const random = createRandom(seed, 62);
  const fitted =
    cells.training.counts.rows > 0
      ? selectRows(cells.training.counts, takeSome(random, cells.halves.fit, MOST_FITTED).sort())
      : cells.heldOut.counts;
  const space = await fitSpace(fitted, seed, pacer);
  const place = async (set: JudgedSet): Promise<PlacedSet> => {
    const log = await logNormalise(set.counts, pacer);
    const values = spaceGenes(space, log);
    return { ...set, log, values, scores: await projectCells(space, values, pacer) };
  };
  return {
    space,
    heldOut: await place(cells.heldOut),
    synthetic: await place(cells.synthetic),
    training: await place(cells.training),
  };
}

/** Rows of a placed set, in the order given. */
export function pickPlaced(set: PlacedSet, rows: ArrayLike<number>): PlacedSet {
  return {
    ...pickSet(set, rows),
    log: selectRows(set.log, rows),
    values: selectRows(set.values, rows),
    scores: pickRows(set.scores, rows),
  };
}

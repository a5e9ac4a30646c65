/** @file Are cells recognised as what they were asked to be, by a classifier that has seen real training cells only? */
import type { Pacer } from '../maps/pacer.ts';
import { selectRows } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { takeSome } from './draws.ts';
import type { PlacedSet } from './judge-cells.ts';
import { fitLogistic, predictClasses, type LogisticModel } from './logistic.ts';

const MOST_TRAINED = 3000;
const PENALTY = 0.1;
const ITERATIONS = 80;
/** Mean gradient a cell at which the fit is good enough. */
const TOLERANCE = 1e-4;

/** A classifier of one attribute on the space's log-normalised genes. */
export interface Recogniser {
  readonly attribute: number;
  readonly model: LogisticModel;
}

/** Trains the classifier of one attribute; all learn from the same cells. Error: cancelled. */
export async function trainRecogniser(
  training: PlacedSet,
  attribute: number,
  classes: number,
  seed: number,
  pacer: Pacer,
): Promise<Recogniser> {
  const all = Int32Array.from({ length: training.counts.rows }, (_, i) => i);
  const rows = takeSome(createRandom(seed, 71), all, MOST_TRAINED).sort();
  const codes = Int32Array.from(rows, (row) => training.codes[attribute][row]);
  const model = await fitLogistic(selectRows(training.values, rows), codes, classes, {
    C: PENALTY,
    iterations: ITERATIONS,
    tolerance: TOLERANCE * rows.length,
    pacer,
  });
  return { attribute, model };
}

/** One classifier an attribute. @param categories number of each one's categories. Error: cancelled. */
export async function trainRecognisers(
  training: PlacedSet,
  categories: readonly number[],
  seed: number,
  pacer: Pacer,
): Promise<Recogniser[]> {
  const out: Recogniser[] = [];
  for (const [attribute, classes] of categories.entries()) {
    out.push(await trainRecogniser(training, attribute, classes, seed, pacer));
  }
  return out;
}

/** What classifiers say about a set of cells. */
export interface Recognition {
  /** Share of cells recognised, per attribute; null where no cell was asked to be anything. */
  readonly shares: readonly (number | null)[];
  /** Per attribute: 1 where a cell was recognised, 0 where not, −1 where it was not asked, [cells]. */
  readonly seen: readonly Int8Array[];
  /** Share of attributes recognised for every cell; NaN where it was asked nothing, [cells]. */
  readonly byCell: Float64Array;
  /** The same without cells that were asked nothing. */
  readonly marks: Float64Array;
  /** Mean of the marks; null when nothing was asked. */
  readonly hits: number | null;
}

/** Compares what cells look like with what they were asked to be. */
export function recognise(recognisers: readonly Recogniser[], set: PlacedSet): Recognition {
  const seen = recognisers.map(({ attribute, model }) => {
    const named = predictClasses(model, set.values);
    return Int8Array.from(set.codes[attribute], (code, i) =>
      code < 0 ? -1 : named[i] === code ? 1 : 0,
    );
  });
  const byCell = Float64Array.from({ length: set.counts.rows }, (_, i) => {
    const asked = seen.filter((own) => own[i] >= 0);
    return asked.reduce((sum, own) => sum + own[i], 0) / asked.length;
  });
  const marks = byCell.filter((mark) => !Number.isNaN(mark));
  return {
    shares: seen.map((own) => shareOfAsked(own)),
    seen,
    byCell,
    marks,
    hits: marks.length > 0 ? marks.reduce((a, b) => a + b, 0) / marks.length : null,
  };
}

/** Share of ones among the ones and zeros; null without any. */
function shareOfAsked(seen: Int8Array): number | null {
  const asked = seen.filter((mark) => mark >= 0);
  return asked.length > 0 ? asked.reduce((a, b) => a + b, 0) / asked.length : null;
}

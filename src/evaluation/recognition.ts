/** @file Are cells recognised as what they were asked to be, by a classifier that has seen real training cells only? */
import type { Pacer } from '../maps/pacer.ts';
import { selectRows } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { takeSome } from './draws.ts';
import type { PlacedSet } from './judge-cells.ts';
import { fitLogistic, predictClasses, type LogisticModel } from './logistic.ts';

const MOST_TRAINED = 5000;
const PENALTY = 0.1;
const ITERATIONS = 80;
/** Mean gradient a cell at which the fit is good enough. */
const TOLERANCE = 1e-4;

/** A classifier of one attribute on the space's log-normalised genes. */
export interface Recogniser {
  readonly attribute: number;
  readonly model: LogisticModel;
}

/** Trains one classifier an attribute. Error: cancelled. */
export async function trainRecognisers(
  training: PlacedSet,
  categories: readonly number[],
  seed: number,
  pacer: Pacer,
): Promise<Recogniser[]> {
  const random = createRandom(seed, 71);
  const all = Int32Array.from({ length: training.counts.rows }, (_, i) => i);
  const rows = takeSome(random, all, MOST_TRAINED).sort();
  const values = selectRows(training.values, rows);
  const out: Recogniser[] = [];
  for (const [attribute, classes] of categories.entries()) {
    const codes = Int32Array.from(rows, (row) => training.codes[attribute][row]);
    const model = await fitLogistic(values, codes, classes, {
      C: PENALTY,
      iterations: ITERATIONS,
      tolerance: TOLERANCE * rows.length,
      pacer,
    });
    out.push({ attribute, model });
  }
  return out;
}

/** What classifiers say about a set of cells. */
export interface Recognition {
  /** Share of cells recognised, per attribute; null where no cell was asked to be anything. */
  readonly shares: readonly (number | null)[];
  /** Share of attributes recognised, for every cell that was asked to be something. */
  readonly marks: Float64Array;
  /** Mean of the marks; null when nothing was asked. */
  readonly hits: number | null;
}

/** Compares what cells look like with what they were asked to be. */
export function recognise(recognisers: readonly Recogniser[], set: PlacedSet): Recognition {
  const n = set.counts.rows;
  const right = new Float64Array(n);
  const asked = new Float64Array(n);
  const shares = recognisers.map(({ attribute, model }) => {
    const seen = predictClasses(model, set.values);
    let hits = 0;
    let count = 0;
    set.codes[attribute].forEach((code, i) => {
      if (code < 0) return;
      count++;
      asked[i]++;
      if (seen[i] === code) {
        hits++;
        right[i]++;
      }
    });
    return count > 0 ? hits / count : null;
  });
  const some = [...asked.keys()].filter((i) => asked[i] > 0);
  const marks = Float64Array.from(some, (i) => right[i] / asked[i]);
  return {
    shares,
    marks,
    hits: marks.length > 0 ? marks.reduce((a, b) => a + b, 0) / marks.length : null,
  };
}

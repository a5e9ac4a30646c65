/**
 * @file Does augmentation help? A classifier is trained on real training cells alone, with copies of the rare cells, and with synthetic
 * ones; all three are tested on the same held-out real cells.
 */
import { fitLogistic, predictClasses } from '../evaluation/logistic.ts';
import { columnMoments, logNormalise, pickColumns } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { selectColumns, selectRows, stackRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { quantile } from '../numerics/statistics.ts';
import { StudioError } from '../protocol/errors.ts';

const GENES = 2000;
const PENALTY = 0.1;
const ITERATIONS = 60;
const TOLERANCE = 1e-4;
const DRAWS = 1000;
/** 0.95 quantile of the normal distribution. */
const NORMAL_95 = 1.6448536269514722;

/** What is compared. */
export interface AugmentationCheckRequest {
  /** Real cells the model was trained on, and their classes (−1: left out). */
  readonly training: CsrMatrix;
  readonly trainingCodes: Int32Array;
  /** Real cells it never saw. */
  readonly heldOut: CsrMatrix;
  readonly heldOutCodes: Int32Array;
  readonly synthetic: CsrMatrix;
  readonly syntheticCodes: Int32Array;
  readonly classes: readonly string[];
  readonly seed: number;
}

/** A share with its 90 % interval. */
export interface Share {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** Recall of one augmented class under the three ways of training. */
export interface ClassRecall {
  readonly name: string;
  readonly trainingCells: number;
  readonly heldOutCells: number;
  readonly real: Share;
  readonly oversampled: Share;
  readonly synthetic: Share;
}

/** The outcome. */
export interface AugmentationCheck {
  readonly classes: readonly ClassRecall[];
  /** Mean recall over the augmented classes, synthetic minus oversampled, with a 90 % interval over held-out cells. */
  readonly gain: Share;
  /** The same over all other classes, which may pay for it; null where every class was augmented. */
  readonly others: Share | null;
  /** `helps` and `hurts` only where the gain's interval lies on one side of 0; a gain for which the others clearly pay is none. */
  readonly verdict: 'helps' | 'hurts' | 'at the cost of others' | 'no difference seen';
  /** Mean recall over all classes. */
  readonly balancedAccuracy: {
    readonly real: number;
    readonly oversampled: number;
    readonly synthetic: number;
  };
  /** In words. */
  readonly summary: string;
}

/** Runs the check. Errors: too-few-cells (an augmented class has no held-out or no training cell), cancelled. */
export async function checkAugmentation(
  request: AugmentationCheckRequest,
  pacer = new Pacer(),
): Promise<AugmentationCheck> {
  const augmented = [...new Set(request.syntheticCodes)].sort((a, b) => a - b);
  requireCells(request, augmented);
  const features = await prepare(request, pacer);
  const copies = oversample(request, augmented);
  const predict = (extra: CsrMatrix | null, codes: Int32Array): Promise<Int32Array> =>
    trainAndName(request, features, extra, codes, pacer);
  const none = new Int32Array(0);
  const real = await predict(null, none);
  const oversampled = await predict(
    selectRows(features.training, copies),
    copies.map((i) => request.trainingCodes[i]),
  );
  const synthetic = await predict(features.synthetic, request.syntheticCodes);
  const recallOf = (named: Int32Array, code: number): Share => wilson(hitsOf(request, named, code));
  const classes = augmented.map((code) => ({
    name: request.classes[code],
    trainingCells: count(request.trainingCodes, code),
    heldOutCells: count(request.heldOutCodes, code),
    real: recallOf(real, code),
    oversampled: recallOf(oversampled, code),
    synthetic: recallOf(synthetic, code),
  }));
  const gain = gainOf(request, augmented, synthetic, oversampled);
  const rest = request.classes.flatMap((_, code) =>
    augmented.includes(code) || count(request.heldOutCodes, code) === 0 ? [] : [code],
  );
  const others = rest.length === 0 ? null : gainOf(request, rest, synthetic, oversampled);
  const verdict = judge(gain, others);
  const balanced = (named: Int32Array): number => balancedAccuracy(request, named);
  return {
    classes,
    gain,
    others,
    verdict,
    balancedAccuracy: {
      real: balanced(real),
      oversampled: balanced(oversampled),
      synthetic: balanced(synthetic),
    },
    summary: summarise(verdict, gain, others, classes),
  };
}

function judge(gain: Share, others: Share | null): AugmentationCheck['verdict'] {
  if (gain.interval[1] < 0) return 'hurts';
  if (others !== null && others.interval[1] < 0) {
    return gain.interval[0] > 0 ? 'at the cost of others' : 'hurts';
  }
  return gain.interval[0] > 0 ? 'helps' : 'no difference seen';
}

function requireCells(request: AugmentationCheckRequest, augmented: readonly number[]): void {
  for (const code of augmented) {
    const [trained, held] = [count(request.trainingCodes, code), count(request.heldOutCodes, code)];
    if (trained > 0 && held > 0) continue;
    throw new StudioError(
      'too-few-cells',
      `${request.classes[code]} cannot be checked.`,
      `It has ${trained} training cells and ${held} held-out cells; each needs at least one. Train a model that holds out more cells.`,
      { class: request.classes[code], trained, held },
    );
  }
}

interface Features {
  readonly training: CsrMatrix;
  readonly heldOut: CsrMatrix;
  readonly synthetic: CsrMatrix;
}

/** log1p(CP10k) of the genes that vary most over the real training cells. */
async function prepare(request: AugmentationCheckRequest, pacer: Pacer): Promise<Features> {
  const training = await logNormalise(request.training, pacer);
  const { variance } = await columnMoments(training, pacer);
  const genes = pickColumns(variance, GENES);
  const pick = async (counts: CsrMatrix): Promise<CsrMatrix> =>
    selectColumns(await logNormalise(counts, pacer), genes);
  return {
    training: selectColumns(training, genes),
    heldOut: await pick(request.heldOut),
    synthetic: await pick(request.synthetic),
  };
}

/** As many copies of real training cells of each augmented class as there are synthetic cells of it. */
function oversample(request: AugmentationCheckRequest, augmented: readonly number[]): Int32Array {
  const random = createRandom(request.seed, 73);
  const rows = augmented.flatMap((code) => {
    const own = [...request.trainingCodes.keys()].filter((i) => request.trainingCodes[i] === code);
    const wanted = count(request.syntheticCodes, code);
    return Array.from({ length: wanted }, () => own[random.integer(own.length)]);
  });
  return Int32Array.from(rows);
}

async function trainAndName(
  request: AugmentationCheckRequest,
  features: Features,
  extra: CsrMatrix | null,
  extraCodes: Int32Array,
  pacer: Pacer,
): Promise<Int32Array> {
  const rows = extra === null ? features.training : stackRows(features.training, extra);
  const codes = Int32Array.from([...request.trainingCodes, ...extraCodes]);
  const model = await fitLogistic(rows, codes, request.classes.length, {
    C: PENALTY,
    iterations: ITERATIONS,
    tolerance: TOLERANCE * rows.rows,
    pacer,
  });
  return predictClasses(model, features.heldOut);
}

function count(codes: Int32Array, code: number): number {
  return codes.reduce((n, own) => n + (own === code ? 1 : 0), 0);
}

/** 1 for held-out cells of a class that were named so, 0 for the others of it. */
function hitsOf(
  { heldOutCodes }: AugmentationCheckRequest,
  named: Int32Array,
  code: number,
): number[] {
  return [...heldOutCodes.keys()]
    .filter((i) => heldOutCodes[i] === code)
    .map((i) => (named[i] === code ? 1 : 0));
}

/** A share with Wilson's 90 % interval. Source: Wilson, JASA 1927. */
export function wilson(hits: readonly number[]): Share {
  const n = hits.length;
  const value = hits.reduce((a, b) => a + b, 0) / n;
  const z2 = (NORMAL_95 * NORMAL_95) / n;
  const centre = (value + z2 / 2) / (1 + z2);
  const half = (NORMAL_95 * Math.sqrt((value * (1 - value)) / n + z2 / (4 * n))) / (1 + z2);
  return { value, interval: [Math.max(0, centre - half), Math.min(1, centre + half)] };
}

/** The paired difference of mean recalls, with an interval over resamples of each class's held-out cells. */
function gainOf(
  request: AugmentationCheckRequest,
  augmented: readonly number[],
  synthetic: Int32Array,
  oversampled: Int32Array,
): Share {
  const differences = augmented.map((code) => {
    const ours = hitsOf(request, synthetic, code);
    const theirs = hitsOf(request, oversampled, code);
    return ours.map((hit, i) => hit - theirs[i]);
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;
  const random = createRandom(request.seed, 74);
  const draws = Float64Array.from({ length: DRAWS }, () =>
    mean(differences.map((own) => mean(own.map(() => own[random.integer(own.length)])))),
  );
  return {
    value: mean(differences.map(mean)),
    interval: [quantile(draws, 0.05), quantile(draws, 0.95)],
  };
}

function balancedAccuracy(request: AugmentationCheckRequest, named: Int32Array): number {
  const recalls = request.classes.flatMap((_, code) => {
    const hits = hitsOf(request, named, code);
    return hits.length === 0 ? [] : [hits.reduce((a, b) => a + b, 0) / hits.length];
  });
  return recalls.reduce((a, b) => a + b, 0) / recalls.length;
}

function summarise(
  verdict: AugmentationCheck['verdict'],
  gain: Share,
  others: Share | null,
  classes: readonly ClassRecall[],
): string {
  const points = (share: number): string => (share * 100).toFixed(1);
  const words = ({ value, interval }: Share): string =>
    `${points(value)} points (90 % interval ${points(interval[0])} to ${points(interval[1])})`;
  const range = words(gain);
  const held = classes.reduce((sum, own) => sum + own.heldOutCells, 0);
  const on = `on ${held} held-out real cells`;
  if (verdict === 'helps') {
    return `Synthetic cells help: mean recall is higher than with copies of real cells by ${range}, ${on}.`;
  }
  const pays =
    others === null ? '' : ` The recall of all other classes differs by ${words(others)}.`;
  if (verdict === 'at the cost of others') {
    return `Synthetic cells only move errors: mean recall rises by ${range}, ${on}.${pays} Use copies instead.`;
  }
  if (verdict === 'hurts') {
    return `Synthetic cells hurt: mean recall differs from that with copies of real cells by ${range}, ${on}.${pays} Use copies instead.`;
  }
  return `Synthetic cells do not help measurably: mean recall differs from that with copies of real cells by ${range}, ${on}.`;
}

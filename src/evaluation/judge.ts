/** @file One judgement from counts to verdict, in stages: what is cheap comes first, and every stage reports what is known by then. */
import { Pacer } from '../maps/pacer.ts';
import { StudioError } from '../protocol/errors.ts';
import type {
  BaselineName,
  JudgeEvent,
  JudgeRequest,
  Measures,
  Verdict,
} from '../protocol/judge.ts';
import { classNb, gaussianPlaces, independentGenes } from './baselines.ts';
import {
  intervalAround,
  predictedShares,
  resampledEnergy,
  resampledLines,
  resampledShares,
} from './bootstrap.ts';
import { classDiversity, measureClouds, twoClouds } from './cloud-measures.ts';
import { CopyWatch, findEqualRows } from './copy-watch.ts';
import {
  measureDistances,
  pickRows,
  pickTable,
  stackClouds,
  type Cloud,
  type DistanceTable,
} from './distance-table.ts';
import { sharedLabels, takeSome } from './draws.ts';
import { Findings } from './findings.ts';
import { cellFacts, compareFacts, compareGenes, geneFacts, pickFacts } from './gene-statistics.ts';
import { GroupBook } from './group-measures.ts';
import {
  chooseCells,
  pickPlaced,
  placeSets,
  type JudgeCells,
  type JudgedSet,
  type PlacedCells,
  type PlacedSet,
} from './judge-cells.ts';
import { medianWidth, type TwoClouds } from './kernel-distances.ts';
import { percentWords } from './number-words.ts';
import { recognise, trainRecognisers, type Recogniser } from './recognition.ts';
import { projectCells, spaceGenes } from './space.ts';
import { logNormalise } from '../maps/log-counts.ts';
import { createRandom } from '../numerics/random.ts';
import { wasserstein1, wasserstein2 } from './transport.ts';
import { twoSampleAuc } from './two-sample-auc.ts';

const RESAMPLES = 200;
/** Energy resamples cost a pass over three tables each. */
const ENERGY_RESAMPLES = 40;
/** Draws for measures that cost seconds each. */
const DEAR_DRAWS = 4;
const TRANSPORT_DRAWS = 2;
/** Kernel MMDs of the floor are made for this many draws. */
const KERNEL_DRAWS = 4;
const WIDTH_CELLS = 1500;
/** New real cells that say how near to a training cell is usual. */
const MOST_FRESH = 3000;
/** Real cells may happen to be equal; a larger share of held-out cells was never held out. */
const FEW_EQUAL = 0.05;

/** Runs one judgement. */
export class Judgement {
  private readonly cells: JudgeCells;
  private readonly findings: Findings;
  private readonly groups: GroupBook;
  private readonly pacer: Pacer;

  constructor(
    private readonly request: JudgeRequest,
    private readonly onEvent: (event: JudgeEvent) => void,
    signal: AbortSignal | null,
  ) {
    checkRequest(request);
    this.pacer = new Pacer(signal);
    this.cells = chooseCells(request);
    this.groups = new GroupBook(request.attributes, this.cells.heldOut.codes);
    this.findings = new Findings({
      key: request.key,
      cells: {
        heldOut: request.heldOut.rows,
        training: request.training.rows,
        synthetic: request.synthetic.rows,
      },
      genes: request.heldOut.cols,
      stoppedEarly: request.stoppedEarly,
      compared: this.cells.heldOut.counts.rows,
      attributes: request.attributes.length,
      started: performance.now(),
    });
    this.findings.notes.push(...this.cells.notes);
    if (request.training.rows === 0) {
      this.findings.notes.push('Without training cells there is no floor, and so no verdict.');
    }
  }

  /** All stages. Error: cancelled. */
  async run(): Promise<Verdict> {
    this.tell('Counting zeros', 0.02, false);
    this.countFacts();
    this.tell('Fitting the space', 0.06);
    const placed = await placeSets(this.cells, this.request.seed, this.pacer);
    this.tell('Measuring distances', 0.2);
    const within = await this.distances(placed.heldOut.scores, placed.heldOut.scores);
    const width = this.widthOf(within);
    const clouds = await twoClouds(
      placed.heldOut.scores,
      within,
      placed.synthetic.scores,
      this.pacer,
    );
    this.measureSynthetic(placed, clouds, width);
    this.tell('Training the classifier', 0.25);
    const recognisers = await this.recogniseAll(placed);
    const watch = await this.watchCopies(placed);
    await this.measureFloor(placed, within, width);
    this.findings.groups = this.groups.results(clouds, placed.synthetic.codes);
    this.tell('Bootstrapping', 0.55);
    this.makeIntervals(clouds);
    this.tell('Trivial methods', 0.6);
    await this.measureBaselines(placed, within, width, recognisers, watch);
    this.tell('Genes', 0.72);
    await this.measureGenes(placed);
    this.tell('Telling apart', 0.8);
    await this.measureAuc(placed);
    this.tell('Exact transport', 0.88);
    await this.measureTransport(placed, clouds.between);
    return this.findings.verdict(true);
  }

  private tell(doing: string, share: number, withVerdict = true): void {
    const verdict = withVerdict ? this.findings.verdict(false) : null;
    this.onEvent({ doing, share, verdict });
  }

  private distances(a: Cloud, b: Cloud): Promise<DistanceTable> {
    return measureDistances(a, b, this.pacer);
  }

  private widthOf(within: DistanceTable): number {
    const n = Math.min(within.rows, WIDTH_CELLS);
    const some = Array.from({ length: n }, (_, i) => i);
    return medianWidth(n < within.rows ? pickTable(within, some, some) : within);
  }

  /** Zeros and library sizes: no space is needed for them. */
  private countFacts(): void {
    const { heldOut, synthetic, training, countDraws } = this.cells;
    const { seed } = this.request;
    const real = cellFacts(heldOut.counts);
    const own = cellFacts(synthetic.counts);
    this.findings.add(compareFacts(real, own));
    const all = cellFacts(training.counts);
    for (const rows of countDraws) this.findings.addDraw(compareFacts(real, pickFacts(all, rows)));
    const { zeros = 0, logLibrary = 0 } = this.findings.measures;
    const { intervals } = this.findings;
    intervals.zeros = intervalAround(zeros, resampledLines(real.zeros, own.zeros, 100, seed));
    const lines = resampledLines(real.logLibrary, own.logLibrary, 100, seed);
    intervals['library'] = intervalAround(logLibrary, lines);
  }

  private measureSynthetic(placed: PlacedCells, clouds: TwoClouds, width: number): void {
    const { measures, apart, prdc } = measureClouds(clouds, width, true);
    this.findings.add(measures);
    const { intervals } = this.findings;
    const { seed } = this.request;
    const marks = Uint8Array.from([...apart.first, ...apart.second]);
    const excess = resampledShares(marks, RESAMPLES, seed).map((a) => Math.abs(a - 0.5));
    intervals.toldApart = intervalAround(Math.abs(apart.accuracy - 0.5), excess);
    const missed = resampledShares(prdc.covered, RESAMPLES, seed).map((c) => 1 - c);
    intervals.coverage = intervalAround(1 - prdc.coverage, missed);
    this.addDiversity(clouds, placed.synthetic.codes, (value) =>
      this.findings.add({ diversity: value }),
    );
  }

  private addDiversity(
    clouds: TwoClouds,
    codes: readonly Int32Array[],
    add: (value: number) => void,
  ): void {
    const { heldOut } = this.cells;
    const labels = sharedLabels(heldOut.codes, clouds.first.rows, codes, clouds.second.rows);
    const value = classDiversity(clouds, ...labels);
    if (value !== null) add(value);
  }

  private makeIntervals(clouds: TwoClouds): void {
    const { energy = 0 } = this.findings.measures;
    const { heldOut, synthetic } = this.cells;
    const [n, m] = [clouds.first.rows, clouds.second.rows];
    const labels = sharedLabels(heldOut.codes, n, synthetic.codes, m);
    const resamples = resampledEnergy(clouds, labels, ENERGY_RESAMPLES, this.request.seed);
    this.findings.intervals.expression = intervalAround(energy, resamples);
  }

  private async recogniseAll(placed: PlacedCells): Promise<Recogniser[]> {
    const { attributes, seed, training } = this.request;
    if (attributes.length === 0) return [];
    const teacher = training.rows > 0 ? placed.training : placed.heldOut;
    const sizes = attributes.map(({ categories }) => categories.length);
    const recognisers = await trainRecognisers(teacher, sizes, seed, this.pacer);
    const own = recognise(recognisers, placed.synthetic);
    const real = recognise(recognisers, placed.heldOut);
    attributes.forEach(({ name }, a) => {
      this.findings.hits[name] = { synthetic: own.shares[a], real: real.shares[a] ?? 0 };
    });
    if (own.hits === null || real.hits === null) return recognisers;
    this.findings.add({ hits: own.hits });
    const missed = resampledShares(own.marks, RESAMPLES, seed).map((h) => 1 - h);
    this.findings.intervals.hits = intervalAround(1 - own.hits, missed);
    if (training.rows === 0) return recognisers;
    // The classifier has seen the training cells, so the floor comes from held-out ones: what another sample may show.
    const [n, m] = [real.marks.length, own.marks.length];
    for (const hits of predictedShares(real.hits, n, m, RESAMPLES, seed)) {
      this.findings.addDraw({ hits });
    }
    return recognisers;
  }

  /** How near synthetic cells come to all training cells; and whether they sit on cells of the half that new real cells can be held against. */
  private async watchCopies(placed: PlacedCells): Promise<CopyWatch | null> {
    const { training, heldOut, synthetic } = placed;
    const { halves } = this.cells;
    const { seed } = this.request;
    if (training.counts.rows === 0) return null;
    const all = await CopyWatch.build(training.scores, heldOut.scores, this.pacer);
    const { nearTraining, copyRatio } = await all.report(synthetic.scores, this.pacer);
    const fresh = takeSome(createRandom(seed, 55), halves.draw, MOST_FRESH);
    const unseen = stackClouds(pickRows(training.scores, fresh), heldOut.scores);
    const watch = await CopyWatch.build(pickRows(training.scores, halves.fit), unseen, this.pacer);
    // Real cells hardly ever sit on one another: what another sample may show says more than a band of zeros.
    const { marks: sitting } = await watch.report(unseen, this.pacer);
    const equal = shareOf(findEqualRows(training.counts, heldOut.counts));
    if (equal > FEW_EQUAL) {
      this.findings.notes.push(
        `${percentWords(equal)} of the held-out cells equal a training cell: they were not held out.`,
      );
    }
    const share = Math.max(shareOf(sitting), equal > FEW_EQUAL ? 0 : equal);
    const n = synthetic.counts.rows;
    for (const value of predictedShares(share, unseen.rows, n, RESAMPLES, seed)) {
      this.findings.addDraw({ copies: value });
    }
    const copies = await this.copiesIn(watch, placed, synthetic);
    this.findings.add({ nearTraining, copyRatio, ...copies.measures });
    const shares = resampledShares(copies.marks, RESAMPLES, seed);
    this.findings.intervals.copies = intervalAround(copies.measures.copies, shares);
    return watch;
  }

  private async copiesIn(watch: CopyWatch, { training }: PlacedCells, set: PlacedSet) {
    const { marks: near } = await watch.report(set.scores, this.pacer);
    const equal = findEqualRows(training.counts, set.counts);
    const marks = near.map((mark, i) => mark | equal[i]);
    return { marks, measures: { copies: shareOf(marks), exactCopies: shareOf(equal) } };
  }

  /** Real against real: draws from the half that the space was not fitted on. */
  private async measureFloor(
    placed: PlacedCells,
    within: DistanceTable,
    width: number,
  ): Promise<void> {
    const { draws } = this.cells;
    for (const [i, rows] of draws.entries()) {
      if (i % 4 === 0) this.tell('Real against real', 0.3 + (0.25 * i) / draws.length, i > 0);
      const draw = pickPlaced(placed.training, rows);
      const clouds = await twoClouds(placed.heldOut.scores, within, draw.scores, this.pacer);
      const { measures } = measureClouds(clouds, width, i < KERNEL_DRAWS);
      this.findings.addDraw(measures);
      this.groups.addDraw(clouds, draw.codes);
      this.addDiversity(clouds, draw.codes, (diversity) => this.findings.addDraw({ diversity }));
    }
  }

  private async measureBaselines(
    placed: PlacedCells,
    within: DistanceTable,
    width: number,
    recognisers: readonly Recogniser[],
    watch: CopyWatch | null,
  ): Promise<void> {
    const { heldOut, training, heldOutLabels, trainingLabels } = this.cells;
    const { seed } = this.request;
    if (watch === null) return;
    const source = { counts: training.counts, labels: trainingLabels, wanted: heldOutLabels };
    const add = async (name: BaselineName, set: JudgedSet): Promise<void> => {
      const own = await this.placeSet(placed, set);
      const clouds = await twoClouds(placed.heldOut.scores, within, own.scores, this.pacer);
      const { measures: copies } = await this.copiesIn(watch, placed, own);
      const { hits } = recognise(recognisers, own);
      this.findings.addBaseline(name, {
        ...measureClouds(clouds, width, false).measures,
        ...compareFacts(cellFacts(heldOut.counts), cellFacts(own.counts)),
        ...copies,
        ...(hits === null ? {} : { hits }),
      });
    };
    const codes = heldOut.codes;
    await add('independentGenes', {
      counts: await independentGenes(source, seed, this.pacer),
      codes,
    });
    await add('classNb', { counts: await classNb(source, seed, this.pacer), codes });
    await add('copies', pickPlaced(placed.training, this.cells.draws[0]));
    const places = gaussianPlaces(placed.training.scores, trainingLabels, heldOutLabels, seed);
    const clouds = await twoClouds(placed.heldOut.scores, within, places, this.pacer);
    this.findings.addBaseline('gaussian', measureClouds(clouds, width, false).measures);
  }

  private async placeSet(placed: PlacedCells, set: JudgedSet): Promise<PlacedSet> {
    const log = await logNormalise(set.counts, this.pacer);
    const values = spaceGenes(placed.space, log);
    return { ...set, log, values, scores: await projectCells(placed.space, values, this.pacer) };
  }

  private async measureGenes({ heldOut, synthetic, training, space }: PlacedCells): Promise<void> {
    const facts = (set: PlacedSet) => geneFacts(set.counts, set.log, space.top, this.pacer);
    const real = await facts(heldOut);
    this.findings.add(compareGenes(real, await facts(synthetic)));
    for (const rows of this.cells.draws.slice(0, DEAR_DRAWS)) {
      this.findings.addDraw(compareGenes(real, await facts(pickPlaced(training, rows))));
    }
  }

  private async measureAuc({ heldOut, synthetic, training }: PlacedCells): Promise<void> {
    const auc = async (other: PlacedSet): Promise<Measures> => ({
      auc: await twoSampleAuc(heldOut.scores, other.scores, this.request.seed, this.pacer),
    });
    this.findings.add(await auc(synthetic));
    for (const rows of this.cells.draws.slice(0, DEAR_DRAWS)) {
      this.findings.addDraw(await auc(pickPlaced(training, rows)));
    }
  }

  private async measureTransport(placed: PlacedCells, between: DistanceTable): Promise<void> {
    const { mostTransport } = this.request;
    const cut = (table: DistanceTable): DistanceTable => {
      const some = (n: number) => Array.from({ length: Math.min(n, mostTransport) }, (_, i) => i);
      const whole = Math.max(table.rows, table.cols) <= mostTransport;
      return whole ? table : pickTable(table, some(table.rows), some(table.cols));
    };
    const both = async (table: DistanceTable): Promise<Measures> => ({
      wasserstein1: await wasserstein1(cut(table), this.pacer),
      wasserstein2: await wasserstein2(cut(table), this.pacer),
    });
    this.findings.add(await both(between));
    for (const [i, rows] of this.cells.draws.slice(0, TRANSPORT_DRAWS).entries()) {
      this.tell('Exact transport', 0.92 + 0.04 * i);
      const { scores } = pickPlaced(placed.training, rows);
      this.findings.addDraw(await both(await this.distances(placed.heldOut.scores, scores)));
    }
  }
}

function shareOf(marks: Uint8Array): number {
  return marks.reduce((a, b) => a + b, 0) / marks.length;
}

function checkRequest({ heldOut, training, synthetic, attributes }: JudgeRequest): void {
  const right =
    heldOut.cols === synthetic.cols &&
    heldOut.cols === training.cols &&
    attributes.every(
      (a) =>
        a.heldOut.length === heldOut.rows &&
        a.training.length === training.rows &&
        a.synthetic.length === synthetic.rows,
    );
  if (right && Math.min(heldOut.rows, synthetic.rows) >= 10 && heldOut.cols >= 2) return;
  throw new StudioError(
    'bad-request',
    'These cells cannot be compared.',
    'At least 10 cells on each side and 2 genes in common are needed.',
    { heldOut: heldOut.rows, synthetic: synthetic.rows, genes: heldOut.cols },
  );
}

/** @file The stages that cost seconds: genes and markers, the two-sample classifier, exact transport; overall, then in groups. */
import { selectRows } from '../numerics/csr.ts';
import type { Measures } from '../protocol/judge.ts';
import { measureDistances, pickRows, type Cloud, type DistanceTable } from './distance-table.ts';
import {
  compareAuc,
  compareGeneSets,
  compareTransport,
  geneBlocks,
  type GeneSetting,
  type GeneSide,
  type Measured,
} from './dear-measures.ts';
import { sumGenes, type GeneSums } from './gene-statistics.ts';
import type { Group } from './group-measures.ts';
import type { JudgeContext } from './judge-context.ts';
import { pickPlaced, type PlacedCells, type PlacedSet } from './judge-cells.ts';
import { chooseMarkers } from './markers.ts';
import type { PlacedBaseline } from './stage-baselines.ts';
import { fittedRows } from './stage-cells.ts';

/** Draws of the floor that are measured in these stages. */
const GENE_DRAWS = 8;
const AUC_DRAWS = 4;
const TRANSPORT_DRAWS = 2;
const GROUP_DRAWS = 2;
/** Bootstrap draws of gene measures, overall and in groups. */
const GENE_RESAMPLES = 60;
const GROUP_RESAMPLES = 20;
/** Training cells from which markers are chosen. */
const MOST_MARKED = 4000;
/** Groups that get these measures, the largest first; cells a side below which a classifier cannot be trained. */
const MOST_GROUPS = 24;
/** Cells of a group in exact transport at most. */
const MOST_GROUP_TRANSPORT = 1000;
const FEWEST_FOR_AUC = 40;
/** Cells a side on which a group's classifier is trained at most. */
const MOST_GROUP_AUC = 500;

const sideOf = ({ log, codes }: PlacedSet): GeneSide => ({ log, codes: codes[0] ?? null });

/** Panels and markers, chosen in the half of the training cells from which the floor is not drawn. */
function geneSetting(context: JudgeContext, { space, training }: PlacedCells): GeneSetting {
  const { request, pacer } = context;
  const { attributes, seed } = request;
  if (attributes.length === 0 || training.counts.rows === 0) {
    return { panels: [space.top], markers: null, draws: GENE_RESAMPLES, seed, pacer };
  }
  const rows = fittedRows(context, MOST_MARKED);
  const classes = attributes[0].categories.length;
  const codes = Int32Array.from(rows, (row) => training.codes[0][row]);
  const panel = chooseMarkers(selectRows(training.log, rows), codes, classes);
  const markers = panel.categories.length > 0 ? { panel, classes } : null;
  const panels = markers ? [space.top, panel.panel] : [space.top];
  return { panels, markers, draws: GENE_RESAMPLES, seed, pacer };
}

/** Genes of the synthetic cells, of draws of real cells and of the trivial methods. Error: cancelled. */
export async function measureGenes(
  context: JudgeContext,
  placed: PlacedCells,
  baselines: readonly PlacedBaseline[],
): Promise<GeneSetting> {
  const setting = geneSetting(context, placed);
  const { findings, pacer, cells } = context;
  const real = await sumGenes(placed.heldOut.log, setting.panels, geneBlocks, pacer);
  const own = await compareGeneSets(real, sideOf(placed.synthetic), setting);
  findings.add(own.measures, own.resamples);
  const whole = joined(real);
  const plain = async (set: PlacedSet): Promise<Measures> =>
    (await compareGeneSets(whole, sideOf(set), setting)).measures;
  for (const rows of cells.draws.slice(0, GENE_DRAWS)) {
    findings.addDraw(await plain(pickPlaced(placed.training, rows)));
  }
  for (const { name, set } of baselines) {
    if (set) findings.addBaseline(name, await plain(set));
  }
  return setting;
}

/** All blocks as one. */
function joined(blocks: readonly GeneSums[]): GeneSums[] {
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x + b[i]);
  return [
    blocks.reduce((a, b) => ({
      cells: a.cells + b.cells,
      log: add(a.log, b.log),
      squares: add(a.squares, b.squares),
      normalised: add(a.normalised, b.normalised),
      seen: add(a.seen, b.seen),
      panels: a.panels.map(({ sums, products }, p) => ({
        sums: add(sums, b.panels[p].sums),
        products: add(products, b.panels[p].products),
      })),
    })),
  ];
}

/** How well a trained classifier tells the sets from held-out cells. Error: cancelled. */
export async function measureAuc(
  { findings, request, pacer, cells }: JudgeContext,
  { heldOut, synthetic, training }: PlacedCells,
  baselines: readonly PlacedBaseline[],
): Promise<void> {
  const auc = (other: PlacedSet): Promise<Measured> =>
    compareAuc(heldOut.scores, other.scores, request.seed, pacer);
  const own = await auc(synthetic);
  findings.add(own.measures, own.resamples);
  for (const rows of cells.draws.slice(0, AUC_DRAWS)) {
    findings.addDraw((await auc(pickPlaced(training, rows))).measures);
  }
  for (const { name, set } of baselines) {
    if (set) findings.addBaseline(name, (await auc(set)).measures);
  }
}

/** Exact Wasserstein distances. Error: cancelled. */
export async function measureTransport(
  context: JudgeContext,
  { heldOut, training }: PlacedCells,
  between: DistanceTable,
  baselines: readonly PlacedBaseline[],
): Promise<void> {
  const { findings, request, pacer, cells } = context;
  const { mostTransport, seed } = request;
  const own = await compareTransport(between, mostTransport, seed, pacer);
  findings.add(own.measures, own.resamples);
  for (const [i, rows] of cells.draws.slice(0, TRANSPORT_DRAWS).entries()) {
    context.tell('Exact transport', 0.86 + 0.03 * i);
    const scores = pickRows(training.scores, rows);
    const table = await measureDistances(heldOut.scores, scores, pacer);
    findings.addDraw((await compareTransport(table, mostTransport, seed, pacer)).measures);
  }
  for (const { name, between: table } of baselines) {
    const { measures } = await compareTransport(table, mostTransport, seed, pacer);
    findings.addBaseline(name, measures);
  }
}

/** The same three for single categories and combinations, the largest first. Error: cancelled. */
export async function measureGroups(
  context: JudgeContext,
  placed: PlacedCells,
  setting: GeneSetting,
): Promise<void> {
  const { groups, cells } = context;
  const chosen = groups.list(placed.synthetic.codes).slice(0, MOST_GROUPS);
  const draws = cells.draws.slice(0, GROUP_DRAWS).map((rows) => pickPlaced(placed.training, rows));
  const drawn = draws.map((draw) => new Map(groups.list(draw.codes).map((own) => [own.key, own])));
  for (const [g, group] of chosen.entries()) {
    if (g % 4 === 0) context.tell('Single types', 0.92 + (0.06 * g) / chosen.length);
    const own = await measureGroup(context, placed, setting, group, placed.synthetic, geneBlocks);
    const floor: Measures[] = [];
    for (const [i, draw] of draws.entries()) {
      const other = drawn[i].get(group.key);
      if (!other) continue;
      floor.push((await measureGroup(context, placed, setting, other, draw, 1)).measures);
    }
    groups.addMore(group, own, floor);
  }
}

async function measureGroup(
  { request, pacer }: JudgeContext,
  { heldOut }: PlacedCells,
  setting: GeneSetting,
  group: Group,
  set: PlacedSet,
  blocks: number,
): Promise<Measured> {
  const { seed, mostTransport } = request;
  const [first, second] = [pickRows(heldOut.scores, group.first), pickRows(set.scores, group.second)]; // prettier-ignore
  const real = await sumGenes(
    selectRows(heldOut.log, group.first),
    setting.panels,
    Math.min(blocks, group.first.length, group.second.length),
    pacer,
  );
  const side = { log: selectRows(set.log, group.second), codes: null };
  const some = (cloud: Cloud): Cloud => (cloud.rows > MOST_GROUP_AUC ? pickRows(cloud, [...Array(MOST_GROUP_AUC).keys()]) : cloud); // prettier-ignore
  const few = Math.min(first.rows, second.rows) < FEWEST_FOR_AUC;
  const table = await measureDistances(first, second, pacer);
  const parts: Measured[] = [
    await compareGeneSets(real, side, { ...setting, draws: GROUP_RESAMPLES }),
    await compareTransport(table, Math.min(mostTransport, MOST_GROUP_TRANSPORT), seed, pacer),
    ...(few ? [] : [await compareAuc(some(first), some(second), seed, pacer)]),
  ];
  return {
    measures: Object.assign({}, ...parts.map(({ measures }) => measures)) as Measures,
    resamples: Object.assign({}, ...parts.map(({ resamples }) => resamples)) as Measured['resamples'], // prettier-ignore
  };
}

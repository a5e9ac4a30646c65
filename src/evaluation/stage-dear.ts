/** @file The stages that cost seconds: genes and markers, the two-sample classifier, exact transport; overall, then in groups. */
import { selectRows } from '../numerics/csr.ts';
import type { Measures } from '../protocol/judge.ts';
import { measureDistances, pickRows, type Cloud } from './distance-table.ts';
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
import type { Group } from './group-finder.ts';
import type { JudgeContext } from './judge-context.ts';
import { pickPlaced, type PlacedSet } from './judge-cells.ts';
import { oncePerFrame, type JudgeFrame } from './judge-frame.ts';
import { task, type GroupFound, type JobTold, type Task, type WhichCells } from './jobs.ts';
import { chooseMarkers } from './markers.ts';
import { fittedRows } from './stage-cells.ts';

/** Draws of the floor that are measured in these stages. */
const DRAWS = { genes: 8, auc: 4, transport: 2 } as const;
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
const settingOf = oncePerFrame((frame): GeneSetting => {
  const { attributes, seed, placed } = frame.parts;
  const { space, training } = placed;
  const base = { draws: GENE_RESAMPLES, seed, pacer: frame.pacer };
  if (attributes.length === 0 || training.counts.rows === 0) {
    return { panels: [space.top], markers: null, ...base };
  }
  const rows = fittedRows(frame, MOST_MARKED);
  const classes = attributes[0].categories.length;
  const codes = Int32Array.from(rows, (row) => training.codes[0][row]);
  const panel = chooseMarkers(selectRows(training.log, rows), codes, classes);
  const markers = panel.categories.length > 0 ? { panel, classes } : null;
  return { panels: markers ? [space.top, panel.panel] : [space.top], markers, ...base };
});

/** Gene sums of the held-out cells in blocks, and all blocks as one. */
const realGenes = oncePerFrame(async (frame) => {
  const { placed } = frame.parts;
  const { panels } = settingOf(frame);
  const blocks = await sumGenes(placed.heldOut.log, panels, geneBlocks, frame.pacer);
  return { blocks, whole: joined(blocks) };
});

/** The synthetic cells, or a draw of real ones. */
function cellsOf({ parts: { placed, cells } }: JudgeFrame, { draw }: WhichCells): PlacedSet {
  return draw === 'synthetic' ? placed.synthetic : pickPlaced(placed.training, cells.draws[draw]);
}

/** Genes of a set beside those of the held-out cells, with resamples for the synthetic cells. Error: cancelled. */
export async function compareGenesOf(frame: JudgeFrame, which: WhichCells): Promise<Measured> {
  const { blocks, whole } = await realGenes(frame);
  const real = which.draw === 'synthetic' ? blocks : whole;
  return compareGeneSets(real, sideOf(cellsOf(frame, which)), settingOf(frame));
}

/** The same of any set, without resamples. Error: cancelled. */
export async function compareGenesPlainly(frame: JudgeFrame, set: PlacedSet): Promise<Measures> {
  const { whole } = await realGenes(frame);
  return (await compareGeneSets(whole, sideOf(set), settingOf(frame))).measures;
}

/** How well a trained classifier tells a set from held-out cells. Error: cancelled. */
export function compareAucOf(frame: JudgeFrame, which: WhichCells): Promise<Measured> {
  const { seed, placed } = frame.parts;
  const { scores } = cellsOf(frame, which);
  return compareAuc(placed.heldOut.scores, scores, seed, frame.pacer);
}

/** Exact Wasserstein distances of a set to the held-out cells. Error: cancelled. */
export async function compareTransportOf(frame: JudgeFrame, which: WhichCells): Promise<Measured> {
  const { seed, mostTransport, placed } = frame.parts;
  const { scores } = cellsOf(frame, which);
  const table = await measureDistances(placed.heldOut.scores, scores, frame.pacer);
  return compareTransport(table, mostTransport, seed, frame.pacer);
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

/** Genes, the classifier and transport of the synthetic cells and of draws of real cells. */
export function dearTasks({ findings, cells }: JudgeContext): Task[] {
  return (['genes', 'auc', 'transport'] as const).flatMap((kind) => [
    task(kind, { draw: 'synthetic' }, (own) => findings.add(own.measures, own.resamples)),
    ...cells.draws
      .slice(0, DRAWS[kind])
      .map((_, draw) => task(kind, { draw }, ({ measures }) => findings.addDraw(measures))),
  ]);
}

const groupsOf = oncePerFrame(({ parts, groups }) => groups.list(parts.placed.synthetic.codes));

/** Draws of the floor with the groups of each. */
const groupDraws = oncePerFrame(({ parts: { cells, placed }, groups }) =>
  cells.draws.slice(0, GROUP_DRAWS).map((rows) => {
    const set = pickPlaced(placed.training, rows);
    return { set, groups: new Map(groups.list(set.codes).map((own) => [own.key, own])) };
  }),
);

/** The same three for single categories and combinations, the largest first. */
export function groupTasks({ groups }: JudgeContext, frame: JudgeFrame): Task[] {
  const chosen = groupsOf(frame).slice(0, MOST_GROUPS);
  return chosen.map(({ key }, group) =>
    task('group', { group }, ({ own, floor }) => groups.addMore(key, own, floor)),
  );
}

/** One of them. Error: cancelled. */
export async function measureGroupOf(
  frame: JudgeFrame,
  { group }: JobTold<'group'>,
): Promise<GroupFound> {
  const chosen = groupsOf(frame)[group];
  const own = await measureGroup(frame, chosen, frame.parts.placed.synthetic, geneBlocks);
  const floor: Measures[] = [];
  for (const { set, groups } of groupDraws(frame)) {
    const other = groups.get(chosen.key);
    if (other) floor.push((await measureGroup(frame, other, set, 1)).measures);
  }
  return { own, floor };
}

async function measureGroup(
  frame: JudgeFrame,
  group: Group,
  set: PlacedSet,
  blocks: number,
): Promise<Measured> {
  const { seed, mostTransport, placed } = frame.parts;
  const { heldOut } = placed;
  const { pacer } = frame;
  const setting = settingOf(frame);
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

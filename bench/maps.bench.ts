/**
 * @file Speed and quality of the maps beside their baselines in the same run. One JSON line per figure.
 *
 * npx tsx bench/maps.bench.ts [--only fit,trust,neighbours,place,page] [--cells 10000] [--rounds 3]
 * fit: UMAP beside umap-js and embedding-atlas, same input, neighbours and epochs. trust: trustworthiness beside umap-learn on three real sets.
 * neighbours: exact and approximate search at 20,000 to 75,000 real cells. place: 2,000 cells on up to 20,000 real ones. page: lasso, hover, colours.
 * What is not installed, and sets that are not there, are left out with a line. Frames: bench/maps/frames.ts.
 */
import { parseArgs } from 'node:util';
import { joinAllPairs } from '../src/maps/all-pairs.ts';
import { NeighbourIndex, type Neighbours } from '../src/maps/knn.ts';
import { Pacer } from '../src/maps/pacer.ts';
import { buildReference, placeCells } from '../src/maps/place.ts';
import { createRandom } from '../src/numerics/random.ts';
import { pointsInside } from '../src/state/lasso.ts';
import { drawOrder, gatherPositions, paintCategories } from '../src/ui/map/cell-colours.ts';
import { nearestPoint } from '../src/ui/map/nearest-point.ts';
import { makeScores, trustworthiness } from './maps/cells.ts';
import { print, share, spend, typical, type Spent } from './maps/measure.ts';
import { drawRows, readScores, type RealScores } from './maps/real-scores.ts';
import {
  layOutHere,
  layOutWithUmapJs,
  layOutWithUmapLearn,
  loadAtlas,
  type LayOut,
} from './maps/umap-rivals.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'fit,trust,neighbours,place,page' },
    cells: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
  },
});
const chosen = values.only.split(',');
const EPOCHS = 200;

async function fit(): Promise<void> {
  const count = Number(values.cells);
  const made = { name: 'made-up clouds', cells: count, dims: 30, scores: makeScores(count, 30, 1) };
  await compareFits(made);
  const real = await readScores('kang');
  if (real) await compareFits({ ...drawRows(real, count), name: 'Kang, real' });
}

/** All take turns, so that a neighbour's load meets all alike. */
async function compareFits({ name, cells, dims, scores }: RealScores): Promise<void> {
  const atlas = await loadAtlas();
  const rivals: readonly (readonly [string, LayOut, number])[] = [
    ['Cellsmith', layOutHere, Number(values.rounds)],
    ...(atlas ? [['embedding-atlas', atlas, Number(values.rounds)] as const] : []),
    ['umap-js', layOutWithUmapJs, 1],
  ];
  const times = new Map<string, Spent[]>();
  const layouts = new Map<string, Float32Array>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [rival, layOut, rounds] of rivals) {
      if (round >= rounds) continue;
      const { result, ...spent } = await spend(() => layOut(scores, cells, dims, EPOCHS));
      times.set(rival, [...(times.get(rival) ?? []), spent]);
      layouts.set(rival, result);
    }
  }
  const own = times.get('Cellsmith') ?? [];
  for (const [rival, spent] of times) {
    const [wall, cpu] = [share(spent, 'wall', 0.5), share(spent, 'cpu', 0.5)];
    const quality = trustworthiness(scores, dims, layouts.get(rival) as Float32Array, 15, 400);
    print(`UMAP of ${cells} cells (${name}), ${EPOCHS} epochs, ${rival}`, { wall, cpu, timesOurs: wall / share(own, 'wall', 0.5), timesOursCpu: cpu / share(own, 'cpu', 0.5), trustworthiness: quality }); // prettier-ignore
  }
}

async function trust(): Promise<void> {
  for (const name of ['kang', 'marques', 'pancreas']) {
    const found = await readScores(name);
    if (!found) continue;
    const { cells, dims, scores } = name === 'kang' ? drawRows(found, 4000) : found;
    const here = await layOutHere(scores, cells, dims, 500);
    const theirs = layOutWithUmapLearn(scores, cells, dims);
    const of = (layout: Float32Array): number => trustworthiness(scores, dims, layout, 15, 400);
    print(`trustworthiness, ${name}`, { cells, ours: of(here), umapLearn: theirs ? of(theirs.layout) : null }); // prettier-ignore
  }
}

async function neighbours(): Promise<void> {
  const real = await readScores('gasperini');
  if (!real) return;
  for (const count of [20_000, 50_000, 75_000]) {
    const { cells, dims, scores } = drawRows(real, count);
    const exact = await spend(() => joinAllPairs(scores, cells, dims, 15, new Pacer()));
    if (!exact.result) return console.log('left out: no WebAssembly with SIMD here');
    const search = await spend(async () => {
      const index = await NeighbourIndex.build(scores, cells, dims);
      return index.search(scores, cells, 15, { lists: await index.findLists(15, 0.98) });
    });
    print(`15 neighbours of ${cells} cells (Gasperini, real, 50 components)`, { exact: exact.wall, exactCpu: exact.cpu, approximate: search.wall, approximateCpu: search.cpu, recall: recallOf(search.result, exact.result.neighbours) }); // prettier-ignore
  }
}

/** Share of the other 14 neighbours that a search found, over every 50th cell. */
function recallOf(found: Neighbours, exact: Neighbours): number {
  const { rows, k } = exact;
  let [hits, all] = [0, 0];
  for (let i = 0; i < rows; i += 50) {
    const list = found.indices.subarray(i * k, (i + 1) * k);
    for (let j = 1; j < k; j++, all++) if (list.includes(exact.indices[i * k + j])) hits++;
  }
  return hits / all;
}

async function place(): Promise<void> {
  const cells = 22_000;
  const made = { name: 'made-up', cells, dims: 50, scores: makeScores(cells, 50, 3) };
  await placeOn(made);
  for (const name of ['kang', 'papalexi', 'gasperini']) {
    const real = await readScores(name);
    if (real) await placeOn({ ...drawRows(real, cells), name });
  }
}

/** The last 2,000 rows are placed among the others. */
async function placeOn({ name, cells, dims, scores }: RealScores): Promise<void> {
  const real = cells - 2000;
  const queries = scores.slice(real * dims);
  const reference = await spend(() =>
    buildReference({
      latents: scores.slice(0, real * dims),
      dims,
      positions: Float32Array.from(
        { length: 2 * real },
        (_, i) => scores[(i >> 1) * dims + (i & 1)],
      ),
      heldOut: Uint8Array.from({ length: real }, (_, i) => (i % 10 === 0 ? 1 : 0)),
      attributes: {},
    }),
  );
  print(`arranging ${real} cells (${name})`, { wall: reference.wall, cpu: reference.cpu });
  const recall = await reference.result.real.liveRecall();
  for (const effort of ['live', 'full'] as const)
    print(`placing 2,000 cells on ${real} (${name}), ${effort}`, {
      ...(await typical(() => placeCells(reference.result, queries, 1, {}, undefined, effort))),
      recallOf3: effort === 'live' ? recall : 'at least 0.985',
    });
}

async function page(): Promise<void> {
  const random = createRandom(2);
  const many = Float32Array.from({ length: 2_000_000 }, () => 20 * random.uniform());
  const line = Float32Array.from({ length: 800 }, (_, at) => {
    const turn = (2 * Math.PI * (at >> 1)) / 400;
    const reach = 6 + Math.sin(7 * turn);
    return 10 + reach * (at % 2 === 0 ? Math.cos(turn) : Math.sin(turn));
  });
  print(
    'lasso of 400 corners over 1,000,000 points',
    await typical(() => pointsInside(many, line)),
  );
  print('hover over 1,000,000 points', await typical(() => nearestPoint(many, null, 10, 10, 0.02)));
  const codes = Int32Array.from({ length: 500_000 }, () => Math.floor(13 * random.uniform()));
  const real = many.subarray(0, 1_000_000);
  const order = drawOrder(real, codes, null);
  print('drawing order of 500,000 cells', await typical(() => drawOrder(real, codes, null)));
  print('positions of 500,000 cells for the GPU', await typical(() => gatherPositions(real, order))); // prettier-ignore
  const table = Uint32Array.from({ length: 14 }, (_, i) => 0xff000000 + i);
  print('colours of 500,000 cells by category', await typical(() => paintCategories(codes, order, table))); // prettier-ignore
}

const parts: readonly (readonly [string, () => Promise<void>])[] = [['page', page], ['place', place], ['neighbours', neighbours], ['fit', fit], ['trust', trust]]; // prettier-ignore
for (const [name, run] of parts) if (chosen.includes(name)) await run();
process.exit(0);

/**
 * @file Speed of the maps beside their baselines in the same run: UMAP, placing, lasso, hover, colours. One JSON line per figure.
 *
 * npx tsx bench/maps.bench.ts [--only fit,place,page] [--cells 10000]
 * umap-js, embedding-atlas and umap-learn (in CELLSMITH_PYTHON) are measured where they are installed; else a line says so.
 * `cpu` is processor time, which a busy machine changes less than `wall`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NeighbourIndex } from '../src/maps/knn.ts';
import { buildReference, placeCells } from '../src/maps/place.ts';
import { computeUmap } from '../src/maps/umap.ts';
import { createRandom } from '../src/numerics/random.ts';
import { pointsInside } from '../src/state/lasso.ts';
import { drawOrder, gatherPositions, paintCategories } from '../src/ui/map/cell-colours.ts';
import { nearestPoint } from '../src/ui/map/nearest-point.ts';
import { makeScores, trustworthiness } from './maps/cells.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'fit,place,page' },
    cells: { type: 'string', default: '10000' },
  },
});
const chosen = values.only.split(',');
const cells = Number(values.cells);
const dims = 30;

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds that a piece of work takes. */
async function spend<R>(work: () => R | Promise<R>): Promise<Spent & { readonly result: R }> {
  const processor = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(processor);
  return { wall: performance.now() - started, cpu: (user + system) / 1000, result };
}

/** Median milliseconds of several runs, after one that does not count. */
async function typical(work: () => unknown, runs = 9): Promise<Spent> {
  await work();
  const spent: Spent[] = [];
  for (let run = 0; run < runs; run++) spent.push(await spend(work));
  const middle = (of: (one: Spent) => number): number => spent.map(of).sort((a, b) => a - b)[runs >> 1]; // prettier-ignore
  return { wall: middle(({ wall }) => wall), cpu: middle(({ cpu }) => cpu) };
}

function print(name: string, facts: object): void {
  const rounded = Object.entries(facts as Record<string, unknown>).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]); // prettier-ignore
  console.log(JSON.stringify({ name, ...(Object.fromEntries(rounded) as object), load: Number(loadavg()[0].toFixed(1)) })); // prettier-ignore
}

async function installed<T>(name: string): Promise<T | null> {
  try {
    return (await import(name)) as T;
  } catch {
    console.log(`left out: ${name} is not installed`);
    return null;
  }
}

interface UmapJs {
  readonly UMAP: new (options: Readonly<Record<string, unknown>>) => {
    fit(rows: number[][]): number[][];
  };
}
interface Atlas {
  createUMAP(
    rows: number,
    columns: number,
    out: number,
    values: Float32Array,
    options: object,
  ): Promise<{ run(): Promise<void> | void; readonly embedding: Float32Array }>;
}

async function fit(): Promise<void> {
  const scores = makeScores(cells, dims, 1);
  const quality = (layout: Float32Array): number => trustworthiness(scores, dims, layout, 15, 150);
  const own = await spend(() => computeUmap(scores, cells, dims, { seed: 1, epochs: 200 }));
  print('UMAP, 200 epochs, Cellsmith', { cells, wall: own.wall, cpu: own.cpu, trustworthiness: quality(own.result) }); // prettier-ignore
  const js = await installed<UmapJs>('umap-js');
  if (js) {
    const rows = Array.from({ length: cells }, (_, i) => Array.from(scores.subarray(i * dims, (i + 1) * dims))); // prettier-ignore
    const umap = new js.UMAP({ nNeighbors: 15, minDist: 0.3, nEpochs: 200 });
    const theirs = await spend(() => umap.fit(rows));
    print('UMAP, 200 epochs, umap-js', { cells, wall: theirs.wall, cpu: theirs.cpu, trustworthiness: quality(Float32Array.from(theirs.result.flat())) }); // prettier-ignore
  }
  const atlas = await installed<Atlas>('embedding-atlas/dist/umap.js');
  if (atlas) {
    const theirs = await spend(async () => {
      const umap = await atlas.createUMAP(cells, dims, 2, scores.slice(), { nNeighbors: 15, minDist: 0.3, nEpochs: 200 }); // prettier-ignore
      await umap.run();
      return umap.embedding.slice();
    });
    print('UMAP, 200 epochs, embedding-atlas', { cells, wall: theirs.wall, cpu: theirs.cpu, trustworthiness: quality(theirs.result) }); // prettier-ignore
  }
  umapLearn(scores, quality);
}

/** umap-learn compiles itself on its first run, so its second one is timed; wall time, on two threads. */
function umapLearn(scores: Float32Array, quality: (layout: Float32Array) => number): void {
  const python = process.env['CELLSMITH_PYTHON'];
  if (!python) return console.log('left out: umap-learn (CELLSMITH_PYTHON is not set)');
  const folder = mkdtempSync(join(tmpdir(), 'cellsmith-umap-'));
  try {
    const [from, to] = [join(folder, 'scores'), join(folder, 'layout')];
    writeFileSync(from, scores);
    const script = join(import.meta.dirname, 'maps/umap_learn.py');
    const told = execFileSync(python, [script, from, String(cells), String(dims), to], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }); // prettier-ignore
    const bytes = readFileSync(to);
    const layout = new Float32Array(bytes.buffer, bytes.byteOffset, 2 * cells);
    print('UMAP, its own epochs, umap-learn', { cells, wall: 1000 * Number(told.trim().split('\n').at(-1)), trustworthiness: quality(layout) }); // prettier-ignore
  } catch {
    console.log('left out: umap-learn is not installed in CELLSMITH_PYTHON');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function place(): Promise<void> {
  const [real, made, latent] = [20_000, 2000, 50];
  const latents = makeScores(real + made, latent, 3);
  const queries = latents.slice(real * latent);
  const reference = await spend(() =>
    buildReference({
      latents: latents.slice(0, real * latent),
      dims: latent,
      positions: makeScores(real, 2, 5),
      heldOut: Uint8Array.from({ length: real }, (_, i) => (i % 10 === 0 ? 1 : 0)),
      attributes: {},
    }),
  );
  print('arranging 20,000 real cells', { wall: reference.wall, cpu: reference.cpu });
  const recall = await reference.result.real.liveRecall();
  for (const effort of ['live', 'full'] as const)
    print(`placing 2,000 cells on 20,000, ${effort}`, {
      ...(await typical(() => placeCells(reference.result, queries, 1, {}, undefined, effort))),
      recallOf3: effort === 'live' ? recall : 'at least 0.985',
    });
  const index = await NeighbourIndex.build(latents.slice(0, real * latent), real, latent);
  print('15 nearest of 2,000 cells among 20,000, exact', await typical(() => index.search(queries, made, 15), 3)); // prettier-ignore
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
  const places = many.subarray(0, 1_100_000);
  print('hover over 550,000 points', await typical(() => nearestPoint(places, null, 10, 10, 0.02)));
  const codes = Int32Array.from({ length: 500_000 }, () => Math.floor(13 * random.uniform()));
  const real = many.subarray(0, 1_000_000);
  const order = drawOrder(real, codes, null);
  print('drawing order of 500,000 cells', await typical(() => drawOrder(real, codes, null)));
  print(
    'positions of 500,000 cells for the GPU',
    await typical(() => gatherPositions(real, order)),
  );
  const table = Uint32Array.from({ length: 14 }, (_, i) => 0xff000000 + i);
  print('colours of 500,000 cells by category', await typical(() => paintCategories(codes, order, table))); // prettier-ignore
}

if (chosen.includes('page')) await page();
if (chosen.includes('place')) await place();
if (chosen.includes('fit')) await fit();

/** @file The arithmetic of CFGen's published tables, repeated to be compared with them, beside the same with all sets centred. */
import type { Pacer } from '../maps/pacer.ts';
import { logNormalise } from '../maps/log-counts.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { mean } from '../numerics/statistics.ts';
import type { PaperRow, PaperTables } from '../protocol/judge.ts';
import { fewestInClass, pickClouds, twoClouds } from './cloud-measures.ts';
import { measureDistances, type Cloud } from './distance-table.ts';
import { groupRows } from './draws.ts';
import type { JudgeContext } from './judge-context.ts';
import type { JudgedSet } from './judge-cells.ts';
import { mmdFiveWidths, type TwoClouds } from './kernel-distances.ts';
import { shortWords, timesWords } from './number-words.ts';
import { fitSpace, projectCells, spaceGenes, type Space } from './space.ts';
import { wasserstein1, wasserstein2 } from './transport.ts';
import { selectRows } from '../numerics/csr.ts';

const FEWEST = 2 * fewestInClass;

/** Fits on the held-out cells and measures synthetic and real cells without centring them, then centred. Error: cancelled. */
export async function makePaperTables(context: JudgeContext): Promise<PaperTables> {
  const { cells, request, pacer } = context;
  const { heldOut, synthetic, training, countDraws } = cells;
  const space = await fitSpace(heldOut.counts, request.seed, pacer);
  const offset = await offsetOf(space, heldOut.counts, pacer);
  const real = await place(space, heldOut.counts, pacer);
  const rows: PaperRow[] = [];
  const sets: [string, JudgedSet][] = [['these cells', synthetic]];
  if (countDraws.length > 0) {
    const [draw] = countDraws;
    const codes = training.codes.map((own) => Int32Array.from(draw, (row) => own[row]));
    sets.push(['real cells', { counts: selectRows(training.counts, draw), codes }]);
  }
  const centred: PaperRow[] = [];
  const most = request.mostTransport;
  for (const [name, set] of sets) {
    const scores = await place(space, set.counts, pacer);
    const codes = [heldOut.codes[0] ?? null, set.codes[0] ?? null] as const;
    rows.push(await rowOf(name, real, moveBy(scores, offset), codes, most, pacer));
    centred.push(await rowOf(`${name}, centred`, real, scores, codes, most, pacer));
  }
  const length = Math.hypot(...offset);
  return { rows: [...rows, ...centred], offset: length, says: wordsOf(rows, centred, length) };
}

async function place(space: Space, counts: CsrMatrix, pacer: Pacer): Promise<Cloud> {
  const log = await logNormalise(counts, pacer);
  return projectCells(space, spaceGenes(space, log), pacer);
}

/** Where the origin of uncentred values lies seen from the centred ones, with its sign turned: what centring takes away. */
async function offsetOf(space: Space, like: CsrMatrix, pacer: Pacer): Promise<Float64Array> {
  const empty: CsrMatrix = {
    rows: 1,
    cols: like.cols,
    indptr: new Uint32Array(2),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  };
  const nothing = await projectCells(space, spaceGenes(space, empty), pacer);
  return nothing.values.map((value) => -value);
}

function moveBy(cloud: Cloud, shift: Float64Array): Cloud {
  return { ...cloud, values: cloud.values.map((value, i) => value + shift[i % cloud.dims]) };
}

async function rowOf(
  name: string,
  real: Cloud,
  other: Cloud,
  codes: readonly [Int32Array | null, Int32Array | null],
  most: number,
  pacer: Pacer,
): Promise<PaperRow> {
  const some = (n: number) => Array.from({ length: Math.min(n, most) }, (_, i) => i);
  const all = await twoClouds(real, await measureDistances(real, real, pacer), other, pacer);
  const clouds = pickClouds(all, some(real.rows), some(other.rows));
  const classes = codes[0] && codes[1] ? classClouds(all, codes[0], codes[1]) : [];
  const [distances, kernels]: [number[], number[]] = [[], []];
  for (const own of classes) {
    distances.push(await wasserstein2(own.between, pacer));
    kernels.push(mmdFiveWidths(own));
  }
  return {
    name,
    wasserstein1: await wasserstein1(clouds.between, pacer),
    wasserstein2: await wasserstein2(clouds.between, pacer),
    mmd: mmdFiveWidths(clouds),
    classWasserstein2: classes.length > 0 ? mean(distances) : null,
    classMmd: classes.length > 0 ? mean(kernels) : null,
  };
}

/** The categories with at least 20 cells on both sides. */
function classClouds(all: TwoClouds, first: Int32Array, second: Int32Array): TwoClouds[] {
  const others = groupRows(second);
  return [...groupRows(first)].flatMap(([code, rows]) => {
    const own = others.get(code) ?? [];
    if (code < 0 || Math.min(rows.length, own.length) < FEWEST) return [];
    return [pickClouds(all, rows, own)];
  });
}

function wordsOf(rows: readonly PaperRow[], centred: readonly PaperRow[], offset: number): string {
  const [own, real] = rows;
  const wrong =
    'CFGen\u2019s published tables centre the real cells and not the generated ones, in a space fitted on the real cells they are compared with. ' +
    `Every set then lies ${shortWords(offset)} off, whatever it holds: these cells are at W2 ${shortWords(own.wasserstein2)}, ${timesWords(own.wasserstein2 / centred[0].wasserstein2)} the ${shortWords(centred[0].wasserstein2)} that they are at when centred.`;
  if (real === undefined) return wrong;
  const order =
    own.wasserstein2 < real.wasserstein2
      ? 'Real cells come out farther away than these, so this figure cannot rank models.'
      : 'Such a figure says how far the mean lies from zero, so it cannot rank models.';
  return `${wrong} Real cells are at ${shortWords(real.wasserstein2)} (${shortWords(centred[1].wasserstein2)} centred). ${order}`;
}

/**
 * @file The ten scIB measures of an embedding and their aggregate, as scib-metrics 0.5 computes them: five for what must stay (kinds of
 * cells), five for what must go (batches).
 *
 * Source: Luecken et al., Nature Methods 2022; Rautenstrauch & Ohler 2025 for the batch silhouette.
 */
import { NeighbourIndex, type Neighbours } from '../../maps/knn.ts';
import { Pacer } from '../../maps/pacer.ts';
import { adjustedRandIndex, kMeans, normalisedMutualInformation } from './clusters.ts';
import { graphConnectivity } from './graph-connectivity.ts';
import { kbetPerLabel } from './kbet.ts';
import { batchLisi, inverseSimpson, labelLisi } from './lisi.ts';
import { pcrComparison } from './pcr.ts';
import {
  batchSilhouette,
  isolatedLabels,
  silhouetteLabel,
  silhouettes,
  type Points,
} from './silhouette.ts';

/** All measures are 0–1 with 1 best, but for the silhouettes' and the Rand index's rare values below 0. */
export interface ScibScores {
  readonly isolatedLabels: number;
  readonly nmi: number;
  readonly ari: number;
  readonly silhouetteLabel: number;
  readonly clisi: number;
  readonly bras: number;
  readonly ilisi: number;
  readonly kbet: number;
  readonly graphConnectivity: number;
  readonly pcrComparison: number;
  /** Mean of the first five. */
  readonly bioConservation: number;
  /** Mean of the second five. */
  readonly batchCorrection: number;
  /** 0.6 · bio conservation + 0.4 · batch correction. */
  readonly total: number;
}

/** The cells of an evaluation; the same ones for every embedding. */
export interface ScibCells {
  /** Kind of each cell, 0 …, every code below the largest occurring. */
  readonly labels: Int32Array;
  readonly batches: Int32Array;
  /** Principal components before any correction. */
  readonly before: Points;
}

/** Exact neighbours and clusters that are known already; else they are computed. */
export interface ScibGiven {
  readonly neighbours?: Neighbours;
  readonly clusters?: ArrayLike<number>;
}

const NEIGHBOURS = 90;
const CONNECTIVITY_NEIGHBOURS = 15;

/** Scores one embedding. Cells must be at least 91. Error: cancelled. */
export async function scoreEmbedding(
  points: Points,
  cells: ScibCells,
  given: ScibGiven = {},
  pacer = new Pacer(),
): Promise<ScibScores> {
  const { labels, batches, before } = cells;
  const [kinds, lots] = [countCodes(labels), countCodes(batches)];
  const neighbours = given.neighbours ?? (await nearest(points, pacer));
  const clusters = given.clusters ?? (await kMeans(points, kinds, 0, pacer));
  const samples = await silhouettes(points, labels, kinds, 'euclidean', 'nearest', pacer);
  return withMeans({
    isolatedLabels: isolatedLabels(samples, labels, batches),
    nmi: normalisedMutualInformation(labels, clusters),
    ari: adjustedRandIndex(labels, clusters),
    silhouetteLabel: silhouetteLabel(samples),
    clisi: labelLisi(inverseSimpson(neighbours, labels, kinds), kinds),
    bras: await batchSilhouette(points, labels, batches, 'bras', pacer),
    ilisi: batchLisi(inverseSimpson(neighbours, batches, lots), lots),
    kbet: await kbetPerLabel(neighbours, labels, batches, pacer),
    graphConnectivity: graphConnectivity(neighbours, CONNECTIVITY_NEIGHBOURS, labels),
    pcrComparison: pcrComparison(before, points, batches),
  });
}

/** Adds the three means. */
export function withMeans(
  scores: Omit<ScibScores, 'bioConservation' | 'batchCorrection' | 'total'>,
): ScibScores {
  const s = scores;
  const bioConservation = (s.isolatedLabels + s.nmi + s.ari + s.silhouetteLabel + s.clisi) / 5;
  const batchCorrection = (s.bras + s.ilisi + s.kbet + s.graphConnectivity + s.pcrComparison) / 5;
  return {
    ...scores,
    bioConservation,
    batchCorrection,
    total: 0.6 * bioConservation + 0.4 * batchCorrection,
  };
}

/** The 90 nearest points of each, itself first. */
async function nearest({ values, rows, dims }: Points, pacer: Pacer): Promise<Neighbours> {
  const index = await NeighbourIndex.build(values, rows, dims, pacer);
  const found = await index.search(values, rows, NEIGHBOURS, { pacer });
  putSelfFirst(found);
  return found;
}

/** Where other points lie exactly on a point, it may not come first itself. */
function putSelfFirst({ rows, k, indices }: Neighbours): void {
  for (let i = 0; i < rows; i++) {
    const own = indices.subarray(i * k, (i + 1) * k);
    if (own[0] === i) continue;
    const at = own.indexOf(i);
    if (at > 0) own[at] = own[0];
    own[0] = i;
  }
}

function countCodes(codes: Int32Array): number {
  return codes.reduce((most, code) => Math.max(most, code), -1) + 1;
}

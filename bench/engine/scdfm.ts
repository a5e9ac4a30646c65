/** @file The work of scDFM that is timed: PAD-lite steps (256 genes, width 64, 4 × 16 cells), fast steps, and predicting cells. */
import { presentDevice } from '../../src/engine/compute.ts';
import type { ComputeDevice } from '../../src/engine/compute-device.ts';
import { createConfig, networkShape } from '../../src/models/scdfm/config.ts';
import type { FlowBatch } from '../../src/models/scdfm/batches.ts';
import { seenTokens } from '../../src/models/scdfm/plan/gene-encoder.ts';
import { ScreenLearner } from '../../src/models/scdfm/plan/learner.ts';
import { initialNetwork } from '../../src/models/scdfm/plan/network.ts';
import { setWeights } from '../../src/models/scdfm/sets.ts';
import type { ScreenTier } from '../../src/protocol/perturb.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { clock } from './tasks.ts';

/** Genes of a PAD-lite step, neighbours of each in the graph (twelve that it chose, and those that chose it), and cells. */
export const PAD_SIZES = { genes: 256, neighbours: 18, conditions: 4, cells: 16 } as const;

function device(): ComputeDevice {
  const own = presentDevice();
  if (own === null) throw new Error('no device was started');
  return own;
}

function learnerOf(
  tier: ScreenTier,
  dims: number,
  members: number,
  masked: boolean,
): ScreenLearner {
  const config = createConfig({
    recipe: 'recommended',
    tier,
    start: 'gaussian',
    mmdWeight: 0.5,
    genes: null,
    flowSteps: null,
    sets: 2,
  });
  const own = networkShape(config, tier, dims, [], members);
  const shape = own.tier === 'pad-lite' ? { ...own, masked } : own;
  const half = PAD_SIZES.neighbours / 2;
  const ring = Array.from({ length: dims * half }, (_, e) => {
    const gene = Math.floor(e / half);
    const other = (gene + 7 * (1 + (e % half))) % dims;
    return [Math.min(gene, other), Math.max(gene, other)];
  });
  const rule = tier === 'fast' ? 'sum' : 'mean';
  return new ScreenLearner(device(), {
    shape,
    recipe: { ...config.flow, conditions: PAD_SIZES.conditions, cellsEach: PAD_SIZES.cells },
    initial: initialNetwork(shape, createRandom(1)),
    sets: [0, 1, 2, 3].map((member) => setWeights([[[member, 1]]], members, rule)),
    perturbation: -1,
    seen: tier === 'fast' ? [] : seenTokens(ring.flat(), members + 1),
  });
}

/** A batch of made-up numbers of the right sizes. */
function someBatch(dims: number, seed: number): FlowBatch {
  const random = createRandom(seed);
  const { conditions, cells } = PAD_SIZES;
  const rows = conditions * cells;
  const numbers = (): Float32Array =>
    Float32Array.from({ length: rows * dims }, () => random.normal());
  return {
    states: numbers(),
    velocities: numbers(),
    ends: numbers(),
    controls: numbers(),
    times: Float64Array.from({ length: rows }, () => random.uniform()),
    groups: new Array<number>(conditions).fill(cells),
    labels: [0, 1, 2, 3],
    shown: [],
  };
}

/** Training steps with both losses and the optimiser: steps per second. @param masked genes see their neighbours alone (pad-lite) */
export function screenRate(
  tier: ScreenTier,
  dims: number,
  members: number,
  steps: number,
  masked = true,
) {
  const learner = learnerOf(tier, dims, members, masked);
  const batch = someBatch(dims, 2);
  let warm = 1;
  return async (): Promise<number> => {
    for (; warm > 0; warm--) await learner.step(batch, 1e-4);
    const start = clock();
    for (let i = 0; i < steps; i++) await learner.step(batch, 1e-4);
    await learner.settle();
    return (1000 * steps) / (clock() - start);
  };
}

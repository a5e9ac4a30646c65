/** @file A whole training learns nothing from held-out cells: with other counts in them it makes the very same cells. */
import { describe, expect, it } from 'vitest';
import { nodeCpuHost } from '../../engine/cpu/node-host.ts';
import { csrFromDense, csrToDense, type CsrMatrix } from '../../numerics/csr.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import type { TrainSettings } from '../../protocol/model.ts';
import { ModelService } from '../model-service.ts';
import { ask, request, term } from '../testing/requests.ts';
import { screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const cells = 200;
const genes = 24;
const data = simulateScreen(cells, 1);
/** A pair, and a perturbation in one of two lines. */
const hide = [{ perturbation: 'A+B' }, { perturbation: 'C', line: 'y' }];

/** The data with other counts in the marked cells. */
function scrambled(marks: Uint8Array): TrainingData {
  const dense = csrToDense(data.counts as CsrMatrix).map((count, k) =>
    marks[Math.floor(k / genes)] === 1 ? (count * 7 + (k % 5)) % 13 : count,
  );
  return { ...data, counts: csrFromDense(cells, genes, dense) };
}

/** Trains for a few steps. @returns which cells were held out, and counts of what the model did and did not see */
async function made(own: TrainingData) {
  const settings: Partial<TrainSettings> = {
    model: 'scdfm',
    flowSteps: 8,
    screen: screenSettings,
    split: { by: null, hide },
  };
  const service = new ModelService({ cpuHost: nodeCpuHost(1) });
  await service.init('cpu');
  let heldOut = new Uint8Array(0);
  await service.train(request(own, settings), (event) => {
    if (event.type === 'latents') heldOut = event.heldOut.slice();
  });
  const counts: CsrMatrix[] = [];
  for (const perturbation of [[], ['A'], ['A', 'B'], ['C']]) {
    const order = ask([term('line', 'y')], { perturbation, cells: 12 });
    counts.push(await service.decode((await service.sample(order)).sampleId));
  }
  return { heldOut, counts };
}

describe('a training', () => {
  it('makes the same cells whatever held-out cells contain', async () => {
    const first = await made(data);
    const out = first.heldOut.reduce((sum, mark) => sum + mark, 0);
    expect(out).toBeGreaterThan(cells / 5);
    expect(await made(scrambled(first.heldOut))).toEqual(first);
  }, 60_000);
});

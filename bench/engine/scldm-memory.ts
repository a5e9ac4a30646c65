/**
 * @file A process of its own that trains scLDM's autoencoder of size G for two steps, 64 cells a step, all genes learnt from and a
 * sixth of them expressed, and prints the most memory it held: {"peak": megabytes of the whole process, "device": of the plan}.
 *
 * Arguments: threads, genes (17,000).
 */
import { resourceUsage } from 'node:process';
import { selectDevice } from '../../src/engine/backend.ts';
import { presentDevice } from '../../src/engine/compute.ts';
import { nodeCpuHost } from '../../src/engine/cpu/node-host.ts';
import { createConfig } from '../../src/models/scldm/config.ts';
import { initialAutoencoder } from '../../src/models/scldm/initial-weights.ts';
import { learnAutoencoder } from '../../src/models/scldm/plan/learners.ts';
import { memorySource } from '../../src/numerics/csr-source.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { openNodeGpu } from '../../src/tasks/node-service.ts';

const [threads, GENES] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 17_000)];
const CELLS = 128;
const EXPRESSED = Math.floor(GENES / 6);
const BATCH = 64;

await selectDevice('cpu', { cpuHost: nodeCpuHost(threads), openGpu: openNodeGpu });
const device = presentDevice();
if (device === null) throw new Error('no device was started');
const random = createRandom(9);
const indices = new Uint32Array(CELLS * EXPRESSED);
for (let c = 0; c < CELLS; c++) {
  indices.set(random.permutation(GENES).subarray(0, EXPRESSED).sort(), c * EXPRESSED);
}
const counts = memorySource({
  rows: CELLS,
  cols: GENES,
  indptr: Uint32Array.from({ length: CELLS + 1 }, (_, c) => c * EXPRESSED),
  indices,
  values: Float32Array.from(indices, () => 1 + random.integer(3)),
});
const { architecture, autoencoder } = createConfig({
  recipe: 'recommended',
  size: 'G',
  genes: GENES,
  trainingCells: CELLS,
  categories: [8],
  mostExpressed: EXPRESSED,
  autoencoderSteps: null,
  flowSteps: null,
});
const shape = architecture.autoencoder;
const learner = learnAutoencoder(device, {
  shape,
  recipe: { ...autoencoder, genesPerStep: null },
  initial: initialAutoencoder(
    shape,
    createRandom(1),
    autoencoder.logTheta,
    new Float32Array(GENES),
  ),
  counts,
  rows: BATCH,
});
for (let row = 0; row < 2; row++) {
  const cells = random.permutation(CELLS).subarray(0, BATCH);
  learner.step(cells, 1e-3, { seed: 3, stream: 1, row });
  await learner.settle();
}
const peak = resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ peak, device: device.bytesInUse / 2 ** 20 }));
process.exit(0);

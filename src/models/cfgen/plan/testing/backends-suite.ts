/** @file Tests of plans on any device against plain tensors: same first values, same steps, same kept networks, for both recipes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import { readParameters } from '../../../../engine/tensors/parameters.ts';
import type { NamedArray } from '../../../../engine/named-array.ts';
import { largest, largestDifference, startTestDevice } from '../../../../engine/testing/device.ts';
import { memorySource } from '../../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../../numerics/csr.ts';
import { fixedStep } from '../../../../numerics/ode.ts';
import { createRandom } from '../../../../numerics/random.ts';
import { Autoencoder } from '../../tensors/autoencoder.ts';
import type { FlowChoice } from '../../../backend.ts';
import type { CfgenBackend } from '../../backend.ts';
import { createConfig } from '../../config.ts';
import { separateConditions, shareConditions } from '../../../flow/flow-choice.ts';
import { sharedGuidance } from '../../../flow/guidance.ts';
import { initialAutoencoder, initialVelocity } from '../../initial-weights.ts';
import { createPlanBackend } from '../plan-backend.ts';
import { tensorBackend } from '../../tensors/tensor-backend.ts';
import { VelocityNetwork } from '../../tensors/velocity.ts';

const GENES = 70;
const ROWS = 34;
const random = createRandom(11);
const counts = memorySource(
  csrFromDense(
    3 * ROWS,
    GENES,
    Float32Array.from({ length: 3 * ROWS * GENES }, () =>
      random.uniform() < 0.8 ? 0 : random.negativeBinomial(5, 1),
    ),
  ),
);
const autoencoder = { genes: GENES, hidden: [20, 12], latentDim: 6 };
const velocity = { dims: 7, hidden: 18, embedding: 12, blocks: 3, categories: [3, 2] };

function configOf(recipe: 'recommended' | 'faithful') {
  return createConfig({
    recipe,
    genes: GENES,
    trainingCells: 3 * ROWS,
    categories: velocity.categories,
    maxEpochs: null,
    flowSteps: null,
  });
}

function expectSame(ours: readonly NamedArray[], plain: readonly NamedArray[], limit: number) {
  expect(ours.map((a) => a.name)).toEqual(plain.map((a) => a.name));
  ours.forEach((a, i) => {
    // Biases whose effect a later mean takes away have no gradient; the plain version moves them by rounding noise.
    const loose = /coder\.[01]\.(bias|norm\.running_mean)|encoder\.2\.bias/.test(a.name);
    const difference = largestDifference(a.values, plain[i].values);
    expect(difference, a.name).toBeLessThan(loose ? 1e-2 : limit);
  });
}

/** Declares the tests. @param start gives a device of their own */
export function describeBackends(name: string, start: () => Promise<ComputeDevice>): void {
  let device: ComputeDevice;

  beforeAll(async () => {
    await startTestDevice('wasm');
    device = await start();
  });

  afterAll(() => device.dispose());

  describe(`first values, ${name}`, () => {
    it('of the autoencoder are those the plain networks draw', async () => {
      const { autoencoder: recipe } = configOf('faithful');
      const model = new Autoencoder(autoencoder, createRandom(5), recipe);
      const plain = await readParameters([...model.parameters, ...model.running]);
      const ours = initialAutoencoder(autoencoder, createRandom(5), recipe.logTheta);
      const byName = new Map(ours.map((a) => [a.name, a]));
      expect(plain.map((a) => byName.get(a.name))).toEqual(plain);
    });

    it('of the velocity network likewise', async () => {
      const network = new VelocityNetwork(velocity, createRandom(5));
      const ours = initialVelocity(velocity, createRandom(5));
      expect(ours).toEqual(await readParameters(network.parameters));
    });
  });

  describe.each(['recommended', 'faithful'] as const)(`the %s recipe on ${name}`, (recipe) => {
    async function learnAutoencoder(backend: CfgenBackend) {
      const config = configOf(recipe).autoencoder;
      const learner = backend.learnAutoencoder({
        shape: autoencoder,
        recipe: config,
        initial: initialAutoencoder(autoencoder, createRandom(1), config.logTheta),
        counts,
        rows: ROWS,
      });
      for (let step = 0; step < 3; step++) {
        const cells = Uint32Array.from({ length: ROWS }, (_, i) => 3 * i + step);
        learner.step(cells, 1e-3, { seed: 4, stream: 2, row: step });
      }
      const train = await learner.takeLoss();
      const heldOut = await learner.evaluate(Uint32Array.of(5, 9, 40));
      const arrays = await learner.read();
      learner.dispose();
      return { train, heldOut, arrays };
    }

    it('trains the autoencoder alike', async () => {
      const ours = await learnAutoencoder(createPlanBackend(device));
      const plain = await learnAutoencoder(tensorBackend);
      expect(Math.abs(ours.train / plain.train - 1)).toBeLessThan(1e-5);
      expect(Math.abs(ours.heldOut / plain.heldOut - 1)).toBeLessThan(1e-4);
      expectSame(ours.arrays, plain.arrays, 1e-4);
    });

    async function learnFlow(backend: CfgenBackend) {
      const { flow } = configOf(recipe);
      const cells = 3 * ROWS;
      const draw = createRandom(6);
      const latents = Float32Array.from({ length: cells * velocity.dims }, () => draw.normal());
      const codes = velocity.categories.map((n) =>
        Int32Array.from({ length: cells }, () => draw.integer(n)),
      );
      const learner = backend.learnFlow({
        shape: velocity,
        recipe: { ...flow, batch: ROWS },
        initial: initialVelocity(velocity, createRandom(2)),
        latents,
        codes,
      });
      const batch = (step: number): FlowChoice => {
        const some = Uint32Array.from({ length: ROWS }, (_, i) => (i * 7 + step) % cells);
        const masks = Uint32Array.from({ length: ROWS }, (_, i) =>
          flow.perBatch ? step % 3 : i % 4,
        );
        const times = Float64Array.from({ length: ROWS }, (_, i) => (i + 0.5) / ROWS);
        const noise = { seed: 9, stream: 1, row: step };
        if (flow.perBatch) return { ...separateConditions(some, masks, times), noise };
        return { ...shareConditions(some, masks, codes, 1 + step, createRandom(step)), noise };
      };
      for (let step = 0; step < 4; step++) learner.step(batch(step), 1e-3);
      const train = await learner.takeLoss();
      const heldOut = await learner.evaluate(batch(2));
      const result = {
        train,
        heldOut,
        arrays: await learner.read(),
        kept: await learner.averages(),
      };
      learner.dispose();
      return result;
    }

    it('trains the flow alike', async () => {
      const ours = await learnFlow(createPlanBackend(device));
      const plain = await learnFlow(tensorBackend);
      expect(Math.abs(ours.train / plain.train - 1)).toBeLessThan(1e-5);
      expect(Math.abs(ours.heldOut / plain.heldOut - 1)).toBeLessThan(1e-5);
      expectSame(ours.arrays, plain.arrays, 2e-5);
      expectSame(ours.kept, plain.kept, 2e-5);
    });
  });

  describe(`a network in use, on ${name}`, () => {
    async function carry(backend: CfgenBackend, lastVelocity: Float32Array | null) {
      const draw = createRandom(8);
      const network = backend.startVelocity(velocity, initialVelocity(velocity, createRandom(3)));
      const noise = Float32Array.from({ length: ROWS * velocity.dims }, () => draw.normal());
      const question = {
        codes: velocity.categories.map((n) => Int32Array.from({ length: ROWS }, (_, i) => i % n)),
        groups: [sharedGuidance([1.5, 2])],
        groupOf: new Uint16Array(ROWS),
        lastVelocity,
      };
      const result = await network.carry(question, async (carrier) => {
        const x0 = carrier.create(noise);
        const options = { method: 'rk4', from: 0, to: 1, steps: 5 } as const;
        const field =
          <S>(c: { velocity(t: number, x: S): S }) =>
          (t: number, x: S) =>
            Promise.resolve(c.velocity(t, x));
        const end = await fixedStep(carrier.space, field(carrier), x0, options);
        const values = await carrier.read(end.state);
        carrier.free(end.state);
        carrier.free(x0);
        return values;
      });
      network.dispose();
      return result;
    }

    it.each([null, new Float32Array(ROWS).fill(0.3)])('carries cells alike', async (last) => {
      const ours = await carry(createPlanBackend(device), last);
      const plain = await carry(tensorBackend, last);
      expect(largestDifference(ours, plain)).toBeLessThan(1e-4 * largest(plain));
    });
  });
}

/** @file Test suite for any device: PAD-lite against the original program, its losses and the gradients of every array. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { loadFixture } from '../../../../numerics/testing/fixture.ts';
import type { FlowBatch } from '../../batches.ts';
import { setWeights } from '../../sets.ts';
import { ScreenLearner, type LearnerSpec } from '../learner.ts';
import { firstLambda } from '../pad-arrays.ts';
import { originalPad } from './original-pad.ts';
import { CONTROL, ORIGINAL_SHAPE, orderTokens } from './original-step.ts';

const fixture = loadFixture('scdfm', 'model', join(import.meta.dirname, '../../../fixtures'));
const [cells, genes, inFile] = [8, 13, 23];
const shape = ORIGINAL_SHAPE;
const chosen = Array.from(fixture.values('step/gene_perm').subarray(0, genes));
const { order, seen } = orderTokens(
  fixture,
  chosen.map((gene) => fixture.values('gene_ids')[gene]),
);

/** The first training step of the original. */
function firstBatch(): FlowBatch {
  const ofGenes = (name: string): Float32Array =>
    Float32Array.from(
      { length: cells * genes },
      (_, k) => fixture.values(name)[Math.floor(k / genes) * inFile + chosen[k % genes]],
    );
  const [controls, ends] = [ofGenes('step/source'), ofGenes('step/target')];
  const times = fixture.values('step/t').slice(0, cells);
  const noise = fixture.values('step/noise').subarray(0, cells * genes);
  const mixed = ends.map((end, k) => {
    const t = times[Math.floor(k / genes)];
    return (1 - t) * noise[k] + t * end;
  });
  return {
    states: mixed,
    velocities: ends.map((end, k) => end - noise[k]),
    ends,
    controls,
    times,
    groups: [cells],
    labels: [0],
    shown: [],
  };
}

const pair = Array.from(fixture.values('step/perturbation_ids').subarray(0, 2));
const members = pair.filter((id) => id !== CONTROL).map((id) => [[order.indexOf(id), 1] as const]);

function specOf(mmdWeight: number): LearnerSpec {
  return {
    shape,
    recipe: { conditions: 1, cellsEach: cells, mmdWeight, clipNorm: null, average: null },
    initial: originalPad(fixture, 'w', shape, order),
    sets: [setWeights(members, shape.members, 'mean')],
    perturbation: -1,
    seen,
  };
}

function learner(device: ComputeDevice, mmdWeight: number): ScreenLearner {
  return new ScreenLearner(device, specOf(mmdWeight));
}

/** PAD-lite on a device. @param start gives the device, which is ended afterwards @param brief only what exercises every kernel */
export function describePad(start: () => Promise<ComputeDevice>, brief = false): void {
  describe('PAD-lite', () => {
    let device: ComputeDevice;

    beforeAll(async () => {
      device = await start();
    });
    afterAll(() => device.dispose());

    it('begins with the original lambdas', () => {
      const expected = [0.2, 0.3555, 0.4707, 0.5561];
      expected.forEach((value, i) => expect(firstLambda(i)).toBeCloseTo(value, 4));
    });

    it('has the losses and all gradients of the original', async () => {
      const network = learner(device, 0.5);
      const found = await network.step(firstBatch(), 0);
      expect(found.error).toBeCloseTo(fixture.values('out/mse')[0], 5);
      expect(found.discrepancy).toBeCloseTo(fixture.values('out/mmd2')[0], 5);
      expect(found.loss).toBeCloseTo(fixture.values('out/loss')[0], 5);
      const gradients = await network.gradients();
      const expected = originalPad(fixture, 'grad', shape, order);
      // What no softmax can feel has a gradient of 0 but for rounding.
      const felt = expected.filter(({ name }) => name !== 'genes.key.bias');
      for (const { name, values } of felt) {
        const got = gradients.find((a) => a.name === name)?.values ?? new Float32Array(0);
        expect(largestDifference(got, values) / largest(values), name).toBeLessThan(1e-4);
      }
      network.dispose();
    });

    if (brief) return;

    it('moves every number as Adam does with the gradients of the original', async () => {
      const rate = 5e-5;
      const network = learner(device, 0.5);
      await network.step(firstBatch(), rate);
      const found = await network.read();
      const before = originalPad(fixture, 'w', shape, order);
      const slopes = originalPad(fixture, 'grad', shape, order);
      before.forEach(({ name, values }, a) => {
        const slope = slopes[a].values;
        const least = 1e-3 * largest(slope);
        // The first step is rate · g / (|g| + 1e-8): where g is 0 but for rounding, its sign is chance.
        const isFelt = (k: number): boolean => Math.abs(slope[k]) > least;
        const expected = values.map((value, k) => value - (rate * slope[k]) / (Math.abs(slope[k]) + 1e-8)); // prettier-ignore
        const far = expected.map((value, k) => (isFelt(k) ? Math.abs(found[a].values[k] - value) : 0)); // prettier-ignore
        if (name !== 'genes.key.bias') expect(Math.max(...far), name).toBeLessThan(2e-6);
        expect(found[a].name).toBe(name);
      });
      network.dispose();
    });

    it('gives the same over a graph that joins all genes', async () => {
      const tokens = shape.members + 1;
      const seen = Array.from({ length: tokens }, () =>
        Array.from({ length: tokens }, (_, j) => j),
      );
      const found = [];
      for (const masked of [false, true]) {
        const network = new ScreenLearner(device, {
          ...specOf(0.5),
          shape: { ...shape, masked },
          seen,
        });
        const { loss } = await network.step(firstBatch(), 0);
        found.push({ loss, gradients: await network.gradients() });
        network.dispose();
      }
      const [full, masked] = found;
      expect(masked.loss).toBeCloseTo(full.loss, 5);
      const felt = full.gradients.filter(({ name }) => name !== 'genes.key.bias');
      for (const { name, values } of felt) {
        const got = masked.gradients.find((a) => a.name === name)?.values ?? new Float32Array(0);
        expect(largestDifference(got, values) / largest(values), name).toBeLessThan(1e-4);
      }
    });

    it('lets a gene feel its neighbours alone, through as many layers as there are', async () => {
      // Tokens in a row: one layer has two blocks, each of which looks one gene further.
      const tokens = shape.members + 1;
      const seen = Array.from({ length: tokens }, (_, i) =>
        [i - 1, i, i + 1].filter((j) => j >= 0 && j < tokens),
      );
      const spec = { ...specOf(0), shape: { ...shape, masked: true }, seen };
      const reach = 2 * shape.layers;
      const changed = async (gene: number | null): Promise<Float32Array> => {
        const network = new ScreenLearner(device, spec);
        const batch = firstBatch();
        const states = batch.states.map((v, k) => (k % genes === gene ? v + 1 : v));
        // With no weight of the discrepancy the gradient is that of each velocity alone.
        const { gradient } = await network.evaluate({ ...batch, states });
        network.dispose();
        return gradient;
      };
      const before = await changed(null);
      const after = await changed(0);
      const moved = (gene: number): boolean => before[gene] !== after[gene];
      expect(Array.from({ length: genes }, (_, g) => moved(g))).toEqual(
        Array.from({ length: genes }, (_, g) => g <= reach),
      );
    });

    it('has the loss of plain flow matching with a weight of 0', async () => {
      const network = learner(device, 0);
      const found = await network.evaluate(firstBatch());
      expect(found.loss).toBe(found.error);
      expect(found.loss).toBeCloseTo(fixture.values('mse_only/loss')[0], 5);
      network.dispose();
    });

    it('gives velocities in the order of its genes, whatever that is', async () => {
      const turned = Array.from({ length: genes }, (_, g) => (g * 5 + 2) % genes);
      const ids = turned.map((g) => order[g]);
      const other = orderTokens(fixture, ids);
      const batch = firstBatch();
      const reordered = (values: Float32Array): Float32Array =>
        values.map((_, k) => values[Math.floor(k / genes) * genes + turned[k % genes]]);
      const own = learner(device, 0.5);
      const before = await own.evaluate(batch);
      const network = new ScreenLearner(device, {
        ...specOf(0.5),
        initial: originalPad(fixture, 'w', shape, other.order),
        seen: other.seen,
        sets: [
          setWeights(
            members.map(([[token]]) => [[other.order.indexOf(order[token]), 1] as const]),
            shape.members,
            'mean',
          ),
        ],
      });
      const after = await network.evaluate({
        ...batch,
        states: reordered(batch.states),
        velocities: reordered(batch.velocities),
        ends: reordered(batch.ends),
        controls: reordered(batch.controls),
      });
      expect(after.loss).toBeCloseTo(before.loss, 5);
      expect(largestDifference(after.gradient, reordered(before.gradient))).toBeLessThan(1e-6);
      own.dispose();
      network.dispose();
    });
  });
}

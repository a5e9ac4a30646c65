/** @file Tests of the recorded autoencoder on any device against the original program: loss, gradients, five optimiser steps. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import { withDataBudget } from '../../../../engine/testing/data-budget.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { memorySource } from '../../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../../numerics/csr.ts';
import { loadFixture } from '../../../../numerics/testing/fixture.ts';
import {
  autoencoderNames,
  initialArrays,
  originalValues,
} from '../../../testing/original-weights.ts';
import { AutoencoderPlan } from '../autoencoder-plan.ts';
import { AutoencoderWeights } from '../autoencoder-weights.ts';
import { largestBatch } from '../../../tape/count-buffers.ts';
import { residentBytes, ResidentCounts } from '../../../tape/resident-counts.ts';

const fixture = loadFixture(
  'autoencoder',
  'unimodal',
  join(import.meta.dirname, '../../../fixtures'),
);
const names = autoencoderNames();
const [steps, cells, genes] = fixture.tensors['counts.rna'].shape;
const zeroBiases = new Set(fixture.info.settings['zero_gradient_biases'] as string[]);
const scalars = fixture.info.scalars as Record<string, number & number[]>;
const NO_NOISE = { seed: 0, stream: 0, row: 0 };

/** The counts of all steps, one step's cells after the other's. */
const counts = memorySource(csrFromDense(steps * cells, genes, fixture.values('counts.rna')));

function cellsOf(step: number): Uint32Array {
  return Uint32Array.from({ length: cells }, (_, i) => step * cells + i);
}

/** Declares the tests. @param start gives a device of their own */
export function describeAutoencoderPlan(name: string, start: () => Promise<ComputeDevice>): void {
  describe(`autoencoder plan on ${name}`, () => {
    let device: ComputeDevice;

    beforeAll(async () => {
      device = await start();
    });

    afterAll(() => device.dispose());

    function create(resident: ResidentCounts | null = null): {
      weights: AutoencoderWeights;
      plan: AutoencoderPlan;
    } {
      const weights = new AutoencoderWeights(device, { genes, hidden: [16, 11], latentDim: 7 });
      weights.write(initialArrays(fixture, names));
      const plan = new AutoencoderPlan(device, weights, {
        rows: cells,
        data: [{ entries: largestBatch(counts, cells), resident }],
        recipe: {
          weightDecay: 1e-5,
          thetaRate: 1,
          thetaDecays: true,
          thetaBounds: null,
          latentNoise: 0,
          latentPenalty: 0,
        },
      });
      return { weights, plan };
    }

    async function compare(weights: AutoencoderWeights, stage: string): Promise<void> {
      for (const array of await weights.read()) {
        const name = names.find((n) => n.ours === array.name)!;
        const loose =
          zeroBiases.has(name.original) ||
          (stage === 'after5' && name.original.endsWith('running_mean'));
        const difference = largestDifference(array.values, originalValues(fixture, stage, name));
        expect(difference, `${stage} ${array.name}`).toBeLessThan(loose ? 5e-3 : 2e-5);
      }
    }

    it('gives the loss in evaluation mode', async () => {
      const { plan } = create();
      plan.load([counts], cellsOf(0));
      expect(Math.abs((await plan.evaluate()) / scalars['eval.loss'] - 1)).toBeLessThan(1e-5);
      plan.dispose();
    });

    it('gives the gradients of the first step', async () => {
      const { plan } = create();
      plan.load([counts], cellsOf(0));
      plan.step(1e-3, NO_NOISE);
      let squares = 0;
      for (const { name: ours, values } of await plan.gradients()) {
        const name = names.find((n) => n.ours === ours)!;
        const expected = originalValues(fixture, 'grad', name);
        squares += values.reduce((sum, g) => sum + g * g, 0);
        const scale = zeroBiases.has(name.original) ? 1 : largest(expected);
        expect(largestDifference(values, expected), ours).toBeLessThan(1e-4 * scale);
      }
      const norm = scalars['grad_norms_before_clip'][0];
      expect(Math.abs(Math.sqrt(squares) / norm - 1)).toBeLessThan(1e-5);
      plan.dispose();
    });

    it('follows five AdamW steps', async () => {
      const { weights, plan } = create();
      for (let step = 0; step < steps; step++) {
        plan.load([counts], cellsOf(step));
        plan.step(1e-3, NO_NOISE);
        expect(Math.abs((await plan.takeLoss()) / scalars['train_losses'][step] - 1)).toBeLessThan(
          1e-5,
        );
        if (step === 0) await compare(weights, 'after1');
      }
      await compare(weights, 'after5');
      plan.dispose();
      weights.dispose();
    });

    it('gives the same bits when the counts stay on the device', async () => {
      const runs = [];
      for (const bytes of [0, residentBytes(counts)]) {
        const resident = ResidentCounts.place(withDataBudget(device, bytes), counts);
        expect(resident === null).toBe(bytes === 0);
        const { weights, plan } = create(resident);
        for (let step = 0; step < steps; step++) {
          plan.load([counts], cellsOf(step));
          plan.step(1e-3, NO_NOISE);
        }
        const train = await plan.takeLoss();
        // Fewer cells than the batch has room for, one of them twice.
        plan.load([counts], Uint32Array.of(7, 2, 2, 0));
        runs.push({ train, heldOut: await plan.evaluate(), weights: await weights.read() });
        plan.dispose();
        weights.dispose();
        resident?.dispose();
      }
      expect(runs[1]).toEqual(runs[0]);
    });

    it('takes no other counts than those on the device, and none that do not fit', () => {
      const tight = withDataBudget(device, residentBytes(counts) - 1);
      expect(ResidentCounts.place(tight, counts)).toBeNull();
      const before = device.bytesInUse;
      const resident = ResidentCounts.place(withDataBudget(device, 2 ** 30), counts);
      const { weights, plan } = create(resident);
      expect(() => plan.load([{ ...counts }], cellsOf(0))).toThrow(RangeError);
      plan.dispose();
      weights.dispose();
      resident?.dispose();
      expect(device.bytesInUse).toBe(before);
    });

    it('gives the same bits twice', async () => {
      const runs = [];
      for (let run = 0; run < 2; run++) {
        const { weights, plan } = create();
        for (let step = 0; step < steps; step++) {
          plan.load([counts], cellsOf(step));
          plan.step(1e-3, NO_NOISE);
        }
        runs.push(await weights.read());
        plan.dispose();
        weights.dispose();
      }
      expect(runs[1]).toEqual(runs[0]);
    });
  });
}

/** @file The autoencoder against the original program: forward passes, loss, gradients and five optimiser steps. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdamW } from '../../../engine/tensors/adamw.ts';
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { lossAndGradients } from '../../../engine/tensors/gradients.ts';
import { negativeBinomialLoss } from '../../../engine/tensors/negative-binomial.ts';
import { writeParameters } from '../../../engine/tensors/parameters.ts';
import { largest, largestDifference, startTestDevice } from '../../../engine/testing/device.ts';
import { createRandom } from '../../../numerics/random.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import { autoencoderNames, initialArrays, originalValues } from '../../testing/original-weights.ts';
import { Autoencoder } from './autoencoder.ts';
import type { Mode } from '../shapes.ts';

const fixture = loadFixture('autoencoder', 'unimodal', join(import.meta.dirname, '../../fixtures'));
const names = autoencoderNames();
const [steps, cells, genes] = fixture.tensors['counts.rna'].shape;
const zeroBiases = new Set(fixture.info.settings['zero_gradient_biases'] as string[]);
const scalars = fixture.info.scalars as Record<string, number & number[]>;

function create(): Autoencoder {
  const model = new Autoencoder({ genes, hidden: [16, 11], latentDim: 7 }, createRandom(0), {
    logTheta: null,
    thetaRate: 1,
    thetaDecays: true,
    thetaBounds: null,
  });
  writeParameters([...model.parameters, ...model.running], initialArrays(fixture, names));
  return model;
}

function batch(step: number) {
  const size = cells * genes;
  const counts = Float32Array.from(
    fixture.values('counts.rna').subarray(step * size, (step + 1) * size),
  );
  const library = Float32Array.from({ length: cells }, (_, r) =>
    counts.subarray(r * genes, (r + 1) * genes).reduce((a, b) => a + b, 0),
  );
  return {
    x: tf.tensor2d(counts.map(Math.log1p), [cells, genes]),
    counts: tf.tensor2d(counts, [cells, genes]),
    library: tf.tensor2d(library, [cells, 1]),
    mask: tf.ones([cells, 1]) as tf.Tensor2D,
    cells,
  };
}

function loss(model: Autoencoder, step: number, mode: Mode): tf.Scalar {
  const b = batch(step);
  const logits = model.decode(model.encode(b.x, mode), mode);
  return negativeBinomialLoss(logits, model.logTheta.tensor as tf.Tensor1D, b);
}

describe.each(['wasm', 'cpu'] as const)('autoencoder on %s', (kind) => {
  beforeAll(() => startTestDevice(kind));

  it.each(['eval', 'train'] as const)(
    'gives the latents, logits and loss in mode %s',
    async (mode) => {
      const model = create();
      const z = model.encode(batch(0).x, mode);
      const logits = model.decode(z, mode);
      const expected = fixture.values(`${mode}.logits.rna`);
      expect(largestDifference(await z.data(), fixture.values(`${mode}.z.rna`))).toBeLessThan(2e-5);
      expect(largestDifference(await logits.data(), expected)).toBeLessThan(
        1e-5 * largest(expected),
      );
      const value = (await loss(model, 0, mode).data())[0];
      expect(Math.abs(value / scalars[`${mode}.loss`] - 1)).toBeLessThan(1e-5);
    },
  );

  it('gives the gradients of the first step', async () => {
    const model = create();
    const { gradients } = lossAndGradients(model.parameters, () => loss(model, 0, 'train'));
    let squares = 0;
    for (const [i, p] of model.parameters.entries()) {
      const name = names.find((n) => n.ours === p.name)!;
      const expected = originalValues(fixture, 'grad', name);
      const values = Float64Array.from(await gradients[i]!.data());
      squares += values.reduce((sum, g) => sum + g * g, 0);
      const scale = zeroBiases.has(name.original) ? 1 : largest(expected);
      expect(largestDifference(values, expected), p.name).toBeLessThan(1e-4 * scale);
    }
    const norm = scalars['grad_norms_before_clip'][0];
    expect(Math.abs(Math.sqrt(squares) / norm - 1)).toBeLessThan(1e-5);
  });

  it('follows five AdamW steps', async () => {
    const model = create();
    const adamw = createAdamW(model.parameters, { ...ADAMW_DEFAULTS, weightDecay: 1e-5 });
    for (let step = 0; step < steps; step++) {
      const run = lossAndGradients(model.parameters, () => loss(model, step, 'train'));
      const expected = scalars['train_losses'][step];
      expect(Math.abs((await run.loss.data())[0] / expected - 1)).toBeLessThan(1e-5);
      adamw.step(run.gradients, 1e-3);
      model.updateRunning();
      if (step === 0) await compare(model, 'after1');
    }
    await compare(model, 'after5');
  });
});

/** Biases with a true gradient of zero, and what they feed, move by rounding noise of up to 1e-3 a step. */
async function compare(model: Autoencoder, stage: string): Promise<void> {
  for (const p of [...model.parameters, ...model.running]) {
    const name = names.find((n) => n.ours === p.name)!;
    const loose =
      zeroBiases.has(name.original) ||
      (stage === 'after5' && name.original.endsWith('running_mean'));
    const difference = largestDifference(
      await p.tensor.data(),
      originalValues(fixture, stage, name),
    );
    expect(difference, `${stage} ${p.name}`).toBeLessThan(loose ? 5e-3 : 2e-5);
  }
}

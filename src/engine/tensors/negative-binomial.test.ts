/** @file The decoder loss against the original program's float64 numbers, and both of its forms against each other. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { lossComposed, negativeBinomialLoss } from './negative-binomial.ts';
import { largest, largestDifference, startTestDevice } from '../testing/device.ts';

function load(name: string) {
  const fixture = loadFixture('nb', name);
  const [cells, genes] = fixture.tensors['counts'].shape;
  const counts = Float32Array.from(fixture.values('counts'));
  const library = Float32Array.from({ length: cells }, (_, r) =>
    counts.subarray(r * genes, (r + 1) * genes).reduce((a, b) => a + b, 0),
  );
  return {
    fixture,
    loss: fixture.info.scalars['loss'] as number,
    logits: tf.tensor2d(Float32Array.from(fixture.values('logits')), [cells, genes]),
    logTheta: tf.tensor1d(Float32Array.from(fixture.values('log_theta'))),
    batch: {
      counts: tf.tensor2d(counts, [cells, genes]),
      library: tf.tensor2d(library, [cells, 1]),
      mask: tf.ones([cells, 1]) as tf.Tensor2D,
      cells,
    },
  };
}

describe.each(['wasm', 'cpu'] as const)('the decoder loss on %s', (kind) => {
  beforeAll(() => startTestDevice(kind));

  it.each(['decoder_loss', 'decoder_loss_edge'])('agrees with the original: %s', async (name) => {
    const { fixture, loss, logits, logTheta, batch } = load(name);
    const run = tf
      .engine()
      .gradients(() => negativeBinomialLoss(logits, logTheta, batch), [logits, logTheta]);
    const value = (await run.value.data())[0];
    expect(Math.abs(value / loss - 1)).toBeLessThan(1e-5);
    for (const [i, key] of ['dlogits', 'dlog_theta'].entries()) {
      const expected = fixture.values(key);
      const difference = largestDifference(await run.grads[i].data(), expected);
      expect(difference).toBeLessThan(1e-4 * largest(expected));
    }
  });

  it.each(['decoder_loss', 'decoder_loss_edge'])('composed of operations: %s', async (name) => {
    const { fixture, loss, logits, logTheta, batch } = load(name);
    const parts = lossComposed(logits, logTheta, batch);
    expect(Math.abs((await parts.loss.data())[0] / loss - 1)).toBeLessThan(1e-5);
    const dLogits = fixture.values('dlogits');
    const dLogTheta = fixture.values('dlog_theta');
    expect(largestDifference(await parts.dLogits.data(), dLogits)).toBeLessThan(
      1e-4 * largest(dLogits),
    );
    expect(largestDifference(await parts.dLogTheta.data(), dLogTheta)).toBeLessThan(
      2e-4 * largest(dLogTheta),
    );
  });
});

describe('padding', () => {
  beforeAll(() => startTestDevice('wasm'));

  it('has no influence on loss and gradients', async () => {
    const { fixture, loss, logits, logTheta, batch } = load('decoder_loss');
    const genes = logTheta.size;
    const { library: sizes } = batch;
    const padded = {
      counts: tf.concat([batch.counts, tf.fill([3, genes], 2)]) as tf.Tensor2D,
      library: tf.concat([sizes, tf.fill([3, 1], 9)]) as tf.Tensor2D,
      mask: tf.concat([batch.mask, tf.zeros([3, 1])]) as tf.Tensor2D,
      cells: batch.cells,
    };
    const more = tf.concat([logits, tf.ones([3, genes])]) as tf.Tensor2D;
    for (const parts of [lossComposed(more, logTheta, padded), hostParts(more, logTheta, padded)]) {
      expect(Math.abs((await parts.loss.data())[0] / loss - 1)).toBeLessThan(1e-5);
      const tail = (await parts.dLogits.data()).slice(batch.cells * genes);
      expect(largest(tail)).toBe(0);
      const expected = fixture.values('dlog_theta');
      const difference = largestDifference(await parts.dLogTheta.data(), expected);
      expect(difference).toBeLessThan(2e-4 * largest(expected));
    }
  });
});

function hostParts(
  logits: tf.Tensor2D,
  logTheta: tf.Tensor1D,
  batch: Parameters<typeof negativeBinomialLoss>[2],
): ReturnType<typeof lossComposed> {
  const { value, grads } = tf
    .engine()
    .gradients(() => negativeBinomialLoss(logits, logTheta, batch), [logits, logTheta]);
  return {
    loss: value as tf.Scalar,
    dLogits: grads[0] as tf.Tensor2D,
    dLogTheta: grads[1] as tf.Tensor1D,
  };
}

/** @file Autoencoders of several kinds of features on the CPU; kinds of features that have no networks. */
import { expect, it } from 'vitest';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { blocksOf } from '../../decoding/blocks.ts';
import { describeBlocks } from './testing/blocks-suite.ts';

describeBlocks('two threads', () => startTestCpu(2));

it('refuses kinds of features that it has no networks for', () => {
  const one = { name: 'a', features: 4, likelihood: 'negative-binomial', hidden: [4] } as const;
  const shape = { genes: 8, hidden: [4], latentDim: 2 };
  expect(() => blocksOf({ ...shape, modalities: [one, { ...one, name: 'b' }] })).toThrow('two');
  expect(() => blocksOf({ ...shape, modalities: [one] })).toThrow('make up');
});

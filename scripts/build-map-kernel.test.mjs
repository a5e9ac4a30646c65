/** @file The committed neighbour search is that of the committed source. */
import { expect, it } from 'vitest';
import { neighbourKernelBinary } from '../src/maps/neighbour-kernel-binary.ts';
import { compileMapKernel } from './build-map-kernel.mjs';

it('was compiled from this source (else: node scripts/build-map-kernel.mjs)', async () => {
  expect((await compileMapKernel()).toString('base64')).toBe(neighbourKernelBinary);
});

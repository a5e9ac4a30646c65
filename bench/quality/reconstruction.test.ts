/** @file Reconstruction against the original program: correlation by gene, one gene constant, and squared error. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { csrFromDense } from '../../src/numerics/csr.ts';
import { loadFixture } from '../../src/numerics/testing/fixture.ts';
import { reconstruction } from './reconstruction.ts';

it('has the correlation and the error of the original', () => {
  const fixture = loadFixture('scldm', 'metrics', join(import.meta.dirname, 'fixtures'));
  const [cells, genes] = fixture.tensors['recon/counts_true'].shape;
  const counts = (name: string) => csrFromDense(cells, genes, fixture.values(`recon/${name}`));
  const { pcc, mse } = reconstruction(counts('counts_true'), counts('counts_pred'));
  const expected = fixture.info.scalars['recon'] as Record<'pcc' | 'mse', number>;
  expect(pcc).toBeCloseTo(expected.pcc, 5);
  expect(Math.abs(mse / expected.mse - 1)).toBeLessThan(1e-6);
});

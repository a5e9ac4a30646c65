/** @file Scanning whole matrices and samples of them, in all three forms. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csrToDense } from '../numerics/csr.ts';
import { nodeBackend } from './h5-node.ts';
import { openH5ad } from './h5ad-file.ts';
import { matrixInfo, scanMatrix } from './matrix-scan.ts';
import { readCsr } from './csr-reading.ts';
import { anndataFixtures } from './testing/files.ts';

describe.each(['csc_int_layers', 'csr_counts', 'dense_counts', 'lognorm_layers_raw'])(
  '%s',
  (name) => {
    it('is scanned whole or in part', async () => {
      const file = await openH5ad(await nodeBackend(), {
        path: join(anndataFixtures, `${name}.h5ad`),
      });
      for (const store of file.matrices) {
        const dense = csrToDense(await readCsr(store));
        const all = await scanMatrix(store, null);
        expect(all).toMatchObject({ complete: true, notFinite: 0, min: 0, negative: false });
        expect(all.nonzero).toBe(dense.filter((value) => value !== 0).length);
        expect(all.sum).toBeCloseTo(
          dense.reduce((sum, value) => sum + value, 0),
          2,
        );
        expect(Math.fround(all.max)).toBe(dense.reduce((a, b) => Math.max(a, b)));
        expect(all.integer).toBe(dense.every(Number.isInteger));

        const part = await scanMatrix(store, 50);
        expect(part.complete).toBe(false);
        expect(part.nonzero).toBeGreaterThan(0);
        expect(part.nonzero).toBeLessThan(all.nonzero);
        expect(part.integer).toBe(all.integer);
        const info = matrixInfo(part);
        expect(info.sum).toBeNaN();
        expect(info.nnz).toEqual(store.kind === 'dense' ? NaN : store.stored);
      }
      file.h5.close();
    });
  },
);

/** @file The committed kernels are those of the committed sources. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BINARIES, kernelSourceHash } from './lib/kernel-sources.mjs';

const folder = join(import.meta.dirname, '../src/engine/cpu/binary');

it('were built from these sources (else: node scripts/build-kernels.mjs)', () => {
  const { sources } = JSON.parse(readFileSync(join(folder, 'built-from.json'), 'utf8'));
  expect(sources).toBe(kernelSourceHash());
});

it.each(BINARIES)('%s is there and is WebAssembly', (name) => {
  const file = join(folder, `${name}.wasm`);
  expect(existsSync(file)).toBe(true);
  expect([...readFileSync(file).subarray(0, 4)]).toEqual([0, 97, 115, 109]);
});

/** @file The command line that repeats an export. */
import { describe, expect, it } from 'vitest';
import type { ModelInfo } from '../protocol/model.ts';
import { sampleCommand, sha256 } from './provenance.ts';
import { emptyGuidance } from './store.ts';

const info = {
  fileName: 'my cells.h5ad',
  attributes: [
    { name: 'cell_type', categories: ["B 'x'"] },
    { name: 'donor', categories: [] },
    { name: 'sex', categories: [] },
  ],
} as unknown as ModelInfo;

describe('sampleCommand', () => {
  it('quotes, and says only what differs', () => {
    const guidance = {
      ...emptyGuidance,
      cells: 250,
      seed: 9,
      terms: {
        cell_type: { value: "B 'x'", weight: 1.5 },
        donor: { value: null, weight: 0.5 },
        sex: { value: null, weight: 1 },
      },
      librarySize: { mode: 'fixed', value: 3000 },
    } as const;
    expect(sampleCommand(info, guidance, 'my cells.cellsmith', 'out.zarr.zip')).toBe(
      "cellsmith sample 'my cells.cellsmith' --cells 250 --set 'cell_type=B '\\''x'\\'':1.5' --weights donor=0.5 --seed 9 --library 3000 --solver rk4:20 --out out.h5ad",
    );
  });
});

describe('sha256', () => {
  it('is that of FIPS 180-4 for "abc"', async () => {
    expect(await sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

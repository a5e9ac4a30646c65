/** @file Model files that cannot be trusted: damaged bytes, missing parts, newer versions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { StudioError } from '../protocol/errors.ts';
import { readModelFile } from './model-file.ts';

const demo = new Uint8Array(
  readFileSync(join(import.meta.dirname, '../../public/demo/blood-700.cellsmith')),
);

function refusal(bytes: Uint8Array): StudioError {
  try {
    readModelFile(bytes);
  } catch (error) {
    return StudioError.from(error);
  }
  throw new Error('the file was taken');
}

describe('a model file', () => {
  it('is read when nothing is wrong with it', () => {
    expect(readModelFile(demo).info.nGenes).toBe(765);
  });

  it('is refused when one bit of its content differs', () => {
    const random = createRandom(12);
    const { length } = demo;
    // The ends hold the archive's headers and directory, the middle mostly weights.
    const places = [
      ...Array.from({ length: 40 }, () => random.integer(length)),
      ...Array.from({ length: 20 }, (_, i) => 60 + 97 * i),
    ];
    for (const at of places) {
      const bytes = demo.slice();
      bytes[at] ^= 1 << random.integer(8);
      expect(refusal(bytes).code, `byte ${at}`).toBe('bad-model');
    }
  }, 120_000);

  it.each([0, 1, 100, 5000, demo.length - 1])(
    'is refused when only %i bytes are left',
    (length) => {
      expect(refusal(demo.slice(0, length)).code).toBe('bad-model');
    },
  );

  it('is refused without its weights', () => {
    const { 'weights.safetensors': _, ...rest } = unzipSync(demo);
    expect(refusal(zipSync(rest)).code).toBe('bad-model');
  });

  it('of a newer version is named as such, with the remedy', () => {
    const files = unzipSync(demo);
    const manifest = JSON.parse(strFromU8(files['manifest.json'])) as Record<string, unknown>;
    const newer = strToU8(JSON.stringify({ ...manifest, format: 99, unknown: true }));
    const error = refusal(zipSync({ ...files, 'manifest.json': newer }));
    expect(error.code).toBe('bad-model');
    expect(error.title).toContain('newer version');
    expect(error.message).toContain('Reload');
  });
});

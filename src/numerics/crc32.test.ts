/** @file CRC-32 against the published check value and Node's own zlib. */
import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { createRandom } from './random.ts';

it('gives the published check value', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

it.runIf(typeof zlibCrc32 === 'function')('agrees with zlib', () => {
  const random = createRandom(1);
  for (const length of [1, 63, 65, 10_007]) {
    const bytes = Uint8Array.from({ length }, () => random.integer(256));
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  }
});

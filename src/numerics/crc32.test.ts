/** @file CRC-32 against the published check value and Node's own zlib. */
import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32, joinCrc32 } from './crc32.ts';
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

it('goes on from bytes before, and joins two parts', () => {
  const random = createRandom(2);
  const bytes = Uint8Array.from({ length: 10_007 }, () => random.integer(256));
  const whole = crc32(bytes);
  for (const cut of [0, 1, 255, 4096, 10_006, 10_007]) {
    const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(crc32(b, crc32(a))).toBe(whole);
    expect(joinCrc32(crc32(a), crc32(b), b.length)).toBe(whole);
  }
});

it('joins parts that are longer than a 32-bit number', () => {
  expect(zeros(9001)).toBe(crc32(new Uint8Array(9001)));
  const long = 2 ** 33 + 5;
  const cut = 2 ** 32 + 77;
  expect(joinCrc32(zeros(cut), zeros(long - cut), long - cut)).toBe(zeros(long));
});

/** Checksum of many zeros, from those of powers of two. */
function zeros(length: number): number {
  let sum = 0;
  let done = 0;
  let block = crc32(new Uint8Array(1));
  for (let size = 1, left = length; left > 0; left = Math.floor(left / 2), size *= 2) {
    if (left % 2 === 1) {
      sum = joinCrc32(sum, block, size);
      done += size;
    }
    block = joinCrc32(block, block, size);
  }
  expect(done).toBe(length);
  return sum;
}

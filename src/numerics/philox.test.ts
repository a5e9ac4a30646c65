import { describe, expect, it } from 'vitest';
import { philox4x32, philoxWords } from './philox.ts';
import type { PhiloxCounter, PhiloxKey } from './philox.ts';

/** The known answers of the Random123 distribution for philox4x32 with 10 rounds. */
const KNOWN: readonly [PhiloxCounter, PhiloxKey, readonly number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

/** The same rounds with 64-bit integers. */
function philoxByBigInt(counter: PhiloxCounter, key: PhiloxKey): number[] {
  let c = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c[0];
    const b = 0xcd9e8d57n * c[2];
    c = [(b >> 32n) ^ c[1] ^ k0, b & mask, (a >> 32n) ^ c[3] ^ k1, a & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return c.map(Number);
}

describe('philox4x32', () => {
  it.each(KNOWN)('gives the known answer for counter %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox4x32(counter, key, out);
    expect([...out]).toEqual(expected);
  });

  it('agrees with the same rounds in 64-bit integers', () => {
    const out = new Uint32Array(4);
    let word = 1;
    const nextWord = (): number => (word = (Math.imul(word, 1664525) + 1013904223) >>> 0);
    for (let i = 0; i < 500; i++) {
      const counter: PhiloxCounter = [nextWord(), nextWord(), nextWord(), nextWord()];
      const key: PhiloxKey = [nextWord(), nextWord()];
      philox4x32(counter, key, out);
      expect([...out]).toEqual(philoxByBigInt(counter, key));
    }
  });

  it('writes its words at the offset and touches nothing else', () => {
    const out = new Uint32Array(7);
    philoxWords(0, 0, 0, 0, 0, 0, out, 2);
    expect([...out]).toEqual([0, 0, ...KNOWN[0][2], 0]);
  });
});

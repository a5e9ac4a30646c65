/** @file Philox4x32-10: random words as a pure function of a counter and a key, so any cell's noise can be made on its own. */

const MULTIPLIER_A = 0xd2511f53;
const MULTIPLIER_B = 0xcd9e8d57;
const WEYL_A = 0x9e3779b9;
const WEYL_B = 0xbb67ae85;
const ROUNDS = 10;

/** A 128-bit counter as four unsigned 32-bit words, the fastest one first. */
export type PhiloxCounter = readonly [number, number, number, number];

/** A 64-bit key as two unsigned 32-bit words. */
export type PhiloxKey = readonly [number, number];

/**
 * One block of Philox4x32 with 10 rounds.
 *
 * @param counter four words; only their low 32 bits count
 * @param key two words; only their low 32 bits count
 * @param out receives four uniform unsigned 32-bit words
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export function philox4x32(counter: PhiloxCounter, key: PhiloxKey, out: Uint32Array): void {
  philoxWords(counter[0], counter[1], counter[2], counter[3], key[0], key[1], out, 0);
}

/** The same block with its words as plain arguments, written to `out[offset … offset + 3]`; nothing is allocated. */
export function philoxWords(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  offset: number,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const highA = multiplyHigh(MULTIPLIER_A, c0);
    const lowA = Math.imul(MULTIPLIER_A, c0);
    const highB = multiplyHigh(MULTIPLIER_B, c2);
    const lowB = Math.imul(MULTIPLIER_B, c2);
    c0 = highB ^ c1 ^ k0;
    c1 = lowB;
    c2 = highA ^ c3 ^ k1;
    c3 = lowA;
    k0 = (k0 + WEYL_A) | 0;
    k1 = (k1 + WEYL_B) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** Upper 32 bits of the 64-bit product of two unsigned words, as a signed integer, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const carry = (Math.imul(aLow, bLow) >>> 16) + (Math.imul(aHigh, bLow) & 0xffff);
  const middle = carry + Math.imul(aLow, bHigh);
  // `middle` may wrap as int32; its true value stays below 2^32, so the unsigned shift recovers it.
  return (Math.imul(aHigh, bHigh) + (Math.imul(aHigh, bLow) >>> 16) + ((middle | 0) >>> 16)) | 0;
}

/** @file Each thread's own working memory, laid out by the host between the control block and the first buffer. */

/** Bytes of one thread's scratch; the host reads the same numbers from layout.ts. */
export const SCRATCH_BYTES: i32 = 1 << 21;

/** Where scratch begins; the control block lies before it. */
export const SCRATCH_START: i32 = 65536;

/** One 4 × 8 tile. */
export const SCRATCH_TILE: i32 = 0;

/** Packed panels of B: 512 × 64 floats. */
export const SCRATCH_B: i32 = 1024;

/** Packed A: rows of four. */
export const SCRATCH_A: i32 = SCRATCH_B + 512 * 64 * 4;

/** Bytes for packed A. */
export const ROOM_A: i32 = SCRATCH_BYTES - SCRATCH_A - 64;

/** Address of a thread's scratch. */
// @ts-ignore: decorator
@inline
export function scratchOf(thread: i32): usize {
  return SCRATCH_START + thread * SCRATCH_BYTES;
}

/** First of `count` pieces that a thread works on; the next thread's first is its end. */
// @ts-ignore: decorator
@inline
export function share(count: i32, thread: i32, threads: i32): i32 {
  return (((count as i64) * thread) / threads) as i32;
}

/** @file Numbers that the host and the kernels share: where scratch lies and how a program is written. */

/** Bytes of one thread's scratch, as in assembly/scratch.ts. */
export const SCRATCH_BYTES = 2 ** 21;

/** Where scratch begins; the control block of the threads lies before it. */
export const SCRATCH_START = 65_536;

/** Words of one call in a program: the kernel's number and up to 31 arguments. */
export const CALL_WORDS = 32;

/** Size of a WebAssembly page. */
export const PAGE_BYTES = 65_536;

/** Every buffer begins on a cache line and has one after its end, which vector loads may touch. */
export const LINE_BYTES = 64;

/** @file Test helper: starts a backend in Node and compares arrays. */
import { startTensors } from '../tensors/start.ts';

/** Makes WebAssembly (or plain JavaScript) the present backend of tfjs. */
export async function startTestDevice(kind: 'wasm' | 'cpu' = 'wasm'): Promise<void> {
  await startTensors(kind);
}

/** Largest |a − b|; Infinity for different lengths or a value that is not a number. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Largest absolute value. */
export function largest(a: ArrayLike<number>): number {
  let value = 0;
  for (let i = 0; i < a.length; i++) value = Math.max(value, Math.abs(a[i]));
  return value;
}

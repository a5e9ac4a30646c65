/** @file Where Node finds the WebAssembly binaries; never imported by browser code. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The folder of the installed package's binaries, with a slash at its end. */
export function nodeWasmPaths(): string {
  const require = createRequire(import.meta.url);
  return `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`;
}

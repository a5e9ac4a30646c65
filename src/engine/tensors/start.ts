/** @file Starts tfjs in Node for what is measured against it: tests and benches, never the product. */
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { nodeWasmPaths } from './node-wasm.ts';

/** Makes tfjs' WebAssembly (or plain JavaScript) backend the present one. Error: when it does not start. */
export async function startTensors(kind: 'wasm' | 'cpu' = 'wasm'): Promise<void> {
  tf.enableProdMode();
  if (kind === 'wasm') setWasmPaths(nodeWasmPaths());
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend(kind))) throw new Error(`tfjs' ${kind} backend does not run here`);
}

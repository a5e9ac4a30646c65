/** @file Entry point of the model worker. */
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { browserCpuHost } from '../src/engine/cpu/browser-host.ts';
import { ModelService } from '../src/models/model-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

exposeService(new ModelService({ wasmPaths, cpuHost: browserCpuHost() }));

/** @file A helper thread of the CPU device: takes the compiled kernels and the shared memory once, then only computes. */
import type { HelperStart } from './host.ts';

onmessage = ({ data }: MessageEvent<HelperStart>): void => {
  const { module, memory, thread, seen } = data;
  void WebAssembly.instantiate(module, { env: { memory } }).then(({ exports }) => {
    postMessage('ready');
    (exports as unknown as { help(thread: number, seen: number): void }).help(thread, seen);
  });
};

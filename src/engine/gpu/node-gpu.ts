/**
 * @file WebGPU in Node, by the optional package `webgpu` (Dawn), loaded only when asked for.
 *
 * Devices die when Dawn’s object is collected, so it is held here. A program that has nothing left to do
 * ends by itself all the same (webgpu 0.6.2); one that must end at once calls `process.exit`.
 */

const held = new Map<string, GPU>();

/**
 * Where adapters come from in Node. Error: whatever the import throws where the package is not installed.
 *
 * @param options Dawn's, such as `backend=null` (checks every command, computes nothing)
 */
export async function nodeGpu(options: readonly string[] = []): Promise<GPU> {
  const { create } = await import('webgpu');
  const key = options.join();
  const gpu = held.get(key) ?? create([...options]);
  held.set(key, gpu);
  return gpu;
}

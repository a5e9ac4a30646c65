/**
 * @file WebGPU in Node, by the optional package `webgpu` (Dawn), loaded only when asked for.
 *
 * Dawn keeps Node running as long as its object is referenced, and devices die when the object is collected: it is held here
 * until `releaseNodeGpu`; a program that is done calls that, or exits by `process.exit`.
 */

let held: GPU | null = null;

/**
 * Where adapters come from in Node. Error: whatever the import throws where the package is not installed.
 *
 * @param options Dawn's, such as `backend=null` (checks every command, computes nothing)
 */
export async function nodeGpu(options: readonly string[] = []): Promise<GPU> {
  const { create } = await import('webgpu');
  held ??= create([...options]);
  return held;
}

/** Lets Node end. Devices opened before stop working. */
export function releaseNodeGpu(): void {
  held = null;
}

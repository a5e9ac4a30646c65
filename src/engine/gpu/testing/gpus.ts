/**
 * @file GPUs for tests, in Node by Dawn: one that checks every command and computes nothing, and one emulated by SwiftShader
 * where a Chromium brings its driver along. One device per test file, never destroyed: Dawn does not survive that.
 */
import { existsSync, readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { GpuDevice } from '../device.ts';
import { nodeGpu } from '../node-gpu.ts';
import { adapterName, requestDevice } from '../open.ts';

const DRIVER = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';

/** Keeps a library loaded after its handle is closed (dlfcn.h). */
const NO_DELETE = 0x1000;

/** The folder of SwiftShader's driver, or null: beside the Chromium that CELLSMITH_CHROMIUM names, or in the usual places. */
export function softwareGpuFolder(): string | null {
  const named = process.env['CELLSMITH_CHROMIUM'];
  const playwright = join(homedir(), '.cache/ms-playwright');
  const folders = [
    ...(named === undefined ? [] : [dirname(named)]),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...(existsSync(playwright)
      ? readdirSync(playwright).map((name) => join(playwright, name, 'chrome-linux'))
      : []),
  ];
  return folders.find((folder) => existsSync(join(folder, DRIVER))) ?? null;
}

/** Whether kernels can be computed here; says so in one line where not. */
export function hasSoftwareGpu(): boolean {
  const found = process.platform === 'linux' && softwareGpuFolder() !== null;
  if (!found)
    console.log('GPU numerics left out: no Chromium with SwiftShader’s Vulkan driver here.');
  return found;
}

/** A device on which every command is checked and nothing is computed. */
export async function openNullGpu(): Promise<GpuDevice> {
  return opened(await nodeGpu(['backend=null']));
}

/** The same with no more than every WebGPU has: 8 storage buffers of 128 MiB, 16 KiB of shared memory. */
export async function openSmallNullGpu(): Promise<GpuDevice> {
  const adapter = await (await nodeGpu(['backend=null'])).requestAdapter();
  if (adapter === null) throw new RangeError('no adapter');
  return new GpuDevice(await adapter.requestDevice());
}

/** A device emulated by SwiftShader. Error: if its driver does not start. */
export async function openSoftwareGpu(): Promise<GpuDevice> {
  const folder = softwareGpuFolder();
  if (folder === null) throw new RangeError('no driver');
  process.env['VK_DRIVER_FILES'] = join(folder, DRIVER);
  process.env['VK_ICD_FILENAMES'] = join(folder, DRIVER);
  keepLoaded(join(folder, LOADER));
  return opened(await nodeGpu());
}

/** Dawn looks for the Vulkan loader by its name only, and finds one that the process has loaded already. */
function keepLoaded(library: string): void {
  if (!existsSync(library)) return;
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, library, RTLD_NOW | RTLD_GLOBAL | NO_DELETE);
  } catch {
    // Node refuses it as an addon, but it stays loaded.
  }
}

async function opened(gpu: GPU): Promise<GpuDevice> {
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new RangeError('no adapter');
  return new GpuDevice(await requestDevice(adapter), adapterName(adapter));
}

/** @file h5wasm in Node: files are read and written by path. For the command line, scripts and tests. */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openAsBlob,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type * as h5wasm from 'h5wasm/node';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { openCsrCache } from '../numerics/csr-cache.ts';
import type { CountsOnDisk } from '../protocol/dataset.ts';
import { correctPlugin, pluginFile } from './filter-plugin.ts';
import type { ScratchFile } from './scratch-file.ts';
import type { OpenCounts } from './training-counts.ts';
import {
  endedModules,
  type CountsFile,
  type Given,
  type GivenFile,
  type H5Backend,
  type H5Source,
  type HdfModule,
  type MountedFile,
} from './h5-backend.ts';

let scratchCount = 0;
const newScratch = (): string =>
  join(tmpdir(), `cellsmith-${process.pid}-${Date.now()}-${scratchCount++}.h5ad`);

function readHead(path: string, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const handle = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, count, 0));
  } finally {
    closeSync(handle);
  }
}

async function files(given: Given): Promise<readonly GivenFile[]> {
  const list = Array.isArray(given) ? (given as readonly H5Source[]) : [given as H5Source];
  const found: GivenFile[] = [];
  for (const source of list) {
    if (source instanceof File) found.push({ path: source.name, blob: source, source });
    else
      for (const path of below(source.path)) {
        const name =
          path === source.path
            ? basename(path)
            : join(basename(source.path), relative(source.path, path));
        found.push({
          path: name.replaceAll('\\', '/'),
          blob: await openAsBlob(path),
          source: { path },
        });
      }
  }
  return found;
}

/** The path itself, or all files below it when it is a folder. */
function below(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function mount(source: H5Source): Promise<MountedFile> {
  const copied = source instanceof File;
  const path = copied ? newScratch() : source.path;
  if (copied) writeFileSync(path, new Uint8Array(await source.arrayBuffer()));
  return {
    path,
    name: copied ? source.name : basename(path),
    bytes: statSync(path).size,
    head: async (count) => readHead(path, count),
    failure: () => null,
    release: () => {
      if (copied) rmSync(path, { force: true });
    },
  };
}

type H5wasm = typeof h5wasm;
interface Instance {
  readonly module: HdfModule;
  readonly File: H5wasm['File'];
}

let running: Promise<Instance> | null = null;
let instances = 0;

/** h5wasm, shared until a damaged file ends it; then a new one. */
async function instance(): Promise<Instance> {
  if (running !== null && !endedModules.has((await running).module)) return running;
  const again = instances++ === 0 ? '' : `?${instances}`;
  const address = `${import.meta.resolve('h5wasm/node')}${again}`;
  const loading = (
    again === '' ? import('h5wasm/node') : (import(/* @vite-ignore */ address) as Promise<H5wasm>)
  ).then(async ({ File, ready }) => ({ File, module: await ready }));
  running = loading;
  return loading;
}

function openNodeCounts(): CountsFile {
  const path = newScratch().replace(/\.h5ad$/, '.counts');
  const handle = openSync(path, 'w');
  deleteAtExit(path);
  return {
    name: path,
    write: (bytes, { at }) => writeSync(handle, bytes, 0, bytes.length, at),
    close: () => closeSync(handle),
    discard: async () => {
      closeSync(handle);
      rmSync(path, { force: true });
    },
  };
}

/** Opens counts that `selectOnDisk` wrote, by rows, until closed. Throws when they are gone. */
export async function openNodeCountsAgain({ name }: CountsOnDisk): Promise<OpenCounts> {
  const handle = openSync(name, 'r');
  const source = openCsrCache({
    getSize: () => fstatSync(handle).size,
    read: (bytes, { at }) => readSync(handle, bytes, 0, bytes.length, at),
  });
  return { ...source, close: () => closeSync(handle) };
}

const leftovers = new Set<string>();

function deleteAtExit(path: string): void {
  if (leftovers.size === 0) {
    process.once('exit', () => {
      for (const left of leftovers) rmSync(left, { recursive: true, force: true });
    });
  }
  leftovers.add(path);
}

/** A scratch file whose blob reads from the temporary folder; it is deleted when the process ends. */
function openNodeScratch(): ScratchFile {
  const path = newScratch();
  writeFileSync(path, new Uint8Array(0));
  const handle = openSync(path, 'r+');
  const remove = (): void => rmSync(path, { force: true });
  let open = true;
  const close = (): void => {
    if (open) closeSync(handle);
    open = false;
  };
  deleteAtExit(path);
  return {
    path,
    size: () => statSync(path).size,
    read: (at, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, at));
    },
    write: (at, bytes) => void writeSync(handle, bytes, 0, bytes.length, at),
    failure: () => null,
    finish: async () => {
      close();
      return openAsBlob(path);
    },
    discard: async () => {
      close();
      remove();
    },
  };
}

/** Filters that were installed in each instance. */
const filters = new WeakMap<object, Set<string>>();

function filtersOf(module: HdfModule): Set<string> {
  const installed = filters.get(module) ?? new Set<string>();
  filters.set(module, installed);
  return installed;
}

/** The Node backend. A `File` is copied to the temporary folder; a path is read in place. */
export async function nodeBackend(): Promise<H5Backend> {
  const { module, File: HdfFile } = await instance();
  const installed = filtersOf(module);
  const installFilter = async (name: string): Promise<boolean> => {
    if (installed.has(name)) return true;
    const plugins = dirname(createRequire(import.meta.url).resolve('h5wasm-plugins/package.json'));
    const stored = new Uint8Array(readFileSync(join(plugins, 'plugins', pluginFile(name))));
    const bytes = correctPlugin(name, stored);
    if (bytes === null) return false;
    // A folder with this plugin alone: HDF5 loads every file of a folder until one has the filter.
    const folder = mkdtempSync(join(tmpdir(), 'cellsmith-filter-'));
    deleteAtExit(folder);
    writeFileSync(join(folder, pluginFile(name)), bytes);
    module.insert_plugin_search_path(folder, 0);
    installed.add(name);
    return true;
  };
  return {
    module,
    File: HdfFile,
    files,
    mount,
    installFilter,
    openCounts: async () => openNodeCounts(),
    removeCounts: async (name) => rmSync(name, { force: true }),
    openScratch: async () => openNodeScratch(),
    scratchPath: newScratch,
    takeScratch: (path) => {
      const bytes = new Uint8Array(readFileSync(path));
      rmSync(path, { force: true });
      return bytes;
    },
  };
}

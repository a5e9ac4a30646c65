/** @file h5wasm in Node: files are read and written by path. For the command line, scripts and tests. */
import {
  closeSync,
  mkdtempSync,
  openAsBlob,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type * as h5wasm from 'h5wasm/node';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { correctPlugin, pluginFile } from './filter-plugin.ts';
import {
  endedModules,
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

/** The Node backend. A `File` is copied to the temporary folder; a path is read in place. */
export async function nodeBackend(): Promise<H5Backend> {
  const { module, File: HdfFile } = await instance();
  const installed = new Set<string>();
  const installFilter = async (name: string): Promise<boolean> => {
    if (installed.has(name)) return true;
    const plugins = dirname(createRequire(import.meta.url).resolve('h5wasm-plugins/package.json'));
    const stored = new Uint8Array(readFileSync(join(plugins, 'plugins', pluginFile(name))));
    const bytes = correctPlugin(name, stored);
    if (bytes === null) return false;
    // A folder with this plugin alone: HDF5 loads every file of a folder until one has the filter.
    const folder = mkdtempSync(join(tmpdir(), 'cellsmith-filter-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
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
    scratchPath: newScratch,
    takeScratch: (path) => {
      const bytes = new Uint8Array(readFileSync(path));
      rmSync(path, { force: true });
      return bytes;
    },
  };
}

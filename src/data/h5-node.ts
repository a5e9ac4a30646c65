/** @file h5wasm in Node: files are read and written by path. For the command line, scripts and tests. */
import { File as HdfFile, ready } from 'h5wasm/node';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { correctPlugin, pluginFile } from './filter-plugin.ts';
import type { H5Backend, H5Source, MountedFile } from './h5-backend.ts';

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

/** The Node backend. A `File` is copied to the temporary folder; a path is read in place. */
export async function nodeBackend(): Promise<H5Backend> {
  const module = await ready;
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

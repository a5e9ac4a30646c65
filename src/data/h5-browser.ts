/** @file h5wasm in a browser worker: the file is read by random access, never copied. */
import { File as HdfFile, ready } from 'h5wasm';
import { installCodecFunctions } from './codec-functions.ts';
import { noRoomForCounts } from './file-errors.ts';
import { correctPlugin, pluginFile } from './filter-plugin.ts';
import { mountBlob } from './blob-mount.ts';
import {
  createPrivateFile,
  exportsFolder,
  freeStorage,
  openBrowserScratch,
  removePrivateFile,
  tidyPrivateFolder,
} from './opfs.ts';
import type { StudioError } from '../protocol/errors.ts';
import { countsFolder } from './training-counts.ts';
import type {
  Given,
  GivenFile,
  H5Backend,
  H5Source,
  HdfModule,
  MountedFile,
} from './h5-backend.ts';

/** The calls of Emscripten's file system that are used here. */
interface WorkerFs {
  mkdirTree(path: string): void;
  readFile(path: string): Uint8Array;
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
}

const pluginFolder = '/plugins';

/** Addresses of the filter plugins; the bundler copies each file and puts its address here. */
const pluginAddresses: Readonly<Record<string, () => Promise<{ readonly default: string }>>> = {
  lzf: () => import('h5wasm-plugins/plugins/libH5Zlzf.so?url'),
  zstd: () => import('h5wasm-plugins/plugins/libH5Zzstd.so?url'),
  blosc: () => import('h5wasm-plugins/plugins/libH5Zblosc.so?url'),
};

/** The browser backend; only inside a dedicated worker, because HDF5 reads synchronously. */
export async function browserBackend(): Promise<H5Backend> {
  installCodecFunctions();
  // What a crash or a closed tab left behind would fill the disk, so it goes at the next start.
  for (const folder of [exportsFolder, countsFolder]) void tidyPrivateFolder(folder);
  const module: HdfModule = await ready;
  const fs = module.FS as unknown as WorkerFs;
  const installed = new Set<string>();
  let mounts = 0;
  let scratch = 0;

  const mount = async (source: H5Source): Promise<MountedFile> => {
    if (!(source instanceof File)) throw new TypeError('the browser reads File objects only');
    const path = `/open-${mounts++}.h5ad`;
    const reader = new FileReaderSync();
    const { failure, unmount } = mountBlob(module.FS, path, source.size, (from, to) => {
      const bytes = new Uint8Array(reader.readAsArrayBuffer(source.slice(from, to)));
      // A file that was cut since it was opened gives less, without an error.
      if (bytes.length < to - from) throw new DOMException('it is shorter now', 'NotReadableError');
      return bytes;
    });
    return {
      path,
      name: source.name,
      bytes: source.size,
      head: async (count) => new Uint8Array(await source.slice(0, count).arrayBuffer()),
      failure,
      release: unmount,
    };
  };

  const files = async (given: Given): Promise<readonly GivenFile[]> =>
    (Array.isArray(given) ? (given as readonly H5Source[]) : [given as H5Source]).map((source) => {
      if (!(source instanceof File)) throw new TypeError('the browser reads File objects only');
      return { path: source.webkitRelativePath || source.name, blob: source, source };
    });

  const installFilter = async (name: string): Promise<boolean> => {
    if (installed.has(name)) return true;
    const address = await pluginAddresses[name]?.().catch(() => null);
    if (!address) return false;
    const answer = await fetch(address.default).catch(() => null);
    if (!answer?.ok) return false;
    const bytes = correctPlugin(name, new Uint8Array(await answer.arrayBuffer()));
    if (bytes === null) return false;
    // A folder with this plugin alone: HDF5 loads every file of a folder until one has the filter.
    const folder = `${pluginFolder}/${name}`;
    fs.mkdirTree(folder);
    fs.writeFile(`${folder}/${pluginFile(name)}`, bytes);
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
    openCounts: async (bytes) => {
      const free = await freeStorage();
      if (free < bytes) throw noRoomForCounts(bytes, free);
      const file = await createPrivateFile(countsFolder).catch((thrown: StudioError) => {
        throw noRoomForCounts(bytes, thrown.details['cause']);
      });
      return {
        name: file.name,
        write: (bytes, options) => file.handle.write(bytes, options),
        close: () => file.handle.close(),
        discard: async () => {
          file.handle.close();
          await file.remove();
        },
      };
    },
    removeCounts: (name) => removePrivateFile(countsFolder, name),
    openScratch: () => openBrowserScratch(module.FS, `/scratch-${scratch++}.h5ad`),
    scratchPath: () => `/scratch-${scratch++}.h5ad`,
    takeScratch: (path) => {
      const bytes = fs.readFile(path);
      fs.unlink(path);
      return bytes;
    },
  };
}

/** @file What the reader and the writer need from h5wasm and its file system; a browser worker and Node each supply one. */
import type { File as HdfFile, ready } from 'h5wasm';
import type { ScratchFile } from './scratch-file.ts';

/** A file the page was given, or a path when running in Node. */
export type H5Source = File | { readonly path: string };

/** What a person opens: one file, or several that belong together; in Node also the path of a folder. */
export type Given = H5Source | readonly H5Source[];

/** One given file: its path among the others, its bytes, and how HDF5 may mount it. */
export interface GivenFile {
  readonly path: string;
  readonly blob: Blob;
  readonly source: H5Source;
}

/** The Emscripten module of h5wasm. */
export type HdfModule = Awaited<typeof ready>;

/** A source made visible to HDF5 under `path`, without copying it. */
export interface MountedFile {
  readonly path: string;
  /** Name for a person. */
  readonly name: string;
  readonly bytes: number;
  /** First bytes, at most `count`. */
  head(count: number): Promise<Uint8Array>;
  /** What the disk said when it refused to be read, or null. HDF5 tells only that something failed. */
  failure(this: void): unknown;
  /** Takes the file out of the file system again. */
  release(): void;
}

/** A file of counts on disk (numerics/csr-cache.ts). */
export interface CountsFile {
  /** Under which `openTrainingCounts` finds it: a name in the private storage, in Node a path. */
  readonly name: string;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  close(): void;
  discard(): Promise<void>;
}

/** h5wasm on one platform. */
export interface H5Backend {
  readonly module: HdfModule;
  readonly File: typeof HdfFile;
  /** The files behind what was given. A folder gives all files in it. */
  files(given: Given): Promise<readonly GivenFile[]>;
  mount(source: H5Source): Promise<MountedFile>;
  /** Makes a compression filter available by its plugin name (such as lzf); false if it cannot be had. */
  installFilter(name: string): Promise<boolean>;
  /** A path at which a new file may be written. */
  scratchPath(): string;
  /** Makes a file on disk for counts that training reads back by rows. Error: quota-full, when `bytes` will not find room. */
  openCounts(bytes: number): Promise<CountsFile>;
  /** Deletes such a file by its name, once it is closed everywhere. */
  removeCounts(name: string): Promise<void>;
  /** Opens a file on disk for writing, for content that must not lie in memory as a whole. */
  openScratch(): Promise<ScratchFile>;
  /** Contents of a scratch file, which is then deleted. */
  takeScratch(path: string): Uint8Array;
}

/** Modules that ended themselves over a damaged file. Nothing of them may be called any more: it could hang. */
export const endedModules = new WeakSet<object>();

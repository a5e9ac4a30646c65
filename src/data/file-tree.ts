/** @file Several files by name: a folder, files dropped together, or the entries of a zip archive. */
import { tooBig } from './file-errors.ts';

/** A file among others. Names are paths with '/'. */
export interface FileTree {
  /** What a person calls the whole. */
  readonly name: string;
  readonly bytes: number;
  readonly names: readonly string[];
  /** Content of a file as a stream. Throws for a name that is not there. */
  stream(name: string): Promise<ReadableStream<Uint8Array>>;
  /** Whole content of a file, or null when there is none of that name. Error: too-big. */
  read(name: string): Promise<Uint8Array | null>;
}

/** Files that systems leave about. */
const litter = /(^|\/)(__MACOSX\/|\.DS_Store$|\._|Thumbs\.db$)/;

/** Whether a name is worth looking at. */
export function isContent(name: string): boolean {
  return !litter.test(name) && !name.endsWith('/');
}

/** What a single file of a tree may unpack to in memory. */
const largestRead = 1_500_000_000;

/** Collects a stream. Error: too-big above `limit` bytes, however small the packed file was. */
export async function collect(
  stream: ReadableStream<Uint8Array>,
  limit = largestRead,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw tooBig(null, size, limit);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Unpacks a stream packed with gzip (or, inside zip archives, plain deflate). */
export function unpacked(
  stream: ReadableStream<Uint8Array>,
  format: 'gzip' | 'deflate-raw',
): ReadableStream<Uint8Array> {
  const pipe = new DecompressionStream(format) as unknown as ReadableWritablePair<
    Uint8Array,
    Uint8Array
  >;
  return stream.pipeThrough(pipe);
}

/** Blobs under their names as a tree. */
export function treeOfBlobs(
  name: string,
  files: readonly { readonly path: string; readonly blob: Blob }[],
): FileTree {
  const known = new Map(files.filter(({ path }) => isContent(path)).map((f) => [f.path, f.blob]));
  const stream = async (path: string): Promise<ReadableStream<Uint8Array>> => {
    const blob = known.get(path);
    if (!blob) throw new Error(`no file ${path}`);
    return blob.stream() as ReadableStream<Uint8Array>;
  };
  return {
    name,
    bytes: [...known.values()].reduce((sum, blob) => sum + blob.size, 0),
    names: [...known.keys()],
    stream,
    read: async (path) => (known.has(path) ? collect(await stream(path)) : null),
  };
}

/** The content of a file without its gzip packing, if it has one. */
export async function plainStream(
  tree: FileTree,
  name: string,
): Promise<ReadableStream<Uint8Array>> {
  const stream = await tree.stream(name);
  return /\.gz$/i.test(name) ? unpacked(stream, 'gzip') : stream;
}

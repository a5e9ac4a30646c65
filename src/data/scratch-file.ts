/** @file A file under construction on disk, which HDF5 writes by its path and which never lies in memory as a whole. */

/** The file. Its bytes may be read and changed after HDF5 has closed it. */
export interface ScratchFile {
  readonly path: string;
  size(): number;
  read(at: number, length: number): Uint8Array;
  write(at: number, bytes: Uint8Array): void;
  /** What the disk said when it refused a write; HDF5 tells only that something failed. */
  failure(): unknown;
  /** Closes the file; its content as a blob that stays on disk until `discard`, or the next visit. */
  finish(): Promise<Blob>;
  /** Closes and deletes the file. */
  discard(): Promise<void>;
}

/** The part of a FileSystemSyncAccessHandle that is used. */
export interface SyncHandle {
  read(buffer: Uint8Array, options: { readonly at: number }): number;
  write(buffer: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** The part of Emscripten's file system that is used. */
interface NodeFs {
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
  lookupPath(path: string): { readonly node: FsNode };
  readonly ErrnoError: new (code: number) => Error;
}

interface FsNode {
  usedBytes: number;
  node_ops: Readonly<Record<string, unknown>>;
  stream_ops: Readonly<Record<string, unknown>>;
}

const noSpace = 51;

/**
 * Lets a path of Emscripten's memory file system be a file on disk: reads and writes go to the handle.
 *
 * @param onFailure told what the disk said when it refused
 */
export function mountHandle(
  fs: unknown,
  path: string,
  handle: SyncHandle,
  onFailure: (thrown: unknown) => void,
): () => void {
  const system = fs as NodeFs;
  system.writeFile(path, new Uint8Array(0));
  const { node } = system.lookupPath(path);
  const stock = node.stream_ops;
  const guarded = <T>(call: () => T): T => {
    try {
      return call();
    } catch (thrown) {
      onFailure(thrown);
      throw new system.ErrnoError(noSpace);
    }
  };
  Object.defineProperty(node, 'usedBytes', { get: () => handle.getSize(), set: () => undefined });
  const view = (buffer: Uint8Array, offset: number, length: number): Uint8Array =>
    new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
  node.node_ops = {
    ...node.node_ops,
    setattr: (_: FsNode, attributes: { readonly size?: number }) => {
      const { size } = attributes;
      if (size !== undefined) guarded(() => handle.truncate(size));
    },
  };
  node.stream_ops = {
    llseek: stock['llseek'],
    read: (_: unknown, buffer: Uint8Array, offset: number, length: number, position: number) =>
      handle.read(view(buffer, offset, length), { at: position }),
    write: (_: unknown, buffer: Uint8Array, offset: number, length: number, position: number) =>
      guarded(() => {
        const written = handle.write(view(buffer, offset, length), { at: position });
        // In a private window Chromium gives a huge number when there is no room.
        if (written !== length) throw new DOMException('the disk is full', 'QuotaExceededError');
        return written;
      }),
  };
  return () => system.unlink(path);
}

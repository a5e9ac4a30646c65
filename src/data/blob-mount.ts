/** @file A file of the person's disk under a path that HDF5 can open: read by random access, in pages, with the newest pages kept. */

/** The part of Emscripten's file system that is used. */
interface MountFs {
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
  lookupPath(path: string): { readonly node: MountNode };
  readonly ErrnoError: new (code: number) => Error;
}

interface MountNode {
  stream_ops: Readonly<Record<string, unknown>>;
}

/** HDF5 reads many small pieces that lie together; each call to the disk costs about as much as a page. */
const pageBytes = 1 << 20;
/** Pages kept: 24 MB. */
const mostPages = 24;
const ioError = 29;

/** Pages of a blob, the newest ones kept. */
export class BlobPages {
  private readonly pages = new Map<number, Uint8Array>();

  /** @param readNow reads a part of the blob at once; throws when the disk refuses */
  constructor(
    private readonly size: number,
    private readonly readNow: (from: number, to: number) => Uint8Array,
  ) {}

  /** Copies bytes from `position` on into `target`; returns how many there were. */
  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.size, position + target.length);
    if (end <= position) return 0;
    if (end - position >= pageBytes) {
      target.set(this.readNow(position, end));
      return end - position;
    }
    for (let at = position; at < end;) {
      const number = Math.floor(at / pageBytes);
      const start = number * pageBytes;
      const page = this.page(number);
      const part = page.subarray(at - start, Math.min(page.length, end - start));
      target.set(part, at - position);
      at += part.length;
    }
    return end - position;
  }

  private page(number: number): Uint8Array {
    const known = this.pages.get(number);
    if (known) {
      this.pages.delete(number);
      this.pages.set(number, known);
      return known;
    }
    const start = number * pageBytes;
    const page = this.readNow(start, Math.min(this.size, start + pageBytes));
    this.pages.set(number, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > mostPages) this.pages.delete(oldest);
    return page;
  }
}

/** A mounted blob. */
export interface MountedBlob {
  /** What the disk said when it refused to be read: the file was changed, removed, or its permission taken. Else null. */
  readonly failure: () => unknown;
  readonly unmount: () => void;
}

/** Makes a path of the memory file system read from a blob. `readNow` reads a part of it at once. */
export function mountBlob(
  fs: unknown,
  path: string,
  size: number,
  readNow: (from: number, to: number) => Uint8Array,
): MountedBlob {
  const system = fs as MountFs;
  system.writeFile(path, new Uint8Array(0));
  const { node } = system.lookupPath(path);
  const stock = node.stream_ops;
  const pages = new BlobPages(size, readNow);
  let failure: unknown = null;
  Object.defineProperty(node, 'usedBytes', { get: () => size, set: () => undefined });
  node.stream_ops = {
    llseek: stock['llseek'],
    read: (_: unknown, buffer: Uint8Array, offset: number, length: number, position: number) => {
      try {
        const target = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
        return pages.read(target, position);
      } catch (thrown) {
        failure ??= thrown;
        throw new system.ErrnoError(ioError);
      }
    },
  };
  return { failure: () => failure, unmount: () => system.unlink(path) };
}

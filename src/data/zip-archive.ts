/** @file A zip archive read by random access: the directory at its end, then single entries. Source: PKWARE APPNOTE 6.3.10. */
import { damaged, unknownFilter } from './file-errors.ts';
import { collect, isContent, unpacked, type FileTree } from './file-tree.ts';

interface Entry {
  readonly method: number;
  readonly packed: number;
  readonly offset: number;
  readonly encrypted: boolean;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;
const longestComment = 65535 + 22;
const largestDirectory = 200_000_000;

/** Opens an archive. Of entries with the same name the last counts. Error: file-damaged. */
export async function openZip(name: string, blob: Blob): Promise<FileTree> {
  const entries = await readDirectory(name, blob);
  const stream = async (path: string): Promise<ReadableStream<Uint8Array>> => {
    const entry = entries.get(path);
    if (!entry) throw new Error(`no entry ${path}`);
    return entryStream(name, blob, path, entry);
  };
  return {
    name,
    bytes: blob.size,
    names: [...entries.keys()],
    stream,
    read: async (path) => {
      if (!entries.has(path)) return null;
      try {
        return await collect(await stream(path));
      } catch (thrown) {
        throw thrown instanceof TypeError ? damaged(name, path, String(thrown)) : thrown;
      }
    },
  };
}

async function viewOf(blob: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

async function readDirectory(name: string, blob: Blob): Promise<ReadonlyMap<string, Entry>> {
  const start = Math.max(0, blob.size - longestComment);
  const tail = await viewOf(blob, start, blob.size);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== endSignature) at--;
  if (at < 0) throw damaged(name, 'its directory', 'a zip archive without an end record');
  let size = tail.getUint32(at + 12, true);
  let offset = tail.getUint32(at + 16, true);
  if (offset === 0xffffffff && at >= 20 && tail.getUint32(at - 20, true) === locator64Signature) {
    const end = Number(tail.getBigUint64(at - 12, true));
    const record = await viewOf(blob, end, end + 56);
    if (record.byteLength < 56 || record.getUint32(0, true) !== end64Signature) {
      throw damaged(name, 'its directory', 'a zip archive without its 64-bit end record');
    }
    size = Number(record.getBigUint64(40, true));
    offset = Number(record.getBigUint64(48, true));
  }
  if (size > largestDirectory || offset + size > blob.size) {
    throw damaged(name, 'its directory', 'the directory lies outside the file');
  }
  return parseDirectory(name, await viewOf(blob, offset, offset + size));
}

function parseDirectory(name: string, view: DataView): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const text = new TextDecoder();
  for (let at = 0; at + 46 <= view.byteLength;) {
    if (view.getUint32(at, true) !== directorySignature) {
      throw damaged(name, 'its directory', 'an entry without its signature');
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > view.byteLength) throw damaged(name, 'its directory', 'an entry is cut off');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength);
    const path = text.decode(bytes).replaceAll('\\', '/');
    const packed = view.getUint32(at + 20, true);
    const offset = view.getUint32(at + 42, true);
    const wide = at + 46 + nameLength;
    const size = view.getUint32(at + 24, true);
    const large = largeFields(view, wide, wide + extraLength, [size, packed, offset]);
    if (isContent(path)) {
      entries.delete(path);
      entries.set(path, {
        method: view.getUint16(at + 10, true),
        packed: large[1],
        offset: large[2],
        encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      });
    }
    at = next;
  }
  return entries;
}

/** Replaces fields of 0xffffffff by those of the zip64 extra field, which holds them in order. */
function largeFields(
  view: DataView,
  from: number,
  to: number,
  fields: readonly number[],
): readonly number[] {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let place = at + 4;
    return fields.map((field) => {
      if (field !== 0xffffffff || place + 8 > to) return field;
      place += 8;
      return Number(view.getBigUint64(place - 8, true));
    });
  }
  return fields;
}

async function entryStream(
  name: string,
  blob: Blob,
  path: string,
  entry: Entry,
): Promise<ReadableStream<Uint8Array>> {
  if (entry.encrypted) throw damaged(name, path, 'it is encrypted');
  const head = await viewOf(blob, entry.offset, entry.offset + 30);
  if (head.byteLength < 30 || head.getUint32(0, true) !== localSignature) {
    throw damaged(name, path, 'no entry where the directory says');
  }
  const start = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const stream = blob.slice(start, start + entry.packed).stream() as ReadableStream<Uint8Array>;
  if (entry.method === 0) return stream;
  if (entry.method === 8) return unpacked(stream, 'deflate-raw');
  throw unknownFilter(name, path, `zip method ${entry.method}`);
}

/**
 * @file Writes a zip archive of stored entries as it grows, with 64-bit fields only where they are needed.
 * Source: PKWARE APPNOTE 6.3.10, 4.3 to 4.5.
 */
import { crc32, joinCrc32 } from '../numerics/crc32.ts';
import type { ByteFile } from './byte-file.ts';

const limit32 = 0xffffffff;
const limit16 = 0xffff;
/** The first day that a zip archive knows: archives with the same content are equal. */
const date = (1 << 5) | 1;
const utf8Names = 0x0800;
const wideField = 0x0001;
/** An extra field without meaning, where the field of 64-bit sizes would stand if they were needed. */
const emptyField = 0x4343;
const wideFieldBytes = 20;

interface Entry {
  readonly path: Uint8Array;
  readonly offset: number;
  readonly crc: number;
  readonly size: number;
}

/** An archive to which entries are added, one after the other. */
export class ZipWriter {
  private readonly entries: Entry[] = [];
  private at = 0;
  private open = false;

  constructor(private readonly file: ByteFile) {}

  /** Adds a whole entry. */
  add(path: string, bytes: Uint8Array): void {
    const entry = this.begin(path);
    entry.append(bytes);
    entry.end();
  }

  /** Begins an entry whose size is not known; no other may be begun before it ends. @param head bytes at its begin that `end` will give */
  begin(path: string, head = 0): ZipEntry {
    if (this.open) throw new Error('an entry is open');
    this.open = true;
    const name = new TextEncoder().encode(path);
    const offset = this.at;
    const start = offset + 30 + name.length + wideFieldBytes;
    // The header waits for the sizes; what lies there until then is not an archive.
    this.file.write(offset, new Uint8Array(start - offset));
    return new ZipEntry(this.file, start, head, (crc, size) => {
      const entry = { path: name, offset, crc, size };
      this.file.write(offset, localHeader(entry));
      this.entries.push(entry);
      this.at = start + size;
      this.open = false;
    });
  }

  /** Writes the directory; the archive is then whole. */
  finish(): void {
    const start = this.at;
    for (const entry of this.entries) this.put(directoryEntry(entry));
    this.put(endRecords(this.entries.length, start, this.at - start));
  }

  private put(bytes: Uint8Array): void {
    this.file.write(this.at, bytes);
    this.at += bytes.length;
  }
}

/** An entry that grows. */
export class ZipEntry {
  private crc = 0;
  private size = 0;

  constructor(
    private readonly file: ByteFile,
    private readonly start: number,
    private readonly head: number,
    private readonly onEnd: (crc: number, size: number) => void,
  ) {}

  append(bytes: Uint8Array): void {
    this.file.write(this.start + this.head + this.size, bytes);
    this.crc = crc32(bytes, this.crc);
    this.size += bytes.length;
  }

  /** @param head the bytes at its begin, as many as were announced */
  end(head: Uint8Array = new Uint8Array(0)): void {
    if (head.length !== this.head) throw new RangeError('the head has another length');
    if (head.length > 0) this.file.write(this.start, head);
    this.onEnd(joinCrc32(crc32(head), this.crc, this.size), this.head + this.size);
  }
}

/** Fields one after the other, each with its width in bytes. */
function fields(...values: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of values) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const version = (wide: boolean): number => (wide ? 45 : 20);

function localHeader({ path, crc, size }: Entry): Uint8Array {
  const wide = size >= limit32;
  const stored = wide ? limit32 : size;
  return joined(
    fields([4, 0x04034b50], [2, version(wide)], [2, utf8Names], [2, 0], [2, 0], [2, date]),
    fields([4, crc], [4, stored], [4, stored], [2, path.length], [2, wideFieldBytes]),
    path,
    fields([2, wide ? wideField : emptyField], [2, wideFieldBytes - 4]),
    wide ? fields([8, size], [8, size]) : new Uint8Array(wideFieldBytes - 4),
  );
}

function directoryEntry({ path, offset, crc, size }: Entry): Uint8Array {
  const large = [...(size >= limit32 ? [size, size] : []), ...(offset >= limit32 ? [offset] : [])];
  const stored = Math.min(size, limit32);
  const wide = large.length > 0;
  const extra = wide
    ? fields([2, wideField], [2, 8 * large.length], ...large.map((value) => [8, value] as const))
    : new Uint8Array(0);
  return joined(
    fields([4, 0x02014b50], [2, version(wide)], [2, version(wide)], [2, utf8Names], [2, 0], [2, 0]),
    fields([2, date], [4, crc], [4, stored], [4, stored], [2, path.length], [2, extra.length]),
    fields([2, 0], [2, 0], [2, 0], [4, 0], [4, Math.min(offset, limit32)]),
    path,
    extra,
  );
}

function endRecords(entries: number, start: number, size: number): Uint8Array {
  const wide = entries >= limit16 || start >= limit32 || size >= limit32;
  const few = Math.min(entries, limit16);
  const end = joined(
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, few], [2, few]),
    fields([4, Math.min(size, limit32)], [4, Math.min(start, limit32)], [2, 0]),
  );
  if (!wide) return end;
  return joined(
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
    fields([8, entries], [8, entries], [8, size], [8, start]),
    fields([4, 0x07064b50], [4, 0], [8, start + size], [4, 1]),
    end,
  );
}

/** @file Bytes that can be written at any place: a file on disk, or a growing array. */

/** The part of a file that writers use. Throws what the disk says when it is full. */
export interface ByteFile {
  write(at: number, bytes: Uint8Array): void;
}

/** A file in memory. */
export class MemoryFile implements ByteFile {
  private bytes = new Uint8Array(1 << 16);
  private size = 0;

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, this.size));
      this.bytes = grown;
    }
    this.bytes.set(bytes, at);
    this.size = Math.max(this.size, end);
  }

  /** What was written. */
  content(): Uint8Array {
    return this.bytes.slice(0, this.size);
  }
}

/** @file Whether the files of a zip archive are those that were put in: fflate unpacks without comparing checksums. */
import { crc32 } from '../numerics/crc32.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;

/** @throws RangeError naming the first unpacked file that differs from its checksum, or when the archive has no directory */
export function checkUnzipped(
  archive: Uint8Array,
  files: Readonly<Record<string, Uint8Array>>,
): void {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = archive.length - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw new RangeError('the archive has no directory');
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY) throw new RangeError('the directory is damaged');
    const [name, extra, comment] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
    const start = at + ENTRY_BYTES;
    const file = new TextDecoder().decode(archive.subarray(start, start + name));
    if (!(file in files)) throw new RangeError(`${file} is missing`);
    if (crc32(files[file]) !== view.getUint32(at + 16, true)) {
      throw new RangeError(`${file} is damaged`);
    }
    at = start + name + extra + comment;
  }
}

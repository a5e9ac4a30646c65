/** @file The compression filters beyond HDF5's own, and a correction without which LZF cannot unpack text. */

/** Registered filter numbers → plugin names. Source: the HDF Group's list of registered filters. */
export const filterPlugins: Readonly<Record<number, string>> = {
  32000: 'lzf',
  32001: 'blosc',
  32015: 'zstd',
};

/** File name of a plugin. */
export function pluginFile(name: string): string {
  return `libH5Z${name}.so`;
}

const wasmHeaderBytes = 8;
const codeSection = 10;

/** local.get 4; i32.load; local.set 1: "the unpacked size is the packed size", where a file does not store it. */
const guessedSize = [0x20, 4, 0x28, 2, 0, 0x21, 1];
/** i32.const 7; i32.shl, to be put before the last instruction: 128 times that. */
const timesBound = [0x41, 7, 0x74];

/**
 * The plugin as it is to be loaded; null if it is not the build that this correction fits.
 *
 * For text, the size of an unpacked chunk is not stored. The plugin then tries the packed size, and its retry with more room
 * calls a C function (errno) that h5wasm 0.10.3 does not pass on, which ends the reader. LZF unpacks 3 bytes to at most 264,
 * so 128 times the packed size is always enough for the first try.
 */
export function correctPlugin(name: string, bytes: Uint8Array): Uint8Array | null {
  if (name !== 'lzf') return bytes;
  let at = wasmHeaderBytes;
  while (at < bytes.length) {
    const [size, body] = readUnsigned(bytes, at + 1);
    if (bytes[at] === codeSection) {
      const content = correctCode(bytes.subarray(body, body + size));
      return (
        content && join([bytes.subarray(0, at + 1), sized(content), bytes.subarray(body + size)])
      );
    }
    at = body + size;
  }
  return null;
}

/** The code section with the correction in the one function that guesses a size. */
function correctCode(section: Uint8Array): Uint8Array | null {
  const [count, first] = readUnsigned(section, 0);
  const parts: Uint8Array[] = [section.subarray(0, first)];
  let corrected = 0;
  for (let i = 0, at = first; i < count; i++) {
    const [size, body] = readUnsigned(section, at);
    const code = section.subarray(body, body + size);
    const place = find(code, guessedSize);
    if (place >= 0) {
      corrected++;
      const before = place + guessedSize.length - 2;
      const longer = [code.subarray(0, before), Uint8Array.from(timesBound), code.subarray(before)];
      parts.push(sized(join(longer)));
    } else parts.push(section.subarray(at, body + size));
    at = body + size;
  }
  return corrected === 1 ? join(parts) : null;
}

function find(bytes: Uint8Array, wanted: readonly number[]): number {
  return bytes.findIndex((_, start) => wanted.every((value, i) => bytes[start + i] === value));
}

function sized(content: Uint8Array): Uint8Array {
  return join([writeUnsigned(content.length), content]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An unsigned LEB128 number and the position after it. */
function readUnsigned(bytes: Uint8Array, at: number): readonly [number, number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}

function writeUnsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Uint8Array.from([...bytes, value]);
}

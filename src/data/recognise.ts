/** @file What kind of file this is, told by its first bytes, before any HDF5 code touches it. */

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** How many bytes of a file `recognise` wants to see. */
export const headBytes = 65536;

/** What the first bytes say. `expectedBytes` is the end of the file according to the HDF5 superblock. */
export type Recognised =
  | { readonly type: 'hdf5'; readonly expectedBytes: number | null }
  | { readonly type: 'empty' }
  | {
      readonly type: 'other';
      readonly whatItIs: string;
      readonly advice?: string;
      /** Set for files that hold or may hold cells in another way than HDF5. */
      readonly holds?: 'gzip' | 'zip' | 'matrix-market' | 'table';
    };

const signatures: readonly (readonly [string, readonly number[], string?])[] = [
  ['a PDF document', [0x25, 0x50, 0x44, 0x46]],
  ['a picture', [0x89, 0x50, 0x4e, 0x47]],
  ['a picture', [0xff, 0xd8, 0xff]],
  ['an old spreadsheet or office document', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a file compressed with bzip2', [0x42, 0x5a, 0x68], 'Unpack it first.'],
  ['a file compressed with xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a], 'Unpack it first.'],
  ['a file compressed with zstd', [0x28, 0xb5, 0x2f, 0xfd], 'Unpack it first.'],
  ['a 7-Zip archive', [0x37, 0x7a, 0xbc, 0xaf], 'Unpack it first.'],
  ['a Parquet table', [0x50, 0x41, 0x52, 0x31]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d]],
  [
    'an R data file',
    [0x52, 0x44, 0x58],
    'Export the object as .h5ad in R first, then drop that here.',
  ],
];

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0): boolean =>
  signature.every((value, i) => bytes[at + i] === value);

/**
 * Names the file from its first bytes (`headBytes` of them, or all).
 *
 * @param head first bytes of the file
 * @param size size of the whole file
 */
export function recognise(head: Uint8Array, size: number): Recognised {
  if (size === 0) return { type: 'empty' };
  // The superblock may follow a user block whose size is a power of two from 512 on.
  for (let at = 0; at + 8 <= head.length; at = at === 0 ? 512 : at * 2) {
    if (startsWith(head, hdf5Signature, at)) {
      return { type: 'hdf5', expectedBytes: endOfFile(head, at) };
    }
  }
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return recogniseZip(head);
  if (startsWith(head, [0x1f, 0x8b])) {
    return { ...other('a file compressed with gzip', 'Unpack it first.'), holds: 'gzip' };
  }
  for (const [whatItIs, signature, advice] of signatures) {
    if (startsWith(head, signature)) return other(whatItIs, advice);
  }
  return recogniseText(head);
}

function other(whatItIs: string, advice?: string): Extract<Recognised, { type: 'other' }> {
  return advice === undefined ? { type: 'other', whatItIs } : { type: 'other', whatItIs, advice };
}

/** End-of-file address of the superblock at `at`; null when its form is unusual. Source: HDF5 file format specification, II.A. */
function endOfFile(head: Uint8Array, at: number): number | null {
  const version = head[at + 8];
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const offsetSize = version <= 1 ? head[at + 13] : head[at + 9];
  const starts: readonly (number | undefined)[] = [24, 28, 12, 12];
  const start = starts[version];
  if (start === undefined || offsetSize !== 8) return null;
  const field = at + start + 16;
  if (field + 8 > head.length) return null;
  return Number(view.getBigUint64(field, true));
}

function recogniseZip(head: Uint8Array): Recognised {
  const text = new TextDecoder('latin1').decode(head);
  if (text.includes('xl/') || text.includes('[Content_Types].xml')) {
    return other(text.includes('word/') ? 'a text document' : 'a spreadsheet');
  }
  if (/\.zarray|\.zgroup|zarr\.json/.test(text)) {
    return { ...other('a zipped zarr store'), holds: 'zip' };
  }
  if (text.includes('weights.safetensors') || text.includes('manifest.json')) {
    return other(
      'a Cellsmith model',
      'Give it a name that ends with .cellsmith, and open it after its data.',
    );
  }
  return { ...other('a zip archive'), holds: 'zip' };
}

function recogniseText(head: Uint8Array): Recognised {
  const sample = head.subarray(0, 4096);
  const control = sample.reduce((n, b) => n + (b < 9 || (b > 13 && b < 32) ? 1 : 0), 0);
  if (control > 0) return other('a binary file of an unknown kind');
  const text = new TextDecoder('utf-8').decode(sample);
  if (text.startsWith('%%MatrixMarket')) {
    return { ...other('a MatrixMarket matrix'), holds: 'matrix-market' };
  }
  if (/^\s*[{[]/.test(text)) return other('a JSON text');
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    return other(
      'a web page',
      'The download probably saved an error page instead of the file. Download it again.',
    );
  }
  const [firstLine = '', secondLine = ''] = text.split(/\r?\n/, 2);
  for (const [mark, name] of separators) {
    const numbers = secondLine.split(mark).filter((field) => /^[-+]?\d/.test(field.trim()));
    // Blanks separate words too, so there must be numbers.
    if (firstLine.split(mark).length > 2 && (mark !== ' ' || numbers.length > 1)) {
      return { ...other(`a table of text (${name}-separated)`), holds: 'table' };
    }
  }
  return other('a text file');
}

const separators = [
  ['\t', 'tab'],
  [',', 'comma'],
  [';', 'semicolon'],
  [' ', 'blank'],
] as const;

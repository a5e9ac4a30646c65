/** @file Test helper: small whole files of every format, and seeded ways to damage them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { createRandom, type Random } from '../../numerics/random.ts';
import type { H5Backend } from '../h5-backend.ts';
import { nodeBackend } from '../h5-node.ts';
import { writeH5ad } from '../h5ad-writer.ts';
import { writeMtx } from '../mtx-writer.ts';
import { writeZarr } from '../zarr-writer.ts';
import { damageAttributes } from './damage-attributes.ts';
import { anndataFixtures, smallContent } from './files.ts';

/** A whole file, with the numbers that are sizes in it. */
export interface Whole {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const rows = 40;
const cols = 30;

/** Whole files: those of anndata, and one of each other format. */
export async function wholeFiles(): Promise<readonly Whole[]> {
  const backend = await nodeBackend();
  const X = Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 13) % 4);
  const content = smallContent({
    rows,
    cols,
    X,
    obs: {
      kind: {
        kind: 'categorical',
        categories: ['a', 'b'],
        codes: Int32Array.from({ length: rows }, (_, i) => i % 2),
      },
    },
  });
  const h5ad = writeH5ad(backend, content);
  const table = [
    `,${content.var.index.join(',')}`,
    ...content.obs.index.map((name, r) => `${name},${X.slice(r * cols, (r + 1) * cols).join(',')}`),
  ].join('\n');
  const anndata = readdirSync(anndataFixtures)
    .filter((name) => name.endsWith('.h5ad'))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(anndataFixtures, name))) }));
  return [
    ...anndata,
    { name: 'own.h5ad', bytes: h5ad },
    { name: 'own.h5ad.gz', bytes: gzipSync(h5ad) },
    { name: 'tenx.h5', bytes: await hdf5(tenX) },
    { name: 'a.loom', bytes: await hdf5(loom) },
    { name: 'own.zarr.zip', bytes: writeZarr(content) },
    { name: 'own.mtx.zip', bytes: writeMtx(content, 'x') },
    { name: 'counts.csv', bytes: strToU8(table) },
    { name: 'packed.zip', bytes: zipSync({ 'a.h5ad': h5ad }) },
  ];
}

type Hdf = InstanceType<Awaited<ReturnType<typeof nodeBackend>>['File']>;

async function hdf5(build: (file: Hdf) => void): Promise<Uint8Array> {
  const backend = await nodeBackend();
  const path = backend.scratchPath();
  const file = new backend.File(path, 'w');
  build(file);
  file.close();
  return backend.takeScratch(path);
}

const names = (what: string, n: number): string[] => Array.from({ length: n }, (_, i) => what + i);

function tenX(file: Hdf): void {
  const group = file.create_group('matrix');
  const indices = Int32Array.from({ length: rows * 6 }, (_, i) => (i * 5) % cols);
  group.create_dataset({ name: 'data', data: indices.map((v) => 1 + (v % 3)) });
  group.create_dataset({ name: 'indices', data: indices });
  group.create_dataset({
    name: 'indptr',
    data: Int32Array.from({ length: rows + 1 }, (_, i) => i * 6),
  });
  group.create_dataset({ name: 'shape', data: Int32Array.of(cols, rows) });
  group.create_dataset({ name: 'barcodes', data: names('c', rows), dtype: 'S8' });
  const features = group.create_group('features');
  features.create_dataset({ name: 'name', data: names('g', cols), dtype: 'S8' });
  features.create_dataset({ name: 'id', data: names('id', cols), dtype: 'S8' });
}

function loom(file: Hdf): void {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => i % 4);
  file.create_dataset({ name: 'matrix', data, shape: [cols, rows] });
  file
    .create_group('row_attrs')
    .create_dataset({ name: 'Gene', data: names('g', cols), dtype: 'S8' });
  file
    .create_group('col_attrs')
    .create_dataset({ name: 'CellID', data: names('c', rows), dtype: 'S8' });
  file.create_group('layers');
}

const isHdf5 = ({ bytes }: Whole): boolean => bytes[0] === 0x89 && bytes[1] === 0x48;
/** Every so many-th file has wrong attributes instead of wrong bytes. */
const attributesEvery = 5;

/** One damaged file, the same for the same number. */
export function damagedFile(
  backend: H5Backend,
  files: readonly Whole[],
  number: number,
): Whole & { readonly how: string } {
  const random = createRandom(20_000 + number);
  if (number % attributesEvery === attributesEvery - 1) {
    const hdf5 = files.filter(isHdf5);
    const whole = hdf5[random.integer(hdf5.length)];
    const bytes = damageAttributes(backend, whole.bytes, random);
    return { name: whole.name, how: 'attributes', bytes };
  }
  const whole = files[random.integer(files.length)];
  const kind = kinds[random.integer(kinds.length)];
  return { name: whole.name, how: kind.name, bytes: kind(whole.bytes.slice(), random) };
}

type Kind = (bytes: Uint8Array, random: Random) => Uint8Array;

const flips: Kind = (bytes, random) => {
  const count = [1, 3, 20, 200][random.integer(4)];
  for (let i = 0; i < count; i++) bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
  return bytes;
};

const truncation: Kind = (bytes, random) => bytes.slice(0, random.integer(bytes.length));

const hole: Kind = (bytes, random) => {
  const at = random.integer(bytes.length);
  return bytes.fill(random.integer(2) * 255, at, at + 1 + random.integer(2000));
};

/** Two stretches of equal length change places: attributes, names, chunks. */
const swap: Kind = (bytes, random) => {
  const length = 1 + random.integer(64);
  const [a, b] = [random.integer(bytes.length), random.integer(bytes.length)].map((at) =>
    Math.min(at, Math.max(0, bytes.length - length)),
  );
  const first = bytes.slice(a, a + length);
  bytes.copyWithin(a, b, b + length);
  bytes.set(first.subarray(0, bytes.length - b), b);
  return bytes;
};

/** Small whole numbers of 8 bytes, where sizes and positions are, become absurd. */
const absurd: Kind = (bytes, random) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at++) {
    const value = view.getUint32(at, true);
    if (view.getUint32(at + 4, true) === 0 && value > 1 && value < 5000) found.push(at);
  }
  const sizes = [10n ** 12n, 2n ** 31n, 2n ** 40n, 2n ** 63n - 1n, 3_000_000_000n, 123_456n];
  for (let i = 0; i < 1 + random.integer(4) && found.length > 0; i++) {
    const at = found[random.integer(found.length)];
    view.setBigUint64(at, sizes[random.integer(sizes.length)], true);
  }
  return bytes;
};

/** Runs of digits in texts (zarr metadata, MatrixMarket sizes) become huge. */
const digits: Kind = (bytes, random) => {
  const at = bytes.findIndex((b, i) => i >= random.integer(bytes.length) && b >= 48 && b < 58);
  if (at >= 0) bytes.fill(57, at, at + 1 + random.integer(12));
  return bytes;
};

const kinds: readonly Kind[] = [flips, flips, truncation, hole, swap, absurd, absurd, digits];

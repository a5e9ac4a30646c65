/** @file Writes an h5ad file that anndata ≥ 0.8, scanpy and Seurat's readers open. */
import type { Group } from 'h5wasm';
import {
  rootAttributes,
  safeName,
  writeAnnData,
  type OutColumn,
  type OutFile,
  type OutTable,
} from './anndata-layout.ts';
import { booleanTexts, booleanTextType, placeBooleans } from './h5-booleans.ts';
import type { H5Backend } from './h5-backend.ts';
import type { OutAttribute, OutGroup, OutNumbers } from './out-tree.ts';

export { safeName, type OutColumn, type OutFile, type OutTable };

/** Entries per compressed chunk. */
const chunkEntries = 65536;

/** Bytes of an h5ad file with these contents. Throws what HDF5 reports. */
export function writeH5ad(backend: H5Backend, content: OutFile): Uint8Array {
  const path = backend.scratchPath();
  backend.module.activate_throwing_error_handler();
  try {
    const file = new backend.File(path, 'w');
    try {
      setAttributes(file, rootAttributes);
      writeAnnData(new H5Out(file), content);
    } finally {
      file.close();
    }
  } finally {
    backend.module.deactivate_throwing_error_handler();
  }
  const bytes = backend.takeScratch(path);
  placeBooleans(bytes);
  return bytes;
}

type Attributes = Readonly<Record<string, OutAttribute>>;

/** Writes attributes of an HDF5 object; booleans as texts that `placeBooleans` turns into booleans. */
export function setAttributes(
  target: Pick<Group, 'create_attribute'>,
  attributes: Attributes,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'boolean') {
      target.create_attribute(name, booleanTexts[value ? 1 : 0], null, booleanTextType);
    } else if (typeof value === 'string') {
      target.create_attribute(name, value, null, 'S');
    } else if (value instanceof BigInt64Array) {
      target.create_attribute(name, value, [value.length], '<q');
    } else {
      // HDF5 takes no empty list of strings; anndata itself stores an empty list of numbers here.
      const type = value.length > 0 ? 'S' : '<d';
      target.create_attribute(name, [...value], [value.length], type);
    }
  }
}

/** A group of an HDF5 file. */
export class H5Out implements OutGroup {
  /** @param base path of the group that counts as the root */
  constructor(
    private readonly own: Group,
    private readonly base = '',
  ) {}

  group(name: string, attributes: Attributes): H5Out {
    const inner = this.own.create_group(name);
    setAttributes(inner, attributes);
    return new H5Out(inner, this.base);
  }

  /** The same group as the root of what is written below it. @param path its full path */
  asRoot(path: string): H5Out {
    return new H5Out(this.own, path);
  }

  numbers(
    name: string,
    values: OutNumbers | BigInt64Array,
    shape: readonly number[],
    attributes: Attributes = {},
  ): void {
    const args = { name, data: values, shape: [...shape] };
    if (shape.length === 0) {
      const dtype = values instanceof BigInt64Array ? '<q' : '<d';
      return setAttributes(this.own.create_dataset({ ...args, dtype }), attributes);
    }
    const rowEntries = Math.max(1, values.length / Math.max(1, shape[0]));
    const rows = Math.min(shape[0], Math.max(1, Math.floor(chunkEntries / rowEntries)));
    const chunked = { ...args, chunks: [rows, ...shape.slice(1)], compression: 'gzip' as const };
    setAttributes(this.own.create_dataset(values.length > 64 ? chunked : args), attributes);
  }

  texts(name: string, values: readonly string[] | string, attributes: Attributes = {}): void {
    const one = typeof values === 'string';
    const args = one
      ? { name, data: values, shape: [], dtype: 'S' as const }
      : { name, data: [...values], shape: [values.length], dtype: 'S' as const };
    setAttributes(this.own.create_dataset(args), attributes);
  }

  alias(existing: string, name: string): boolean {
    this.own.create_hard_link(`${this.base}/${existing}`, name);
    return true;
  }
}

/** @file Test helper: damage that HDF5 itself does not notice: attributes swapped between objects, absurd shapes, wrong names. */
import { writeFileSync } from 'node:fs';
import type { Dataset, Group } from 'h5wasm';
import type { Random } from '../../numerics/random.ts';
import type { H5Backend } from '../h5-backend.ts';

type Owner = Group | Dataset;

interface Found {
  readonly owner: Owner;
  readonly name: string;
}

/** An HDF5 file in which one to three attributes were changed by the library itself, so that every checksum is right. */
export function damageAttributes(
  backend: H5Backend,
  bytes: Uint8Array,
  random: Random,
): Uint8Array {
  const path = backend.scratchPath();
  writeFileSync(path, bytes);
  const file = new backend.File(path, 'a');
  try {
    const found = attributesOf(file);
    for (let n = 1 + random.integer(3); n > 0 && found.length > 1; n--) change(found, random);
  } finally {
    file.close();
  }
  return backend.takeScratch(path);
}

function attributesOf(file: Group): readonly Found[] {
  const owners: Owner[] = [file];
  for (const path of file.paths()) {
    const entity = file.get(path);
    if (entity && 'attrs' in entity) owners.push(entity as Owner);
  }
  return owners.flatMap((owner) => Object.keys(owner.attrs).map((name) => ({ owner, name })));
}

const sizes = [10n ** 12n, 2n ** 31n, 2n ** 40n, 2n ** 62n, -1n, 0n, 7n, 123_456n];
const texts = ['csc_matrix', 'csr_matrix', 'array', 'dataframe', 'categorical', '', '_index', 'X'];

function change(found: readonly Found[], random: Random): void {
  const one = found[random.integer(found.length)];
  const other = found[random.integer(found.length)];
  const [mine, theirs] = [valueOf(one), valueOf(other)];
  if (mine === null) return;
  if (random.integer(3) === 0 && theirs !== null) {
    set(one, theirs);
    if (other.owner !== one.owner || other.name !== one.name) set(other, mine);
  } else if (mine instanceof BigInt64Array) {
    const changed = mine.slice();
    if (random.integer(2) === 0) changed.reverse();
    else changed[random.integer(changed.length)] = sizes[random.integer(sizes.length)];
    set(one, changed);
  } else {
    set(one, texts[random.integer(texts.length)]);
  }
}

type Value = string | BigInt64Array;

function valueOf({ owner, name }: Found): Value | null {
  const value: unknown = owner.attrs[name]?.value;
  if (typeof value === 'string') return value;
  if (value instanceof BigInt64Array) return value.length > 0 ? value : null;
  if (value instanceof Int32Array) return BigInt64Array.from(value, BigInt);
  return null;
}

function set({ owner, name }: Found, value: Value): void {
  if (name in owner.attrs) owner.delete_attribute(name);
  if (typeof value === 'string') owner.create_attribute(name, value, null, 'S');
  else owner.create_attribute(name, value, [value.length], '<q');
}

/** @file Which WebAssembly binaries there are, and a fingerprint of the sources they are built from. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../src/engine/cpu/assembly');

/** Names of the binaries, without their ending. */
export const BINARIES = ['simd', 'relaxed', 'simd-threads', 'relaxed-threads'];

/** SHA-256 over the names and texts of all kernel sources. */
export function kernelSourceHash() {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort()) {
    hash.update(`${name}\n${readFileSync(join(folder, name), 'utf8')}\n`);
  }
  return hash.digest('hex');
}

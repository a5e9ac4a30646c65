/**
 * @file Builds the CPU device's WebAssembly kernels from src/engine/cpu/assembly into src/engine/cpu/binary.
 *
 * Four binaries: plain or relaxed SIMD, one thread or shared memory. A build is skipped when the sources are those that
 * built-from.json names. node scripts/build-kernels.mjs [--force]
 */
import asc from 'assemblyscript/asc';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINARIES, kernelSourceHash } from './lib/kernel-sources.mjs';

const root = join(import.meta.dirname, '..');
const target = join(root, 'src/engine/cpu/binary');
const stamp = join(target, 'built-from.json');

const COMMON = ['src/engine/cpu/assembly/index.ts', '-O3', '--noAssert', '--runtime', 'stub'];
const MEMORY = ['--importMemory', '--enable', 'simd'];
const THREADS = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1'];

async function build(name) {
  const options = [...COMMON, ...MEMORY, '--maximumMemory', '65536'];
  if (name.includes('relaxed')) options.push('--enable', 'relaxed-simd');
  if (name.includes('threads')) options.push(...THREADS);
  const file = `src/engine/cpu/binary/${name}.wasm`;
  const { error, stderr } = await asc.main([...options, '-o', file], { baseDir: root });
  if (error !== null) throw new Error(`${name}: ${error.message}\n${stderr.toString()}`);
  console.log(`${file}: ${readFileSync(join(root, file)).length} bytes`);
}

const hash = kernelSourceHash();
const old = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')).sources : null;
if (hash !== old || process.argv.includes('--force')) {
  mkdirSync(target, { recursive: true });
  for (const name of BINARIES) await build(name);
  writeFileSync(stamp, `${JSON.stringify({ sources: hash }, null, 2)}\n`);
}

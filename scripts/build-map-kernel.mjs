/**
 * @file Builds the neighbour search and the layout of the maps from src/maps/assembly into src/maps/neighbour-kernel-binary.ts (base64: it is 5 KB).
 *
 * node scripts/build-map-kernel.mjs
 */
import asc from 'assemblyscript/asc';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const SOURCES = ['src/maps/assembly/neighbours.ts', 'src/maps/assembly/layout.ts'];
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];

/** The binary of the committed source. */
export async function compileMapKernel() {
  let binary = null;
  const { error, stderr } = await asc.main(
    [...SOURCES, ...OPTIONS, '--maximumMemory', '65536', '-o', 'out.wasm', '--baseDir', root], // prettier-ignore
    { writeFile: (name, content) => (name.endsWith('.wasm') ? (binary = content) : undefined) },
  );
  if (error !== null || binary === null) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return Buffer.from(binary);
}

if (process.argv[1] === import.meta.filename) {
  const lines = (await compileMapKernel()).toString('base64').match(/.{1,90}/g);
  const text = `/** @file The compiled neighbour search; made by scripts/build-map-kernel.mjs from src/maps/assembly. */

/** WebAssembly with SIMD, base64. */
export const neighbourKernelBinary =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
  writeFileSync(join(root, 'src/maps/neighbour-kernel-binary.ts'), text);
}

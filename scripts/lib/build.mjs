/** @file Builds the page, and knows whether the built page is up to date: by the content of the sources, not by their dates. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The folder of the project. */
export const root = join(import.meta.dirname, '../..');
/** The folder of the built page. */
export const dist = join(root, 'dist');

const stamp = join(root, '.cache/dist.sha256');
const SOURCES = [
  'index.html',
  'LICENSE',
  'THIRD_PARTY.md',
  'package-lock.json',
  'vite.config.ts',
  'scripts/lib/headers.mjs',
  'src',
  'workers',
  'public',
];
const OUTSIDE_THE_PAGE = /\.test\.tsx?$|[\\/]fixtures([\\/]|$)/;

function filesAt(path) {
  if (!existsSync(path) || OUTSIDE_THE_PAGE.test(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesAt(join(path, name)));
}

/** One hash over the names and contents of everything that the built page is made of. */
export function sourcesHash() {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((source) => filesAt(join(root, source)));
  for (const file of files.sort()) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** Whether dist/ was built from the present sources. */
export function isBuilt() {
  if (!existsSync(join(dist, 'index.html')) || !existsSync(stamp)) return false;
  return readFileSync(stamp, 'utf8') === sourcesHash();
}

/**
 * Builds dist/ from the present sources. `run` starts a program and resolves to its exit status;
 * by default its output goes to this terminal. Returns whether it was built.
 */
export async function build(run = runHere) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  if (!existsSync(vite)) {
    throw new Error('The packages are not installed yet. Run "npm ci" first.');
  }
  rmSync(stamp, { force: true });
  const hash = sourcesHash();
  const status = await run(process.execPath, [vite, 'build']);
  if (status !== 0) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

function runHere(program, args) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', fail).on('close', done);
  });
}

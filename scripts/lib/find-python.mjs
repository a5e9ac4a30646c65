/** @file Finds or makes the Python with which tests read what Cellsmith wrote: a virtual environment in .cache/python. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.mjs';
import { aptInstall } from './apt.mjs';
import { run } from './run.mjs';

const requirements = join(root, 'scripts/requirements.txt');
const folder = join(root, '.cache/python');
const stamp = join(folder, 'requirements.sha256');
const venvPython =
  process.platform === 'win32' ? join(folder, 'Scripts/python.exe') : join(folder, 'bin/python');
const BASES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const IMPORTS = 'import anndata, h5py, numpy, scanpy, sklearn';
const MODERN = 'import sys; sys.exit(sys.version_info < (3, 11))';

const works = async (python, code) => (await run(python, ['-c', code])).status === 0;

async function findBase() {
  for (const base of BASES) if (await works(base, MODERN)) return base;
  return null;
}

async function makeEnvironment(base) {
  rmSync(folder, { recursive: true, force: true });
  return run(base, ['-m', 'venv', folder]);
}

/**
 * Path of a Python that has the packages of scripts/requirements.txt.
 * Takes CELLSMITH_PYTHON if it has them, else .cache/python, made on first use.
 * @throws Error that says what is missing and how to get it
 */
export async function findPython() {
  const given = process.env.CELLSMITH_PYTHON;
  if (given) {
    if (await works(given, IMPORTS)) return given;
    throw new Error(`CELLSMITH_PYTHON (${given}) lacks the packages of scripts/requirements.txt.`);
  }
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (fresh && (await works(venvPython, IMPORTS))) return venvPython;

  let base = await findBase();
  let made = base ? await makeEnvironment(base) : null;
  if (made?.status !== 0) {
    const apt = await aptInstall(['python3', 'python3-venv']);
    base = await findBase();
    if (!base) throw new Error(`Python 3.11 or newer is not here. ${apt}`);
    made = await makeEnvironment(base);
    if (made.status !== 0) {
      throw new Error(`Python's venv module does not work. ${apt}\n${made.output}`);
    }
  }
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet'];
  const installed = await run(venvPython, [...pip, '-r', requirements]);
  if (installed.status !== 0) {
    throw new Error(`pip could not install scripts/requirements.txt.\n${installed.output}`);
  }
  if (!(await works(venvPython, IMPORTS))) {
    throw new Error('The packages of scripts/requirements.txt were installed but do not load.');
  }
  writeFileSync(stamp, wanted);
  return venvPython;
}

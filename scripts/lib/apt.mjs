/** @file Installs Debian packages where that is possible: as root, with apt-get. */
import { run } from './run.mjs';

const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } };

/** Installs the packages; never fails. Returns one sentence that says what was done or why not. */
export async function aptInstall(packages) {
  const names = packages.join(' ');
  if (process.getuid?.() !== 0 || (await run('apt-get', ['--version'])).status !== 0) {
    return `Install it yourself (on Debian: apt-get install ${names}).`;
  }
  await run('apt-get', ['update', '-qq'], quiet);
  const { status, output } = await run('apt-get', ['install', '-y', '-qq', ...packages], quiet);
  if (status === 0) return `apt-get installed ${names}.`;
  return `apt-get could not install ${names}.\n${output}`;
}
